import { describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import type { NativeRequest, Translation } from '../provider.js';
import { openAiImagesModels } from './models.js';
import { translateToOpenAiImages } from './translate.js';

function translate(request: Partial<NativeRequest>, extra?: Readonly<Record<string, string>>): Translation {
  const route = openAiImagesModels[0]?.routes[0];
  if (route === undefined) throw new Error('there is no route');
  return translateToOpenAiImages(createNativeRequest(request), route, extra);
}

function bodyOf(translation: Translation): unknown {
  return translation.ok ? translation.call.body : translation.reasons;
}

describe('translateToOpenAiImages', () => {
  it('sends the least for a bare prompt', () => {
    expect(translate({})).toStrictEqual({
      ok: true,
      call: {
        path: '/images/generations',
        body: { model: 'flux-1', prompt: 'a red fox', n: 1 },
        prompt: 'a red fox',
        count: 1,
        streamed: false,
      },
      adjustments: [],
    });
  });

  it('sends everything that some server takes', () => {
    const request = {
      count: 4,
      size: { width: 1792, height: 1024 },
      seed: 0,
      negativePrompt: 'people',
      user: 'user-7',
      options: { steps: 20, guidance: 3.5 },
    };
    expect(bodyOf(translate(request, { FLUX_DIALECT: 'vllm-omni' }))).toStrictEqual({
      model: 'flux-1',
      prompt: 'a red fox',
      n: 4,
      size: '1792x1024',
      seed: 0,
      steps: 20,
      guidance: 3.5,
      negative_prompt: 'people',
      user: 'user-7',
    });
  });

  it('leaves out a seed that the server has no place for, and says so', () => {
    expect(translate({ seed: 7 }, { FLUX_DIALECT: 'localai' })).toMatchObject({
      ok: true,
      call: { body: { model: 'flux-1', prompt: 'a red fox', n: 1 } },
      adjustments: [{ param: 'seed', asked: 7, reason: 'LocalAI takes no seed with a call' }],
    });
  });

  it('refuses what the server has no place for, edits and unknown options', () => {
    expect(translate({ options: { guidance: 3 } }, { FLUX_DIALECT: 'localai' })).toStrictEqual({
      ok: false,
      reasons: ['LocalAI takes no guidance with a call'],
    });
    expect(bodyOf(translate({ prompt: 'x <sd_cpp_extra_args>' }, {}))).toStrictEqual([
      expect.stringContaining('instruction'),
    ]);
    expect(bodyOf(translate({ operation: 'edit' }))).toStrictEqual([expect.stringContaining('edits')]);
    expect(bodyOf(translate({ options: { stepz: 3 } }))).toStrictEqual([expect.stringContaining('stepz')]);
  });
});
