import { describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import type { JsonValue, NativeInput, NativeRequest, Translation } from '../provider.js';
import { findDialect } from './dialects.js';
import { bflModels } from './models.js';
import { bflOptions } from './options.js';
import { translateToBfl } from './translate.js';

function translate(slug: string, request: Partial<NativeRequest>): Translation {
  const route = bflModels.find((entry) => entry.slug === slug)?.routes[0];
  if (route === undefined) throw new Error(`no route for ${slug}`);
  return translateToBfl(createNativeRequest(request), route);
}

const square = { width: 1024, height: 1024 };

function input(width = 1200, height = 800): NativeInput {
  return { mimeType: 'image/jpeg', width, height, hasAlpha: false, hasContinuation: false };
}

function base64($input: number | 'mask-white') {
  return { $input, as: 'base64' };
}

describe('translateToBfl', () => {
  const cases: readonly [string, string, Partial<NativeRequest>, string, Record<string, JsonValue>][] = [
    [
      'sends the least for a bare prompt',
      'flux-1.1-pro',
      {},
      '/v1/flux-pro-1.1',
      { prompt: 'a red fox', prompt_upsampling: false },
    ],
    [
      'sends pixels, seed and format to FLUX.1',
      'flux-1-dev',
      {
        size: { width: 1344, height: 768 },
        seed: 0,
        outputFormat: 'png',
        options: { steps: 20, guidance: 3, safety_tolerance: 6, prompt_upsampling: true },
      },
      '/v1/flux-dev',
      {
        prompt: 'a red fox',
        width: 1344,
        height: 768,
        seed: 0,
        output_format: 'png',
        prompt_upsampling: true,
        safety_tolerance: 6,
        steps: 20,
        guidance: 3,
      },
    ],
    [
      'sends Ultra a ratio',
      'flux-1.1-pro-ultra',
      { size: { width: 2752, height: 1536, native: { aspectRatio: '16:9' } }, options: { raw: true } },
      '/v1/flux-pro-1.1-ultra',
      { prompt: 'a red fox', aspect_ratio: '16:9', raw: true },
    ],
    [
      'generates with Kontext without a picture',
      'flux-kontext-max',
      { size: { ...square, native: { aspectRatio: '1:1' } }, outputFormat: 'jpeg' },
      '/v1/flux-kontext-max',
      { prompt: 'a red fox', aspect_ratio: '1:1', output_format: 'jpeg', prompt_upsampling: false },
    ],
    [
      'sends FLUX.2 nothing about rewriting where it has no field for it',
      'flux-2-pro',
      { size: square, seed: 7, keepPrompt: true },
      '/v1/flux-2-pro',
      { prompt: 'a red fox', width: 1024, height: 1024, seed: 7 },
    ],
    [
      'lets flex rewrite prompts, as the service does by itself',
      'flux-2-flex',
      { options: { steps: 50, guidance: 10 } },
      '/v1/flux-2-flex',
      { prompt: 'a red fox', prompt_upsampling: true, steps: 50, guidance: 10 },
    ],
    [
      'keeps flex from rewriting prompts',
      'flux-2-flex',
      { keepPrompt: true },
      '/v1/flux-2-flex',
      { prompt: 'a red fox', prompt_upsampling: false },
    ],
    [
      'sends FLUX 3 no seed, format or pixels, and never lets it search unasked',
      'flux-3-image',
      {
        size: { ...square, native: { aspectRatio: '1:1', resolution: '1k' } },
        seed: 7,
        outputFormat: 'png',
      },
      '/v1/flux-3-image',
      { prompt: 'a red fox', aspect_ratio: '1:1', resolution: '1k', grounding: false },
    ],
    [
      'lets FLUX 3 search when asked',
      'flux-3-image-klein',
      { options: { grounding: true, safety_tolerance: 4 } },
      '/v1/flux-3-image-klein',
      { prompt: 'a red fox', grounding: true, safety_tolerance: 4 },
    ],
  ];
  it.each(cases)('%s', (_, slug, request, path, body) => {
    expect(translate(slug, request)).toStrictEqual({
      ok: true,
      call: { path, body, prompt: 'a red fox', count: 1, streamed: false },
      adjustments: [],
    });
  });

  const edits: readonly [string, string, Partial<NativeRequest>, string, Record<string, JsonValue>][] = [
    [
      'lets Kontext keep the shape of the picture',
      'flux-kontext-pro',
      { inputs: [input()] },
      '/v1/flux-kontext-pro',
      { prompt: 'a red fox', input_image: base64(0), prompt_upsampling: false },
    ],
    [
      'numbers the pictures in their order, the first one not at all',
      'flux-kontext-max',
      {
        inputs: [input(), input(), input(), input()],
        size: { width: 1392, height: 752, native: { aspectRatio: '16:9' } },
        seed: 7,
        outputFormat: 'png',
        options: { safety_tolerance: 2, prompt_upsampling: true },
      },
      '/v1/flux-kontext-max',
      {
        prompt: 'a red fox',
        input_image: base64(0),
        input_image_2: base64(1),
        input_image_3: base64(2),
        input_image_4: base64(3),
        aspect_ratio: '16:9',
        seed: 7,
        output_format: 'png',
        prompt_upsampling: true,
        safety_tolerance: 2,
      },
    ],
    [
      'sends FLUX.2 no pixels where none are asked',
      'flux-2-pro',
      { inputs: [input()] },
      '/v1/flux-2-pro',
      { prompt: 'a red fox', input_image: base64(0) },
    ],
    [
      'sends FLUX.2 the pixels that are asked',
      'flux-2-flex',
      { inputs: [input(), input()], size: square, keepPrompt: true, options: { safety_tolerance: 5 } },
      '/v1/flux-2-flex',
      {
        prompt: 'a red fox',
        input_image: base64(0),
        input_image_2: base64(1),
        width: 1024,
        height: 1024,
        prompt_upsampling: false,
        safety_tolerance: 5,
      },
    ],
    [
      'lists the pictures for FLUX 3 and leaves the ratio to it',
      'flux-3-image',
      { inputs: [input(), input()], seed: 7 },
      '/v1/flux-3-image',
      { prompt: 'a red fox', images: [base64(0), base64(1)], aspect_ratio: 'auto', grounding: false },
    ],
    [
      'sends FLUX 3 the ratio and the tier that are asked',
      'flux-3-image-klein',
      {
        inputs: [input()],
        size: { ...square, native: { aspectRatio: '1:1', resolution: '1k' } },
      },
      '/v1/flux-3-image-klein',
      {
        prompt: 'a red fox',
        images: [base64(0)],
        aspect_ratio: '1:1',
        resolution: '1k',
        grounding: false,
      },
    ],
    [
      'sends Fill the picture and the mask, white where it is repainted',
      'flux-1-fill-pro',
      {
        inputs: [input()],
        masked: true,
        size: { width: 1200, height: 800 },
        seed: 7,
        outputFormat: 'png',
        options: { steps: 15, guidance: 100, safety_tolerance: 6 },
      },
      '/v1/flux-pro-1.0-fill',
      {
        prompt: 'a red fox',
        image: base64(0),
        mask: base64('mask-white'),
        seed: 7,
        output_format: 'png',
        safety_tolerance: 6,
        steps: 15,
        guidance: 100,
      },
    ],
  ];
  it.each(edits)('%s', (_, slug, request, path, body) => {
    expect(translate(slug, { operation: 'edit', ...request })).toStrictEqual({
      ok: true,
      call: { path, body, prompt: 'a red fox', count: 1, streamed: false },
      adjustments: [],
    });
  });

  it('says that Fill answers in the pixels of its picture, whatever is asked', () => {
    const request = { inputs: [input()], masked: true, size: square };
    expect(translate('flux-1-fill-pro', { operation: 'edit', ...request })).toStrictEqual({
      ok: true,
      call: {
        path: '/v1/flux-pro-1.0-fill',
        body: { prompt: 'a red fox', image: base64(0), mask: base64('mask-white') },
        prompt: 'a red fox',
        count: 1,
        streamed: false,
      },
      adjustments: [
        {
          param: 'size',
          asked: '1024x1024',
          sent: '1200x800',
          reason: 'flux-pro-1.0-fill answers in the pixels of its picture, 1200x800',
        },
      ],
    });
  });

  it.each<[string, Partial<NativeRequest>, string]>([
    ['flux-2-pro', {}, 'there is no picture to edit'],
    ['flux-2-pro', { inputs: [input()], masked: true }, 'flux-2-pro takes no mask'],
    [
      'flux-1-fill-pro',
      { inputs: [input()] },
      'flux-pro-1.0-fill repaints what a mask marks, and there is no mask',
    ],
    [
      'flux-kontext-pro',
      { inputs: [input()], options: { safety_tolerance: 3 } },
      'provider_options.bfl.safety_tolerance: flux-kontext-pro takes 0 to 2',
    ],
    [
      'flux-1-fill-pro',
      { inputs: [input()], masked: true, options: { steps: 14 } },
      'provider_options.bfl.steps: flux-pro-1.0-fill takes 15 to 50',
    ],
    ['flux-1-dev', { inputs: [input()] }, 'bfl/flux-1-dev has no model for the operation edit'],
  ])('refuses to edit with %s given %o', (slug, request, reason) => {
    expect(translate(slug, { operation: 'edit', ...request })).toStrictEqual({
      ok: false,
      reasons: [reason],
    });
  });

  it('generates nothing with Fill', () => {
    expect(translate('flux-1-fill-pro', {}).ok).toBe(false);
  });

  it.each([
    ['flux-kontext-pro', { safety_tolerance: 6 }],
    ['flux-1-dev', { guidance: 5 }],
  ])('takes for %s without pictures %o', (slug, options) => {
    expect(translate(slug, { options }).ok).toBe(true);
  });

  it.each([
    ['flux-1.1-pro', { steps: 20 }, 'steps: flux-pro-1.1 has no such option'],
    ['flux-2-pro', { prompt_upsampling: true }, 'prompt_upsampling: flux-2-pro has no such option'],
    ['flux-2-pro', { safety_tolerance: 6 }, 'safety_tolerance: flux-2-pro takes 0 to 5'],
    ['flux-3-image', { safety_tolerance: 5 }, 'safety_tolerance: flux-3-image takes 0 to 4'],
    ['flux-1-dev', { guidance: 6 }, 'guidance: flux-dev takes 1.5 to 5'],
    ['flux-1-dev', { grounding: true }, 'grounding: flux-dev has no such option'],
  ])('refuses to send %s %o', (slug, options, reason) => {
    expect(translate(slug, { options })).toStrictEqual({
      ok: false,
      reasons: [`provider_options.bfl.${reason}`],
    });
  });

  it('refuses unknown options', () => {
    expect(translate('flux-1-dev', { options: { webhook_url: 'https://a.example' } }).ok).toBe(false);
  });

  it('has a dialect for every model, within what the options allow', () => {
    for (const { routes, edit, slug } of bflModels) {
      const { generate, edit: editing } = routes[0]?.upstream ?? {};
      const dialect = findDialect(generate ?? editing ?? '');
      expect(dialect, slug).toBeDefined();
      expect(dialect?.pictures !== undefined, slug).toBe(edit !== undefined);
      expect(dialect?.pictures === 'masked', slug).toBe(edit?.mask === true);
      const { maxTolerance, steps, guidance } = dialect ?? {};
      const widest = { safety_tolerance: maxTolerance, steps: steps?.max, guidance: guidance?.max };
      expect(bflOptions.safeParse(widest).success, slug).toBe(true);
    }
  });
});
