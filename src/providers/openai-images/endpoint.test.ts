import { describe, expect, it } from 'vitest';
import { findPicture, resolveFluxEndpoint, trustsServerOrigin } from './endpoint.js';

function resolve(settings: Readonly<Record<string, string>>): unknown {
  const resolution = resolveFluxEndpoint(settings);
  return resolution.usable ? resolution.endpoint : resolution.reason;
}

describe('resolveFluxEndpoint', () => {
  it('has to be told where the server is', () => {
    expect(resolve({})).toBe('the operator has to set FLUX_BASE_URL');
  });

  it.each(['http://gpu:1234', 'http://gpu:1234/', 'http://gpu:1234/v1'])('finds the API of %s', (url) => {
    expect(resolve({ FLUX_BASE_URL: url })).toStrictEqual({
      baseUrl: 'http://gpu:1234/v1',
      apiKey: undefined,
      extra: {},
    });
  });

  it('takes key, dialect and model along', () => {
    const settings = {
      FLUX_BASE_URL: 'http://gpu:8000',
      FLUX_API_KEY: 'k',
      FLUX_DIALECT: 'sglang',
      FLUX_MODEL: 'black-forest-labs/FLUX.1-dev',
    };
    expect(resolve(settings)).toStrictEqual({
      baseUrl: 'http://gpu:8000/v1',
      apiKey: 'k',
      extra: { FLUX_DIALECT: 'sglang', FLUX_MODEL: 'black-forest-labs/FLUX.1-dev' },
    });
  });

  it('names what is set wrongly', () => {
    expect(resolve({ FLUX_BASE_URL: 'http://gpu', FLUX_DIALECT: 'klingon' })).toStrictEqual(
      expect.stringContaining('sd-server, localai'),
    );
    expect(resolve({ FLUX_BASE_URL: 'http://gpu', FLUX_PROTOCOL: 'comfyui' })).toStrictEqual(
      expect.stringContaining('FLUX_PROTOCOL'),
    );
  });
});

describe('findPicture', () => {
  const open = { baseUrl: 'http://gpu:8080/v1', apiKey: undefined, emulated: false, extra: {} };
  const locked = { ...open, apiKey: 'k' };
  it.each([
    ['https://cdn.example/1.png', locked, { kind: 'public', url: 'https://cdn.example/1.png' }],
    [
      'http://gpu:8080/generated-images/1.png',
      open,
      { kind: 'public', url: 'http://gpu:8080/generated-images/1.png' },
    ],
    ['/v1/images/7/content', open, { kind: 'public', url: 'http://gpu:8080/v1/images/7/content' }],
    ['/v1/images/7/content?a=1', locked, { kind: 'own', path: '/images/7/content?a=1' }],
    [
      'http://gpu:8080/generated-images/1.png',
      locked,
      { kind: 'own', origin: 'http://gpu:8080', path: '/generated-images/1.png' },
    ],
    ['/root/.xinference/image/1.png', open, undefined],
    ['C:\\images\\1.png', open, undefined],
    ['file:///etc/passwd', open, undefined],
    ['//evil.example/1.png', open, undefined],
    ['/v1/../admin', locked, { kind: 'own', origin: 'http://gpu:8080', path: '/admin' }],
  ])('%s', (address, endpoint, place) => {
    expect(findPicture(address, endpoint)).toStrictEqual(place);
  });

  it('trusts the server alone with its key', () => {
    expect(trustsServerOrigin('http://gpu:8080', open)).toBe(true);
    expect(trustsServerOrigin('http://gpu:8081', open)).toBe(false);
    expect(trustsServerOrigin('nonsense', open)).toBe(false);
  });
});
