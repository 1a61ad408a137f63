import { describe, expect, it } from 'vitest';
import type { ModelEntry } from '../model.js';
import type { JsonValue, NativeInput, NativeRequest, Translation } from '../provider.js';
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

const photo: NativeInput = {
  mimeType: 'image/jpeg',
  width: 640,
  height: 480,
  hasAlpha: false,
  hasContinuation: false,
};

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

  const edits: readonly [
    string,
    string,
    Partial<NativeRequest>,
    'form' | 'json',
    Record<string, JsonValue>,
  ][] = [
    [
      'sends a picture as a list of one and says that the model chooses the size',
      'gpt-image-2',
      { inputs: [photo] },
      'form',
      {
        model: 'gpt-image-2',
        prompt: 'a red fox',
        n: 1,
        size: 'auto',
        'image[]': [{ $input: 0, as: 'file' }],
      },
    ],
    [
      'sends everything that the form takes',
      'gpt-image-1.5',
      {
        inputs: [photo, photo, photo],
        masked: true,
        count: 2,
        size: { width: 1536, height: 1024 },
        quality: 'high',
        background: 'opaque',
        outputFormat: 'webp',
        outputCompression: 0,
        inputFidelity: 'high',
        partialImages: 0,
        user: 'user-7',
      },
      'form',
      {
        model: 'gpt-image-1.5',
        prompt: 'a red fox',
        n: 2,
        size: '1536x1024',
        quality: 'high',
        user: 'user-7',
        background: 'opaque',
        output_format: 'webp',
        output_compression: 0,
        input_fidelity: 'high',
        stream: true,
        partial_images: 0,
        'image[]': [0, 1, 2].map(($input) => ({ $input, as: 'file' })),
        mask: { $input: 'mask-alpha', as: 'file' },
      },
    ],
    [
      'sends moderation as JSON, since the form has no such part',
      'gpt-image-1.5',
      { inputs: [photo], moderation: 'low', inputFidelity: 'low' },
      'json',
      {
        model: 'gpt-image-1.5',
        prompt: 'a red fox',
        n: 1,
        size: 'auto',
        moderation: 'low',
        input_fidelity: 'low',
        images: [{ image_url: { $input: 0, as: 'data-url' } }],
      },
    ],
    [
      'sends complexity as JSON, the mask with it',
      'gpt-image-2.6-sunburst',
      { inputs: [photo, photo], masked: true, size: { width: 1024, height: 768 }, complexity: 'high' },
      'json',
      {
        model: 'gpt-image-2.6-sunburst',
        prompt: 'a red fox',
        n: 1,
        size: '1024x768',
        complexity: 'high',
        images: [0, 1].map(($input) => ({ image_url: { $input, as: 'data-url' } })),
        mask: { image_url: { $input: 'mask-alpha', as: 'data-url' } },
      },
    ],
    [
      'sends dall-e-2 its one picture and asks for base64',
      'dall-e-2',
      { inputs: [photo], masked: true, count: 3, size: { width: 512, height: 512 } },
      'form',
      {
        model: 'dall-e-2',
        prompt: 'a red fox',
        n: 3,
        size: '512x512',
        response_format: 'b64_json',
        image: { $input: 0, as: 'file' },
        mask: { $input: 'mask-alpha', as: 'file' },
      },
    ],
  ];
  it.each(edits)('%s', (_, slug, request, encoding, body) => {
    expect(translate(slug, { operation: 'edit', ...request })).toStrictEqual({
      ok: true,
      call: {
        path: '/images/edits',
        encoding,
        body,
        prompt: 'a red fox',
        count: request.count ?? 1,
        streamed: request.partialImages !== undefined,
      },
      adjustments: [],
    });
  });

  it('refuses what the API cannot do, naming it', () => {
    expect(translate('gpt-image-2', { background: 'transparent', outputFormat: 'jpeg' }).ok).toBe(false);
    const transparentJpeg = { background: 'transparent', outputFormat: 'jpeg' } as const;
    expect(translate('gpt-image-2', { operation: 'edit', inputs: [photo], ...transparentJpeg }).ok).toBe(
      false,
    );
    expect(translate('dall-e-3', { operation: 'edit', inputs: [photo] })).toStrictEqual({
      ok: false,
      reasons: [expect.stringContaining('edit')],
    });
    expect(translate('gpt-image-2', { options: { frame_count: 4 } })).toStrictEqual({
      ok: false,
      reasons: [expect.stringContaining('frame_count')],
    });
  });
});
