import { describe, expect, it } from 'vitest';
import type { ModelEntry, SizeRule } from '../model.js';
import { rangeOf } from '../shared/own-server.js';
import { describeFlux, describeOwnEndpoint } from './models.js';
import type { OwnEndpoint } from './own-endpoint.js';
import { createOpenAiImagesProvider } from './provider.js';

const ENDPOINT: OwnEndpoint = {
  slug: 'qwen-image-local',
  name: 'Qwen-Image on our GPU',
  url: 'http://gpu-1:8000',
  dialect: 'vllm-omni',
  model: 'Qwen/Qwen-Image',
  editModel: 'Qwen/Qwen-Image-Edit',
  apiKey: 'secret',
  weights: 'Qwen-Image (open weights)',
  licence: 'Apache-2.0',
  size: { multipleOf: 16, minEdge: 256, maxEdge: 2048, maxPixels: 2048 * 2048 },
  edit: { maxInputImages: 3, mask: true },
  credits: 1.5,
  country: 'DE',
  negativePrompt: true,
};

function entryOf(changes: Partial<OwnEndpoint>): ModelEntry {
  return describeOwnEndpoint({ ...ENDPOINT, ...changes }, 'openai-images/x');
}

describe('describeOwnEndpoint', () => {
  it('says what the operator said', () => {
    expect(entryOf({})).toMatchObject({
      slug: 'qwen-image-local',
      name: 'Qwen-Image on our GPU',
      ownedBy: 'self-hosted',
      notes: 'Weights: Qwen-Image (open weights). Licence: Apache-2.0.',
      edit: {
        maxInputImages: 3,
        mask: true,
        unsized: 'input',
        inputs: { types: ['image/png', 'image/jpeg'], maxEdge: 2048, maxPixels: 2048 * 2048 },
      },
      params: { seed: { min: 0 }, negativePrompt: { maxChars: 2000 } },
      pricing: { rows: [{ credits: 1.5 }], source: "the operator's price" },
      routes: [
        {
          upstream: { generate: 'Qwen/Qwen-Image', edit: 'Qwen/Qwen-Image-Edit' },
          operator: 'you',
          operatorCountry: 'local',
          country: 'DE',
        },
      ],
    });
  });

  it('offers nothing that the kind of server has no place for', () => {
    expect(entryOf({ dialect: 'localai' }).params).toMatchObject({
      seed: undefined,
      negativePrompt: undefined,
    });
    expect(entryOf({ edit: undefined }).routes[0]?.upstream).toStrictEqual({ generate: 'Qwen/Qwen-Image' });
  });

  it('keeps LocalAI with masks to its only size, square inputs and single pictures', () => {
    const { edit } = entryOf({ dialect: 'localai', edit: { maxInputImages: 1, mask: true } });
    expect(edit).toMatchObject({
      inputs: { square: true },
      params: { size: { kind: 'list', sizes: [{ width: 512, height: 512 }] }, maxPerCall: 1 },
    });
    const unmasked = entryOf({ dialect: 'localai', edit: { maxInputImages: 4, mask: false } }).edit;
    expect(unmasked?.params).toBeUndefined();
  });

  it('takes a list of sizes as it is, and inputs up to the largest', () => {
    const list = [
      { width: 1024, height: 1024 },
      { width: 1664, height: 928 },
    ];
    const { params, edit } = entryOf({ size: { list } });
    expect(params.size).toStrictEqual({ kind: 'list', sizes: list });
    expect(edit?.inputs).toMatchObject({ maxEdge: 1664, maxPixels: 1664 * 928 });
  });
});

describe('rangeOf', () => {
  it('brings edges to multiples, and always lists a size', () => {
    expect(rangeOf({ multipleOf: 64, minEdge: 300, maxEdge: 1000, maxPixels: 800 * 800 })).toStrictEqual({
      kind: 'range',
      multipleOf: 64,
      minEdge: 320,
      maxEdge: 960,
      minPixels: 320 * 320,
      maxPixels: 800 * 800,
      minRatio: 1 / 3,
      maxRatio: 3,
      listed: [{ width: 512, height: 512 }],
    });
    const narrow: SizeRule = rangeOf({ multipleOf: 8, minEdge: 64, maxEdge: 300, maxPixels: 1e6 });
    expect(narrow).toMatchObject({ listed: [{ width: 296, height: 296 }], maxRatio: 4 });
  });
});

describe('describeFlux', () => {
  it.each([
    ['sd-server', true],
    ['vllm-omni', true],
    ['xinference', true],
    ['nim', true],
    ['sglang', false],
    ['localai', false],
  ] as const)('on %s takes masks itself: %s', (dialect, mask) => {
    expect(describeFlux(dialect).edit).toMatchObject({ maxInputImages: 1, mask });
  });
});

describe('createOpenAiImagesProvider', () => {
  const provider = createOpenAiImagesProvider(
    [ENDPOINT, { ...ENDPOINT, url: 'http://gpu-2/v1', apiKey: undefined, dialect: 'sglang' }],
    { FLUX_DIALECT: 'sglang' },
  );

  it('lists own servers in their order, then the one of the environment in its dialect', () => {
    expect(provider.models.map(({ slug, routes, edit }) => [slug, routes[0]?.id, edit?.mask])).toStrictEqual([
      ['qwen-image-local', 'openai-images/qwen-image-local', true],
      ['qwen-image-local', 'openai-images/qwen-image-local/2', true],
      ['flux-1-pro', 'openai-images/flux-1-pro', false],
    ]);
  });

  it('calls each where it is', () => {
    const settings = { FLUX_BASE_URL: 'http://gpu-3', FLUX_MODEL: 'schnell' };
    const resolved = provider.models.map(({ routes: [route] }) => {
      if (route === undefined) throw new Error('there is no route');
      return provider.resolveEndpoint?.(route, settings);
    });
    expect(resolved).toStrictEqual([
      {
        usable: true,
        endpoint: {
          baseUrl: 'http://gpu-1:8000/v1',
          apiKey: 'secret',
          extra: { FLUX_DIALECT: 'vllm-omni' },
        },
      },
      {
        usable: true,
        endpoint: { baseUrl: 'http://gpu-2/v1', apiKey: undefined, extra: { FLUX_DIALECT: 'sglang' } },
      },
      {
        usable: true,
        endpoint: { baseUrl: 'http://gpu-3/v1', apiKey: undefined, extra: { FLUX_MODEL: 'schnell' } },
      },
    ]);
  });
});
