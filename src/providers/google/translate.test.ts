import { describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import type { JsonValue, NativeInput, NativeRequest, Translation } from '../provider.js';
import { googleModels } from './models.js';
import { translateToGoogle } from './translate.js';

function translate(slug: string, request: Partial<NativeRequest>): Translation {
  const route = googleModels.find((entry) => entry.slug === slug)?.routes[0];
  if (route === undefined) throw new Error(`${slug} has no route`);
  return translateToGoogle(createNativeRequest(request), route);
}

function input(changes: Partial<NativeInput> = {}): NativeInput {
  return {
    mimeType: 'image/png',
    width: 640,
    height: 480,
    hasAlpha: false,
    hasContinuation: false,
    ...changes,
  };
}

function inline(index: number, mimeType: string): Record<string, JsonValue> {
  return { inlineData: { mimeType, data: { $input: index, as: 'base64' } } };
}

describe('translateToGoogle', () => {
  const contents = [{ role: 'user', parts: [{ text: 'a red fox' }] }];
  const cases: readonly [string, string, Partial<NativeRequest>, string, Record<string, JsonValue>][] = [
    [
      'sends the least for a bare prompt',
      'gemini-nano-banana-2.1',
      {},
      '/v1beta/models/gemini-nano-banana-2.1:generateContent',
      { contents, generationConfig: { responseModalities: ['IMAGE'] } },
    ],
    [
      'sends ratio, tier and a seed of zero',
      'gemini-3-pro-image',
      { size: { width: 2752, height: 1536, native: { aspectRatio: '16:9', imageSize: '2K' } }, seed: 0 },
      '/v1beta/models/gemini-3-pro-image:generateContent',
      {
        contents,
        generationConfig: {
          responseModalities: ['IMAGE'],
          imageConfig: { aspectRatio: '16:9', imageSize: '2K' },
          seed: 0,
        },
      },
    ],
    [
      'sends no tier to Gemini 2.5',
      'gemini-2-5-flash-image',
      { size: { width: 1024, height: 1024, native: { aspectRatio: '1:1' } } },
      '/v1beta/models/gemini-2.5-flash-image:generateContent',
      {
        contents,
        generationConfig: { responseModalities: ['IMAGE'], imageConfig: { aspectRatio: '1:1' } },
      },
    ],
    [
      'passes on the options of Gemini',
      'gemini-nano-banana-2.1',
      {
        options: {
          thinking_level: 'high',
          temperature: 0,
          system_instruction: 'Flat vector style.',
          safety_settings: [{ category: 'HARASSMENT', threshold: 'BLOCK_ONLY_HIGH' }],
        },
      },
      '/v1beta/models/gemini-nano-banana-2.1:generateContent',
      {
        systemInstruction: { parts: [{ text: 'Flat vector style.' }] },
        contents,
        generationConfig: {
          responseModalities: ['IMAGE'],
          temperature: 0,
          thinkingConfig: { thinkingLevel: 'high' },
        },
        safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_ONLY_HIGH' }],
      },
    ],
    [
      'sends the least to Imagen',
      'imagen-4-fast',
      {},
      '/v1beta/models/imagen-4.0-fast-generate-001:predict',
      { instances: [{ prompt: 'a red fox' }], parameters: { sampleCount: 1, includeRaiReason: true } },
    ],
    [
      'sends everything that Imagen takes on the Gemini API',
      'imagen-4',
      {
        count: 4,
        size: { width: 2816, height: 1536, native: { aspectRatio: '16:9', imageSize: '2K' } },
        personGeneration: 'dont_allow',
        outputFormat: 'jpeg',
        outputCompression: 75,
        options: { safety_setting: 'block_only_high', language: 'en', guidance_scale: 7 },
      },
      '/v1beta/models/imagen-4.0-generate-001:predict',
      {
        instances: [{ prompt: 'a red fox' }],
        parameters: {
          sampleCount: 4,
          aspectRatio: '16:9',
          sampleImageSize: '2K',
          personGeneration: 'dont_allow',
          safetySetting: 'block_only_high',
          language: 'en',
          guidanceScale: 7,
          includeRaiReason: true,
          outputOptions: { mimeType: 'image/jpeg', compressionQuality: 75 },
        },
      },
    ],
  ];
  it.each(cases)('%s', (_, slug, request, path, body) => {
    expect(translate(slug, request)).toStrictEqual({
      ok: true,
      call: { path, body, prompt: 'a red fox', count: request.count ?? 1, streamed: false },
      adjustments: [],
    });
  });

  it.each([
    ['gemini-3.1-flash-image', { thinking_level: 'medium' }, 'minimal, high'],
    ['gemini-2-5-flash-image', { thinking_level: 'high' }, 'takes none'],
    ['gemini-nano-banana-2.1', { guidance_scale: 7 }, 'guidance_scale'],
    ['imagen-4', { temperature: 1 }, 'temperature'],
    ['imagen-4', { unheard_of: 1 }, 'unheard_of'],
  ])('refuses for %s the options %o', (slug, options, told) => {
    const translation = translate(slug, { options });
    expect(translation.ok ? [] : translation.reasons.join()).toContain(told);
  });
});

describe('an edit', () => {
  const words = { text: 'a red fox' };
  const signed = { $input: 'continuation-0', as: 'text' };
  const cases: readonly [string, string, Partial<NativeRequest>, Record<string, JsonValue>][] = [
    [
      'sends the words before the picture and leaves the shape to it',
      'gemini-2-5-flash-image',
      { inputs: [input()] },
      {
        contents: [{ role: 'user', parts: [words, inline(0, 'image/png')] }],
        generationConfig: { responseModalities: ['IMAGE'] },
      },
    ],
    [
      "sends several pictures in the caller's order, beside the size and the options asked",
      'gemini-3-pro-image',
      {
        inputs: [input({ mimeType: 'image/webp' }), input({ mimeType: 'image/jpeg' }), input()],
        size: { width: 1856, height: 2304, native: { aspectRatio: '4:5', imageSize: '2K' } },
        seed: 7,
        options: { system_instruction: 'Flat vector style.', temperature: 1 },
      },
      {
        systemInstruction: { parts: [{ text: 'Flat vector style.' }] },
        contents: [
          {
            role: 'user',
            parts: [words, inline(0, 'image/webp'), inline(1, 'image/jpeg'), inline(2, 'image/png')],
          },
        ],
        generationConfig: {
          responseModalities: ['IMAGE'],
          imageConfig: { aspectRatio: '4:5', imageSize: '2K' },
          seed: 7,
          temperature: 1,
        },
      },
    ],
    [
      'goes on from an answer of the model, signed, and shows the other pictures after it',
      'gemini-nano-banana-2.1',
      {
        inputs: [
          input({ mimeType: 'image/jpeg', hasContinuation: true }),
          input(),
          input({ mimeType: 'image/jpeg', hasContinuation: true }),
        ],
      },
      {
        contents: [
          { role: 'user', parts: [{ text: 'Make a picture.' }] },
          { role: 'model', parts: [{ ...inline(0, 'image/jpeg'), thoughtSignature: signed }] },
          { role: 'user', parts: [words, inline(1, 'image/png'), inline(2, 'image/jpeg')] },
        ],
        generationConfig: { responseModalities: ['IMAGE'] },
      },
    ],
    [
      'starts afresh where only a further picture is an answer of the model',
      'gemini-3.1-flash-image',
      { inputs: [input(), input({ mimeType: 'image/jpeg', hasContinuation: true })] },
      {
        contents: [{ role: 'user', parts: [words, inline(0, 'image/png'), inline(1, 'image/jpeg')] }],
        generationConfig: { responseModalities: ['IMAGE'] },
      },
    ],
  ];
  it.each(cases)('%s', (_, slug, request, body) => {
    const model = slug.replace('2-5', '2.5');
    expect(translate(slug, { operation: 'edit', ...request })).toStrictEqual({
      ok: true,
      call: {
        path: `/v1beta/models/${model}:generateContent`,
        body,
        prompt: 'a red fox',
        count: 1,
        streamed: false,
      },
      adjustments: [],
    });
  });

  it.each(['imagen-4', 'imagen-4-fast', 'imagen-4-ultra'])('is nothing for %s', (slug) => {
    const translation = translate(slug, { operation: 'edit', inputs: [input()] });
    expect(translation.ok ? [] : translation.reasons.join()).toContain('no model for the operation edit');
  });
});
