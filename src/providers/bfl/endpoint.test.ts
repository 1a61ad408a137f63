import { describe, expect, it } from 'vitest';
import { pollTarget, trustsBflOrigin } from './endpoint.js';

const bfl = { baseUrl: 'https://api.bfl.ai' };
const proxy = { baseUrl: 'http://127.0.0.1:9000/bfl' };

describe('trustsBflOrigin', () => {
  it.each([
    ['https://api.us2.bfl.ai', bfl, true],
    ['https://api.bfl.ai', bfl, true],
    ['http://api.us2.bfl.ai', bfl, false],
    ['https://api.us2.bfl.ai:8443', bfl, false],
    ['https://bfl.ai.evil.example', bfl, false],
    ['https://evilbfl.ai', bfl, false],
    ['no address', bfl, false],
    ['http://127.0.0.1:9000', proxy, true],
    ['http://127.0.0.1:9001', proxy, false],
    ['https://api.us2.bfl.ai', proxy, false],
  ])('%s from %o: %s', (origin, endpoint, trusted) => {
    expect(trustsBflOrigin(origin, endpoint)).toBe(trusted);
  });
});

describe('pollTarget', () => {
  const own = { path: '/v1/get_result?id=job-1' };
  it.each([
    ['https://api.us2.bfl.ai/v1/get_result?id=job-1', bfl, { ...own, origin: 'https://api.us2.bfl.ai' }],
    ['https://api.us2.bfl.ai/v1/get_result', bfl, { ...own, origin: 'https://api.us2.bfl.ai' }],
    ['https://api.bfl.ai/v1/get_result?id=job-1', bfl, own],
    ['http://127.0.0.1:9000/bfl/v1/get_result?id=job-1', proxy, own],
    [
      'http://127.0.0.1:9000/eu/get?id=job-1',
      proxy,
      { origin: 'http://127.0.0.1:9000', path: '/eu/get?id=job-1' },
    ],
    ['https://evil.example/v1/get_result?id=job-1', bfl, own],
    ['https://api.us2.bfl.ai/v1/get_result?id=job-1', proxy, own],
    ['nonsense', bfl, own],
    [undefined, bfl, own],
  ])('%s from %o', (pollingUrl, endpoint, target) => {
    const full = { ...endpoint, apiKey: 'k', emulated: false, extra: {} };
    expect(pollTarget(pollingUrl, 'job-1', full)).toStrictEqual(target);
  });
});
