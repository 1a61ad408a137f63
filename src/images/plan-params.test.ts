import { describe, expect, it } from 'vitest';
import { createImageRequest } from '../../test/factories/image-request.js';
import { createModelEntry } from '../../test/factories/model-entry.js';
import { AppError } from '../errors.js';
import { countChars } from '../prompts/language.js';
import type { ModelEntry } from '../providers/model.js';
import { planParams, type ParamPlan } from './plan-params.js';
import type { ImageRequest } from './request.js';

/** Has no parameter but prompt and size. */
const bare = createModelEntry();

/** Has them all, each with a gap. */
const rich = createModelEntry({
  slug: 'rich',
  transparency: true,
  params: {
    quality: ['standard', 'hd'],
    defaultQuality: 'standard',
    style: ['vivid', 'natural'],
    background: ['transparent', 'opaque'],
    outputFormat: ['png', 'jpeg', 'webp'],
    outputCompression: ['jpeg'],
    moderation: ['low'],
    personGeneration: ['dont_allow'],
    negativePrompt: { maxChars: 20 },
    inputFidelity: ['high'],
    complexity: ['low'],
    promptRevision: { kind: 'switchable', certain: true, how: 'a switch' },
  },
});

const plan = (changes: Partial<ImageRequest>, entry: ModelEntry = bare, from?: ModelEntry): ParamPlan =>
  planParams(createImageRequest(changes), entry, from);

