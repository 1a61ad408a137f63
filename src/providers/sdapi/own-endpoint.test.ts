import { describe, expect, it } from 'vitest';
import { resolveFluxEndpoint, ownEndpointAddress, serverHeaders } from './endpoint.js';
import { describeOwnModel } from './models.js';
import { findSdapiProblems } from './own-endpoint.js';
import type { OwnSdapiServer } from './own-endpoint.js';

const SERVER: OwnSdapiServer = {
  slug: 'flux-forge',
  name: 'FLUX on Forge',
  url: 'http://gpu-1:7860',
  apiKey: 'me:secret',
  weights: 'FLUX.1 dev',
  licence: 'non-commercial',
  size: { multipleOf: 16, minEdge: 256, maxEdge: 2048, maxPixels: 2048 * 2048 },
  edit: { maxInputImages: 1, mask: true },
  credits: 1,
  country: 'local',
  negativePrompt: false,
  dialect: 'forge',
  model: 'flux1-dev.safetensors',
  modules: ['ae.safetensors'],
  sampler: undefined,
  scheduler: 'Simple',
  steps: 8,
  guidance: undefined,
};

describe('findSdapiProblems', () => {
  it.each<[Partial<OwnSdapiServer>, readonly string[]]>([
    [{}, []],
    [{ dialect: 'sd-server', model: undefined, modules: [], edit: { maxInputImages: 3, mask: true } }, []],
    [{ apiKey: 'secret' }, ['api_key_env: has to name a variable that holds user:password']],
    [
      { dialect: 'sd-server' },
      [
        'model: has to be left out: sd-server runs the model that it was started with',
        'modules: has to be left out: sd-server takes none with a call',
      ],
    ],
    [{ dialect: 'sd-next' }, ['modules: has to be left out: SD.Next takes none with a call']],
    [
      { edit: { maxInputImages: 2, mask: false } },
      ['edit.max_input_images: has to be 1: Forge takes no more'],
    ],
    [{ steps: 151, guidance: 31 }, ['steps: must be at most 150', 'guidance: must be at most 30']],
  ])('of %j', (changes, problems) => {
    const found = findSdapiProblems({ ...SERVER, ...changes });
    expect(found.map(({ path, message }) => `${path.join('.')}: ${message}`)).toStrictEqual(problems);
  });
});

describe('a listed server', () => {
  it('carries what it was described with', () => {
    expect(ownEndpointAddress(SERVER)).toStrictEqual({
      baseUrl: 'http://gpu-1:7860',
      apiKey: 'me:secret',
      extra: {
        FLUX_DIALECT: 'forge',
        FLUX_MODEL: 'flux1-dev.safetensors',
        modules: '["ae.safetensors"]',
        scheduler: 'Simple',
        steps: '8',
      },
    });
    expect(serverHeaders(SERVER)).toEqual({ authorization: 'Basic bWU6c2VjcmV0' });
    expect(serverHeaders({ apiKey: undefined })).toEqual({});
  });

  it('is described by what its kind can do', () => {
    expect(describeOwnModel(SERVER, 'sdapi/x')).toMatchObject({
      params: { maxPerCall: 4, partialImages: 3, negativePrompt: undefined },
      edit: { maxInputImages: 1, mask: true, unsized: 'input' },
    });
    const plain = describeOwnModel({ ...SERVER, dialect: 'sd-server', negativePrompt: true }, 'sdapi/x');
    expect(plain.params).toMatchObject({ partialImages: undefined, negativePrompt: { maxChars: 2000 } });
  });
});

describe('the server of the environment', () => {
  const resolve = (settings: Readonly<Record<string, string>>): unknown => {
    const resolution = resolveFluxEndpoint({ FLUX_PROTOCOL: 'sdapi', ...settings });
    return resolution.usable ? resolution.endpoint : resolution.reason;
  };

  it('is Forge unless another is named, and needs user and password together', () => {
    expect(resolve({ FLUX_BASE_URL: 'http://gpu:7860/' })).toStrictEqual({
      baseUrl: 'http://gpu:7860',
      apiKey: undefined,
      extra: { FLUX_DIALECT: 'forge' },
    });
    expect(resolve({ FLUX_BASE_URL: 'http://gpu', FLUX_API_KEY: 'secret' })).toContain('user:password');
    expect(resolve({ FLUX_BASE_URL: 'http://gpu', FLUX_DIALECT: 'vllm-omni' })).toContain('forge, forge-neo');
    expect(resolve({})).toBe('the operator has to set FLUX_BASE_URL');
  });
});
