import { describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import { entryFor } from '../../catalogue/operation-entry.js';
import { quoteImage } from '../../credits/pricing.js';
import type { NativeSize } from '../model.js';
import type { JsonValue, NativeInput, NativeRequest, Translation } from '../provider.js';
import { xaiModels } from './models.js';
import { translateToXai } from './translate.js';

function translate(slug: string, request: Partial<NativeRequest>): Translation {
  const route = xaiModels.find((entry) => entry.slug === slug)?.routes[0];
  if (route === undefined) throw new Error(`no route for ${slug}`);
  return translateToXai(createNativeRequest(request), route);
}

const SQUARE: NativeInput = {
  mimeType: 'image/png',
  width: 640,
  height: 630,
  hasAlpha: true,
  hasContinuation: false,
};
const WIDE: NativeInput = { ...SQUARE, mimeType: 'image/jpeg', width: 1920, height: 1080, hasAlpha: false };
const LARGE_WIDE: NativeSize = {
  width: 2816,
  height: 1536,
  native: { aspectRatio: '16:9', resolution: '2k' },
};

describe('translateToXai', () => {
  const cases: readonly [string, string, Partial<NativeRequest>, Record<string, JsonValue>][] = [
    [
      'sends the least for a bare prompt, and asks for base64',
      'grok-image',
      {},
      { model: 'grok-imagine-image-2.0', prompt: 'a red fox', n: 1, response_format: 'b64_json' },
    ],
    [
      'sends ratio and tier, never pixels',
      'grok-image',
      {
        count: 10,
        size: { width: 2816, height: 1536, native: { aspectRatio: '16:9', resolution: '2k' } },
        quality: 'medium',
        user: 'user-7',
        keepPrompt: true,
      },
      {
        model: 'grok-imagine-image-2.0',
        prompt: 'a red fox',
        n: 10,
        aspect_ratio: '16:9',
        resolution: '2k',
        quality: 'medium',
        response_format: 'b64_json',
        user: 'user-7',
      },
    ],
    [
      'calls 1.0 by its own name',
      'grok-imagine-image',
      { size: { width: 1024, height: 1024, native: { aspectRatio: '1:1', resolution: '1k' } } },
      {
        model: 'grok-imagine-image',
        prompt: 'a red fox',
        n: 1,
        aspect_ratio: '1:1',
        resolution: '1k',
        response_format: 'b64_json',
      },
    ],
  ];
  it.each(cases)('%s', (_, slug, request, body) => {
    expect(translate(slug, request)).toStrictEqual({
      ok: true,
      call: {
        path: '/images/generations',
        body,
        prompt: 'a red fox',
        count: request.count ?? 1,
        streamed: false,
      },
      adjustments: [],
    });
  });

  const edits: readonly [string, string, Partial<NativeRequest>, Record<string, JsonValue>][] = [
    [
      'sends one picture alone, and the quality in so many words',
      'grok-image',
      { inputs: [WIDE] },
      {
        model: 'grok-imagine-image-2.0',
        prompt: 'a red fox',
        image: { url: { $input: 0, as: 'data-url' } },
        n: 1,
        quality: 'medium',
        response_format: 'b64_json',
      },
    ],
    [
      'sends one picture with the tier, and no ratio',
      'grok-image',
      { inputs: [WIDE], size: LARGE_WIDE, quality: 'low', count: 2, user: 'user-7' },
      {
        model: 'grok-imagine-image-2.0',
        prompt: 'a red fox',
        image: { url: { $input: 0, as: 'data-url' } },
        n: 2,
        resolution: '2k',
        quality: 'low',
        response_format: 'b64_json',
        user: 'user-7',
      },
    ],
    [
      'sends several pictures in order, with ratio and tier',
      'grok-image',
      { inputs: [WIDE, SQUARE, WIDE, SQUARE, SQUARE], size: LARGE_WIDE },
      {
        model: 'grok-imagine-image-2.0',
        prompt: 'a red fox',
        images: [0, 1, 2, 3, 4].map((index) => ({ url: { $input: index, as: 'data-url' } })),
        n: 1,
        aspect_ratio: '16:9',
        resolution: '2k',
        quality: 'medium',
        response_format: 'b64_json',
      },
    ],
    [
      'sends 1.0 no quality',
      'grok-imagine-image',
      { inputs: [SQUARE, WIDE] },
      {
        model: 'grok-imagine-image',
        prompt: 'a red fox',
        images: [0, 1].map((index) => ({ url: { $input: index, as: 'data-url' } })),
        n: 1,
        response_format: 'b64_json',
      },
    ],
  ];
  it.each(edits)('edits: %s', (_, slug, request, body) => {
    expect(translate(slug, { operation: 'edit', ...request })).toStrictEqual({
      ok: true,
      call: {
        path: '/images/edits',
        body,
        prompt: 'a red fox',
        count: request.count ?? 1,
        streamed: false,
      },
      adjustments: [],
    });
  });

  it('tells where the only picture has another shape than asked', () => {
    const told = translate('grok-image', { operation: 'edit', inputs: [SQUARE], size: LARGE_WIDE });
    expect(told.ok && told.call.body).not.toHaveProperty('aspect_ratio');
    expect(told.ok && told.adjustments).toStrictEqual([
      {
        param: 'size',
        asked: '2816x1536',
        sent: '2k',
        reason:
          'with a single input picture the result takes its shape; the gateway cuts it to the size asked',
      },
    ]);
  });

  it('refuses options', () => {
    expect(translate('grok-image', { options: { seed: 4 } })).toStrictEqual({
      ok: false,
      reasons: [expect.stringContaining('seed')],
    });
  });
});

describe('xaiModels', () => {
  it('has a ratio and a tier for every size, in multiples of 16', () => {
    for (const { params } of xaiModels) {
      const sizes = params.size.kind === 'list' ? params.size.sizes : [];
      expect(sizes.length).toBeGreaterThan(12);
      for (const { width, height, native } of sizes) {
        expect([width % 16, height % 16]).toStrictEqual([0, 0]);
        expect(native?.['aspectRatio']).toMatch(/^[\d.]+:[\d.]+$/);
        expect(native?.['resolution']).toBe(width * height > 2_000_000 ? '2k' : '1k');
      }
    }
  });

  it.each([
    ['grok-image', undefined, 'generate', 0, 6],
    ['grok-image', undefined, 'edit', 2, 10],
    ['grok-image', 'medium', 'generate', 0, 8],
    ['grok-image', 'low', 'edit', 1, 7],
    ['grok-imagine-image', undefined, 'edit', 3, 2.6],
  ] as const)('quotes %s at quality %s to %s with %i inputs', (slug, quality, operation, inputs, credits) => {
    const entry = xaiModels.find((candidate) => candidate.slug === slug);
    if (entry === undefined) throw new Error(`no model ${slug}`);
    const query = { quality, size: undefined, promptChars: 9, inputs };
    expect(quoteImage(entryFor(entry, operation), query)).toBe(Math.round(credits * 1_000_000));
  });
});
