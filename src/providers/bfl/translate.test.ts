import { describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import type { JsonValue, NativeRequest, Translation } from '../provider.js';
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

  it('refuses edits for now, and unknown options', () => {
    expect(translate('flux-2-pro', { operation: 'edit' })).toStrictEqual({
      ok: false,
      reasons: [expect.stringContaining('edits')],
    });
    expect(translate('flux-1-dev', { operation: 'edit' }).ok).toBe(false);
    expect(translate('flux-1-dev', { options: { webhook_url: 'https://a.example' } }).ok).toBe(false);
  });

  it('has a dialect for every model, within what the options allow', () => {
    for (const { routes } of bflModels) {
      const dialect = findDialect(routes[0]?.upstream.generate ?? '');
      expect(dialect).toBeDefined();
      expect(bflOptions.safeParse({ safety_tolerance: dialect?.maxTolerance }).success).toBe(true);
    }
  });
});
