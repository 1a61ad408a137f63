import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createImageRequest } from '../../test/factories/image-request.js';
import { AppError } from '../errors.js';
import { generationBodySchema } from './request-body.js';
import { normaliseGenerationBody } from './request.js';
import { parseSize } from './request-values.js';

const BASE = { model: 'painter-1', prompt: 'a red fox' } as const;

const normalise = (fields: Readonly<Record<string, unknown>>) =>
  normaliseGenerationBody(generationBodySchema.parse({ ...BASE, ...fields }));
const requestOf = (fields: Readonly<Record<string, unknown>>) => normalise(fields).request;

function refusalOf(act: () => unknown): AppError {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const problemsOf = (fields: Readonly<Record<string, unknown>>) => {
  const parsed = generationBodySchema.safeParse({ ...BASE, ...fields });
  return parsed.success ? [] : parsed.error.issues.map((issue) => issue.path.join('.'));
};

describe('normaliseGenerationBody', () => {
  it('takes model and prompt for everything that must be said', () => {
    expect(normalise({})).toStrictEqual({
      request: createImageRequest(),
      delivery: {
        responseFormat: undefined,
        dryRun: false,
        persist: false,
        stream: false,
        metadata: {},
        recipe: undefined,
      },
    });
  });

  it('carries every field over under its own name', () => {
    const { request, delivery } = normalise({
      n: 3,
      size: '1024x768',
      aspect_ratio: '4:3',
      resolution: '1K',
      quality: 'hd',
      style: 'vivid',
      background: 'transparent',
      output_format: 'webp',
      output_compression: 0,
      moderation: 'low',
      person_generation: 'allow_adult',
      negative_prompt: ' rain ',
      seed: 0,
      prompt_revision: false,
      input_fidelity: 'high',
      complexity: 'low',
      frame_count: 4,
      frame_duration_ms: 100,
      adapt: 'strict',
      provider_options: { acme: { steps: 4 } },
      user: 'u-1',
      response_format: 'b64_json',
      metadata: { order: '7' },
      dry_run: true,
      persist: true,
    });
    expect(request).toStrictEqual(
      createImageRequest({
        n: 3,
        size: { width: 1024, height: 768 },
        aspectRatio: { width: 4, height: 3 },
        resolution: '1K',
        quality: 'hd',
        style: 'vivid',
        background: 'transparent',
        outputFormat: 'webp',
        outputCompression: 0,
        moderation: 'low',
        personGeneration: 'allow_adult',
        negativePrompt: 'rain',
        seed: 0,
        promptRevision: false,
        inputFidelity: 'high',
        complexity: 'low',
        frameCount: 4,
        frameDurationMs: 100,
        adapt: 'strict',
        providerOptions: { acme: { steps: 4 } },
        user: 'u-1',
      }),
    );
    expect(delivery).toStrictEqual({
      responseFormat: 'b64_json',
      dryRun: true,
      persist: true,
      stream: false,
      metadata: { order: '7' },
      recipe: undefined,
    });
  });

  it('takes `auto` for not asked', () => {
    const fields = {
      size: 'auto',
      aspect_ratio: 'auto',
      resolution: 'auto',
      quality: 'auto',
      background: 'auto',
    };
    expect(requestOf({ ...fields, moderation: 'auto', negative_prompt: '  ' })).toStrictEqual(
      createImageRequest(),
    );
  });

  it.each([
    ['svg', {}],
    ['output_format', 'gif'],
    ['output_format', 'svg'],
  ])('refuses %s = %j, which it can not honour, instead of dropping it', (field, value) => {
    const refusal = refusalOf(() => normalise({ [field]: value }));
    expect([refusal.code, refusal.param]).toStrictEqual(['unsupported_parameter', field]);
  });

  it.each([
    ['stream', false],
    ['persist', false],
  ])('takes %s = %j for not asked', (field, value) => {
    expect(requestOf({ [field]: value })).toStrictEqual(createImageRequest());
  });

  it.each([[true], [false], [['gpt-image-2', 'grok-image']], [[]]])(
    'takes fallback = %j as it is',
    (fallback) => {
      expect(requestOf({ fallback })).toStrictEqual(createImageRequest({ fallback }));
    },
  );

  it.each([
    ['512', '512'],
    ['0.5k', '512'],
    ['1k', '1K'],
    ['2K', '2K'],
    ['4k', '4K'],
  ])('reads the resolution %s as %s, also as image_size', (given, resolution) => {
    expect(requestOf({ resolution: given }).resolution).toBe(resolution);
    expect(requestOf({ image_size: given }).resolution).toBe(resolution);
  });

  it('takes resolution and image_size together when they agree, else refuses them', () => {
    expect(requestOf({ resolution: '2K', image_size: '2k' }).resolution).toBe('2K');
    expect(refusalOf(() => normalise({ resolution: '2K', image_size: '1K' })).param).toBe('image_size');
  });

  it.each([
    ['resolution', '3K'],
    ['image_size', '8K'],
    ['aspect_ratio', '16-9'],
    ['aspect_ratio', '0:1'],
    ['aspect_ratio', '11:1'],
    ['aspect_ratio', '1:10.1'],
    ['size', '1024'],
    ['size', '1024x'],
    ['size', '-64x64'],
    ['size', '1024.5x1024'],
  ])('refuses %s = %s and says what would be right', (field, value) => {
    const refusal = refusalOf(() => normalise({ [field]: value }));
    expect([refusal.code, refusal.param]).toStrictEqual(['invalid_request', field]);
    expect(refusal.facts.allowed?.length).toBeGreaterThan(0);
  });

  it.each([
    ['16:9', 16, 9],
    ['1.91:1', 1.91, 1],
    ['3/2', 3, 2],
    ['10:1', 10, 1],
  ])('reads the ratio %s', (given, width, height) => {
    expect(requestOf({ aspect_ratio: given }).aspectRatio).toStrictEqual({ width, height });
  });

  it('takes up to sixteen pairs of metadata', () => {
    const pairs = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));
    expect(normalise({ metadata: pairs(16) }).delivery.metadata).toStrictEqual(pairs(16));
    expect(refusalOf(() => normalise({ metadata: pairs(17) })).param).toBe('metadata');
  });
});

