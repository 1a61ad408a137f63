import { expect, it } from 'vitest';
import { parseConfigFile } from './config-file.js';

const ENV = { EU_KEYS: 'a-secret-key@2,another-secret-key', BROKEN_KEYS: 'a-secret-key,,' };
const REGION = {
  provider: 'openai',
  name: 'eu',
  url: 'https://eu.acme.test/v1/',
  country: 'DE',
  api_key_env: 'EU_KEYS',
};

function read(...regions: readonly object[]) {
  return parseConfigFile(JSON.stringify({ regions }), ENV, () => [], '.', ['openai', 'bfl']);
}

it('a region is a place, a country and keys from the environment', () => {
  expect(read(REGION)).toEqual({
    endpoints: [],
    secretPlaces: [{ name: 'EU_KEYS', inFile: false, sealedUnder: undefined }],
    problems: [],
    regions: [
      {
        provider: 'openai',
        name: 'eu',
        url: 'https://eu.acme.test/v1',
        country: 'DE',
        apiKey: 'a-secret-key@2,another-secret-key',
      },
    ],
  });
});

it.each([
  [{ provider: 'opnai' }, 'regions[0].provider: must be one of openai, bfl'],
  [{ api_key_env: 'NOT_SET' }, 'regions[0].api_key_env: names a variable that is not set'],
  [
    { api_key_env: 'BROKEN_KEYS' },
    'regions[0].api_key_env: names a variable that must have a key between its commas; number 2 is empty',
  ],
  [{ country: 'Germany' }, 'regions[0].country: must be two capital letters (ISO 3166-1), such as DE'],
  [{ name: 'E U' }, 'regions[0].name: must be made of at most 30 lower-case letters, digits and dashes'],
  [{ url: 'eu.acme.test' }, 'regions[0].url: must be an http(s) URL'],
  [{ contry: 'DE' }, 'regions[0].contry: is not known. Did you mean country?'],
])('%j is told by its place, and no value is repeated', (change, problem) => {
  expect(read({ ...REGION, ...change }).problems).toEqual([problem]);
});

it('two regions of one provider have two names', () => {
  expect(read(REGION, REGION).problems).toEqual(['regions[1]: has the name of regions[0]']);
  expect(read(REGION, { ...REGION, provider: 'bfl' }).problems).toEqual([]);
});