function refusalOf(changes: Partial<ImageRequest>, entry: ModelEntry = bare): AppError {
  try {
    plan(changes, entry);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const paramsOf = (planned: ParamPlan) => planned.adjustments.map(({ param }) => param);

describe('every parameter', () => {
  it('is left out and reported as nothing when it is not asked', () => {
    for (const entry of [bare, rich]) {
      expect(plan({}, entry)).toStrictEqual({
        prompt: 'a red fox',
        quality: undefined,
        style: undefined,
        background: undefined,
        outputFormat: undefined,
        outputCompression: undefined,
        deliverFormat: undefined,
        deliverCompression: undefined,
        moderation: undefined,
        personGeneration: undefined,
        negativePrompt: undefined,
        keepPrompt: false,
        inputFidelity: undefined,
        complexity: undefined,
        partialImages: undefined,
        adjustments: [],
      });
    }
  });

  it('is taken as it is where the model has it, also under strict', () => {
    for (const adapt of ['adapt', 'strict'] as const) {
      const planned = plan(
        {
          adapt,
          operation: 'edit',
          quality: 'hd',
          style: 'natural',
          background: 'opaque',
          outputFormat: 'jpeg',
          outputCompression: 0,
          moderation: 'low',
          personGeneration: 'dont_allow',
          negativePrompt: 'rain',
          promptRevision: false,
          inputFidelity: 'high',
          complexity: 'low',
        },
        rich,
      );
      expect(planned).toStrictEqual({
        prompt: 'a red fox',
        quality: 'hd',
        style: 'natural',
        background: 'opaque',
        outputFormat: 'jpeg',
        outputCompression: 0,
        deliverFormat: 'jpeg',
        deliverCompression: 0,
        moderation: 'low',
        personGeneration: 'dont_allow',
        negativePrompt: 'rain',
        keepPrompt: true,
        inputFidelity: 'high',
        complexity: 'low',
        partialImages: undefined,
        adjustments: [],
      });
    }
  });

  const unsupported: readonly (readonly [string, Partial<ImageRequest>, ModelEntry, readonly unknown[]])[] = [
    ['quality', { quality: 'hd' }, bare, []],
    ['quality', { quality: 'low' }, rich, ['standard', 'hd']],
    ['style', { style: 'vivid' }, bare, []],
    ['style', { style: 'baroque' }, rich, ['vivid', 'natural']],
    ['background', { background: 'transparent' }, bare, ['auto']],
    ['output_format', { outputFormat: 'webp' }, bare, []],
    ['output_format', { outputFormat: 'avif' }, rich, ['png', 'jpeg', 'webp']],
    ['output_compression', { outputCompression: 80 }, rich, []],
    ['output_compression', { outputCompression: 80, outputFormat: 'png' }, rich, []],
    ['output_compression', { outputCompression: 80, outputFormat: 'webp' }, rich, []],
    ['moderation', { moderation: 'low' }, bare, []],
    ['moderation', { moderation: 'strict' }, rich, ['low']],
    ['person_generation', { personGeneration: 'allow_all' }, bare, []],
    ['person_generation', { personGeneration: 'allow_all' }, rich, ['dont_allow']],
    ['negative_prompt', { negativePrompt: 'rain' }, bare, []],
    ['negative_prompt', { negativePrompt: 'rain and snow and hail' }, rich, []],
    ['input_fidelity', { inputFidelity: 'high' }, bare, []],
    ['input_fidelity', { inputFidelity: 'high' }, rich, []],
    ['input_fidelity', { inputFidelity: 'low', operation: 'edit' }, rich, ['high']],
    ['complexity', { complexity: 'low' }, bare, []],
    ['complexity', { complexity: 'high' }, rich, ['low']],
    ['prompt_revision', { promptRevision: true }, bare, [false]],
    [
      'prompt_revision',
      { promptRevision: false },
      createModelEntry({ params: { promptRevision: { kind: 'unavoidable' } } }),
      [],
    ],
    ['frame_count', { frameCount: 2 }, rich, []],
    ['frame_duration_ms', { frameDurationMs: 100 }, rich, []],
  ];

  it.each(unsupported)(
    'that the model can not take is reported under adapt: %s of %j',
    (param, changes, entry) => {
      const planned = plan(changes, entry);
      expect(paramsOf(planned)).toStrictEqual([param]);
      expect(planned.adjustments[0]?.asked).toStrictEqual(Object.values(changes)[0]);
      expect(planned.adjustments[0]?.reason).not.toBe('');
    },
  );

  it.each(unsupported)(
    'that the model can not take is refused under strict: %s of %j',
    (param, changes, entry, allowed) => {
      const refusal = refusalOf({ ...changes, adapt: 'strict' }, entry);
      expect([refusal.code, refusal.status, refusal.param]).toStrictEqual([
        'unsupported_parameter',
        400,
        param,
      ]);
      expect(refusal.facts.allowed).toStrictEqual(allowed);
      expect(refusal.message).toContain(entry.slug);
      expect(refusal.message).toContain(`\`${param}\``);
    },
  );

  it.each([
    ['style', { style: 'baroque' }],
    ['moderation', { moderation: 'strict' }],
    ['personGeneration', { personGeneration: 'allow_all' }],
    ['inputFidelity', { inputFidelity: 'low' }],
    ['complexity', { complexity: 'high' }],
  ] as const)('with a value that the model lacks is not sent: %s', (field, changes) => {
    expect(plan(changes, rich)[field]).toBeUndefined();
  });
});

describe('quality', () => {
  it('is sent as the model’s nearest and reported with both names', () => {
    const planned = plan({ quality: 'max' }, rich);
    expect(planned.quality).toBe('hd');
    expect(planned.adjustments).toStrictEqual([
      { param: 'quality', asked: 'max', sent: 'hd', reason: 'the nearest that rich has' },
    ]);
  });

  it('of a retired model goes on to apply, without a report of what nobody asked', () => {
    const from = createModelEntry({ params: { quality: ['hd'], defaultQuality: 'hd' } });
    expect(plan({}, rich, from)).toMatchObject({ quality: 'hd', adjustments: [] });
    expect(plan({}, bare, from)).toMatchObject({ quality: undefined, adjustments: [] });
    expect(plan({ quality: 'standard' }, rich, from).quality).toBe('standard');
  });
});

describe('background', () => {
  it('opaque is what a model without transparency gives anyway', () => {
    expect(plan({ background: 'opaque' }, bare).adjustments).toStrictEqual([]);
    expect(plan({ background: 'opaque', adapt: 'strict' }, bare).background).toBeUndefined();
  });

  it('transparent in JPEG is a contradiction on every model', () => {
    for (const entry of [bare, rich]) {
      const refusal = refusalOf({ background: 'transparent', outputFormat: 'jpeg' }, entry);
      expect([refusal.code, refusal.param]).toStrictEqual(['invalid_request', 'output_format']);
      expect(refusal.facts).toStrictEqual({ allowed: ['png', 'webp', 'avif'], nearest: 'png' });
    }
  });
});

describe('output_format', () => {
  it('that the provider lacks is converted from a lossless source where there is one', () => {
    expect(plan({ outputFormat: 'avif' }, rich)).toMatchObject({
      outputFormat: 'png',
      deliverFormat: 'avif',
    });
    expect(plan({ outputFormat: 'avif' }, bare)).toMatchObject({
      outputFormat: undefined,
      deliverFormat: 'avif',
    });
  });

  it('with a compression that the provider lacks is compressed once, by the gateway', () => {
    const planned = plan({ outputFormat: 'webp', outputCompression: 70 }, rich);
    expect(planned).toMatchObject({
      outputFormat: 'png',
      outputCompression: undefined,
      deliverFormat: 'webp',
      deliverCompression: 70,
    });
    expect(planned.adjustments).toStrictEqual([
      { param: 'output_compression', asked: 70, delivered: 70, reason: 'compressed by the gateway' },
    ]);
  });

  it('converted by the gateway is compressed as asked', () => {
    const planned = plan({ outputFormat: 'avif', outputCompression: 0 }, rich);
    expect(planned).toMatchObject({
      deliverFormat: 'avif',
      deliverCompression: 0,
      outputCompression: undefined,
    });
    expect(paramsOf(planned)).toStrictEqual(['output_format']);
  });

  it('without loss takes no compression', () => {
    expect(plan({ outputFormat: 'png', outputCompression: 50 }, rich)).toMatchObject({
      outputFormat: 'png',
      outputCompression: undefined,
      deliverCompression: undefined,
    });
  });
});

describe('negative_prompt', () => {
  it.each([
    ['rain', 'a red fox', 'a red fox. No rain.'],
    ['rain, people', 'a red fox', 'a red fox. No rain, no people.'],
    ['no rain; No people', 'a red fox.', 'a red fox. No rain, no people.'],
    ['rain\nblur', 'A fox! ', 'A fox! No rain, no blur.'],
    ['雨、人', '一只狐狸。', '一只狐狸。不要雨，不要人。'],
    [', rain ,,', 'a fox?', 'a fox? No rain.'],
  ])('%j goes into the prompt %j where there is no field for it', (negativePrompt, prompt, sent) => {
    const planned = plan({ prompt, negativePrompt });
    expect(planned.prompt).toBe(sent);
    expect(planned.negativePrompt).toBeUndefined();
    expect(planned.adjustments).toStrictEqual([
      {
        param: 'negative_prompt',
        asked: negativePrompt,
        sent: /(?:No |不要).*$/.exec(sent)?.[0],
        reason: 'painter-1 has no negative prompt; said in the prompt instead',
      },
    ]);
  });

  it('goes into the native field up to its length, counted in characters', () => {
    const twenty = '🌧'.repeat(20);
    expect(plan({ negativePrompt: twenty }, rich)).toMatchObject({ negativePrompt: twenty, adjustments: [] });
    const planned = plan({ negativePrompt: `${twenty}x` }, rich);
    expect(planned.negativePrompt).toBeUndefined();
    expect(planned.prompt).toContain(`No ${twenty}x.`);
    expect(planned.adjustments[0]?.reason).toContain('at most 20 characters');
  });
});

describe('prompt', () => {
  it('is never cut: one character too many is refused with both lengths', () => {
    expect(plan({ prompt: 'x'.repeat(200) }).prompt.length).toBe(200);
    const refusal = refusalOf({ prompt: 'x'.repeat(201) });
    expect([refusal.code, refusal.param, refusal.facts.nearest]).toStrictEqual([
      'prompt_too_long',
      'prompt',
      200,
    ]);
    expect(refusal.message).toContain('201');
  });

  it('is counted in characters, not in units of its encoding', () => {
    expect(countChars('🦊🦊')).toBe(2);
    expect(plan({ prompt: '🦊'.repeat(200) }).prompt).toBe('🦊'.repeat(200));
    expect(refusalOf({ prompt: '🦊'.repeat(201) }).code).toBe('prompt_too_long');
  });

  it('is counted with what the gateway adds', () => {
    expect(refusalOf({ prompt: 'x'.repeat(195), negativePrompt: 'rain' }).code).toBe('prompt_too_long');
  });
});

describe('prompt_revision', () => {
  it('false keeps the prompt where the model has a switch, and asks nothing of one that never rewrites', () => {
    expect(plan({ promptRevision: false }, rich).keepPrompt).toBe(true);
    expect(plan({ promptRevision: false }, bare)).toMatchObject({ keepPrompt: false, adjustments: [] });
  });

  it('true lets a model rewrite that does so', () => {
    expect(plan({ promptRevision: true }, rich)).toMatchObject({ keepPrompt: false, adjustments: [] });
  });
});