describe('generationBodySchema', () => {
  it.each([
    ['n', 0],
    ['n', 11],
    ['n', 1.5],
    ['n', '2'],
    ['seed', -1],
    ['seed', 2 ** 53],
    ['output_compression', 101],
    ['quality', 'ultra'],
    ['prompt', ' \n '],
    ['partial_images', 4],
    ['background', 'white'],
    ['adapt', true],
  ])('refuses %s = %j', (field, value) => {
    expect([...new Set(problemsOf({ [field]: value }))]).toStrictEqual([field]);
  });

  it('refuses a field that it does not know', () => {
    const parsed = generationBodySchema.safeParse({ ...BASE, promt: 'x' });
    expect(parsed.success ? [] : parsed.error.issues.map((issue) => issue.code)).toStrictEqual([
      'unrecognized_keys',
    ]);
  });
});

describe('parseSize', () => {
  it('reads every size with edges from 64 to 4096, in any usual spelling', () => {
    const edge = fc.integer({ min: 64, max: 4096 });
    fc.assert(
      fc.property(edge, edge, fc.constantFrom('x', 'X', '×', '*'), (width, height, by) => {
        expect(parseSize(`${width}${by}${height}`)).toStrictEqual({ width, height });
      }),
    );
  });

  it('refuses every other one, naming the rule and the nearest size', () => {
    const any = fc.integer({ min: 0, max: 999_999 });
    fc.assert(
      fc.property(any, any, (width, height) => {
        fc.pre([width, height].some((edge) => edge < 64 || edge > 4096));
        const refusal = refusalOf(() => parseSize(`${width}x${height}`));
        expect(refusal.code).toBe('unsupported_size');
        expect(refusal.param).toBe('size');
        expect(refusal.facts.rule).toBe('both edges from 64 to 4096 pixels');
        expect(refusal.facts.allowed).toContain('1024x1024');
        const nearest = parseSize(String(refusal.facts.nearest));
        const clamp = (edge: number) => Math.min(4096, Math.max(64, edge));
        expect(nearest).toStrictEqual({ width: clamp(width), height: clamp(height) });
      }),
    );
  });
});
