import { describe, expect, it } from 'vitest';
import { MAX_JSON_DEPTH, tooDeep } from './json-depth.js';

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 'deep';
  for (let level = 0; level < levels; level += 1) value = wrap(value);
  return value;
}

describe.each([
  ['lists', (inner: unknown) => [inner]],
  ['objects', (inner: unknown) => ({ a: inner })],
])('%s', (_name, wrap) => {
  it('may be nested as deeply as is said', () => {
    expect(tooDeep(nested(MAX_JSON_DEPTH, wrap))).toBeUndefined();
  });

  it.each([MAX_JSON_DEPTH + 1, 100_000])('are refused when %d levels are nested', (levels) => {
    expect(tooDeep(nested(levels, wrap))).toMatchObject({ code: 'invalid_json' });
    expect(tooDeep(nested(levels, wrap), 'metadata')).toMatchObject({
      code: 'invalid_request',
      param: 'metadata',
    });
  });
});
