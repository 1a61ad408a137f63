import { describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import type { JsonValue, NativeRequest, Translation } from '../provider.js';
import { googleModels } from './models.js';
import { translateToGoogle } from './translate.js';

function translate(slug: string, request: Partial<NativeRequest>): Translation {
  const route = googleModels.find((entry) => entry.slug === slug)?.routes[0];
  if (route === undefined) throw new Error(`${slug} has no route`);
  return translateToGoogle(createNativeRequest(request), route);
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

  it('refuses edits', () => {
    expect(translate('gemini-3-pro-image', { operation: 'edit' }).ok).toBe(false);
    expect(translate('imagen-4', { operation: 'edit' }).ok).toBe(false);
  });
});
