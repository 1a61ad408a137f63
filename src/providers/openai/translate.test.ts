import { describe, expect, it } from 'vitest';
import type { ModelEntry } from '../model.js';
import type { JsonValue, NativeRequest, Translation } from '../provider.js';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import { openAiModels } from './models.js';
import { KEEP_PROMPT_PREFACE, translateToOpenAi } from './translate.js';

function translate(slug: string, request: Partial<NativeRequest>): Translation {
  const route = model(slug).routes[0];
  if (route === undefined) throw new Error(`${slug} has no route`);
  return translateToOpenAi(createNativeRequest(request), route);
}

function model(slug: string): ModelEntry {
  const found = openAiModels.find((entry) => entry.slug === slug);
  if (found === undefined) throw new Error(`no model ${slug}`);
  return found;
}

describe('translateToOpenAi', () => {
  const cases: readonly [string, string, Partial<NativeRequest>, Record<string, JsonValue>][] = [
    [
      'sends the least for a bare prompt',
      'gpt-image-2',
      {},
      { model: 'gpt-image-2', prompt: 'a red fox', n: 1 },
    ],
    [
      'sends everything that a GPT model takes, never response_format',
      'gpt-image-2.6-flare',
      {
        count: 4,
        size: { width: 3840, height: 2160 },
        quality: 'max',
        background: 'transparent',
        outputFormat: 'webp',
        outputCompression: 80,
        moderation: 'low',
        complexity: 'medium',
        user: 'user-7',
        keepPrompt: true,
      },
      {
        model: 'gpt-image-2.6-flare',
        prompt: 'a red fox',
        n: 4,
        size: '3840x2160',
        quality: 'max',
        user: 'user-7',
        background: 'transparent',
        output_format: 'webp',
        output_compression: 80,
        moderation: 'low',
        complexity: 'medium',
      },
    ],
    [
      'keeps a compression of zero',
      'gpt-image-1.5',
      { outputFormat: 'jpeg', outputCompression: 0 },
      { model: 'gpt-image-1.5', prompt: 'a red fox', n: 1, output_format: 'jpeg', output_compression: 0 },
    ],
    [
      'asks dall-e-3 for base64 and its own quality and style',
      'dall-e-3',
      { size: { width: 1792, height: 1024 }, quality: 'hd', style: 'natural' },
      {
        model: 'dall-e-3',
        prompt: 'a red fox',
        n: 1,
        size: '1792x1024',
        quality: 'hd',
        style: 'natural',
        response_format: 'b64_json',
      },
    ],
    [
      'asks dall-e-2 for several pictures in one call',
      'dall-e-2',
      { count: 10, size: { width: 512, height: 512 }, quality: 'standard' },
      {
        model: 'dall-e-2',
        prompt: 'a red fox',
        n: 10,
        size: '512x512',
        quality: 'standard',
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

  it.each([0, 3])('streams with %i partial pictures', (partialImages) => {
    expect(translate('gpt-image-2', { partialImages })).toStrictEqual({
      ok: true,
      call: {
        path: '/images/generations',
        body: {
          model: 'gpt-image-2',
          prompt: 'a red fox',
          n: 1,
          stream: true,
          partial_images: partialImages,
        },
        prompt: 'a red fox',
        count: 1,
        streamed: true,
      },
      adjustments: [],
    });
  });

  it('puts the documented preface before a dall-e-3 prompt that has to stay, and reports it as best effort', () => {
    const translation = translate('dall-e-3', { keepPrompt: true });
    expect(translation).toMatchObject({
      ok: true,
      call: {
        body: { prompt: `${KEEP_PROMPT_PREFACE} a red fox` },
        prompt: `${KEEP_PROMPT_PREFACE} a red fox`,
      },
      adjustments: [{ param: 'prompt_revision', asked: false, sent: KEEP_PROMPT_PREFACE }],
    });
    expect(translation.ok && translation.adjustments[0]?.reason).toMatch(/best effort/);
  });

  it('refuses a prompt that fits only without the preface', () => {
    const prompt = '🦊'.repeat(4000);
    expect(translate('dall-e-3', { prompt }).ok).toBe(true);
    expect(translate('dall-e-3', { prompt, keepPrompt: true })).toStrictEqual({
      ok: false,
      problem: 'prompt_too_long',
      reasons: [expect.stringContaining(`${KEEP_PROMPT_PREFACE.length + 1} characters too long`)],
    });
  });

  it('refuses what the API cannot do, naming it', () => {
    expect(translate('gpt-image-2', { background: 'transparent', outputFormat: 'jpeg' }).ok).toBe(false);
    expect(translate('dall-e-3', { operation: 'edit' }).ok).toBe(false);
    expect(translate('gpt-image-2', { options: { frame_count: 4 } })).toStrictEqual({
      ok: false,
      reasons: [expect.stringContaining('frame_count')],
    });
  });
});
