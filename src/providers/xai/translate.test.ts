import { describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import type { JsonValue, NativeRequest, Translation } from '../provider.js';
import { xaiModels } from './models.js';
import { translateToXai } from './translate.js';

function translate(slug: string, request: Partial<NativeRequest>): Translation {
  const route = xaiModels.find((entry) => entry.slug === slug)?.routes[0];
  if (route === undefined) throw new Error(`no route for ${slug}`);
  return translateToXai(createNativeRequest(request), route);
}

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

  it('refuses edits and options', () => {
    expect(translate('grok-image', { operation: 'edit' })).toStrictEqual({
      ok: false,
      reasons: [expect.stringContaining('edits')],
    });
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
});
