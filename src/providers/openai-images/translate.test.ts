import { describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import type { NativeInput, NativeRequest, Translation } from '../provider.js';
import type { DialectName } from './dialects.js';
import { describeFlux } from './models.js';
import { translateToOpenAiImages } from './translate.js';

function translate(
  request: Partial<NativeRequest>,
  extra: Readonly<Record<string, string>> = {},
): Translation {
  const [route] = describeFlux('sd-server').routes;
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

  it('refuses what the server has no place for, and unknown options', () => {
    expect(translate({ options: { guidance: 3 } }, { FLUX_DIALECT: 'localai' })).toStrictEqual({
      ok: false,
      reasons: ['LocalAI takes no guidance with a call'],
    });
    expect(bodyOf(translate({ prompt: 'x <sd_cpp_extra_args>' }, {}))).toStrictEqual([
      expect.stringContaining('instruction'),
    ]);
    expect(bodyOf(translate({ options: { stepz: 3 } }))).toStrictEqual([expect.stringContaining('stepz')]);
  });
});

const picture: NativeInput = {
  mimeType: 'image/png',
  width: 640,
  height: 480,
  hasAlpha: false,
  hasContinuation: false,
};

function edit(dialect: DialectName, changes: Partial<NativeRequest> = {}): Translation {
  return translate({ operation: 'edit', inputs: [picture], ...changes }, { FLUX_DIALECT: dialect });
}

describe('edits', () => {
  const plain = { model: 'flux-1', prompt: 'a red fox', n: 1 };
  const two = { inputs: [picture, picture] };
  const file = (name: number | string) => ({ $input: name, as: 'file' });
  const masked = { masked: true };

  it.each<[DialectName, Partial<NativeRequest>, string, Record<string, unknown>]>([
    ['sd-server', two, '/images/edits', { images: [file(0), file(1)] }],
    ['sd-server', masked, '/images/edits', { images: [file(0)], mask: file('mask-white') }],
    ['vllm-omni', two, '/images/edits', { images: [file(0), file(1)] }],
    ['vllm-omni', masked, '/images/edits', { images: [file(0)], mask: file('mask-white') }],
    ['sglang', two, '/images/edits', { images: [file(0), file(1)] }],
    ['xinference', {}, '/images/variations', { images: [file(0)] }],
    ['xinference', masked, '/images/inpainting', { images: [file(0)], mask: file('mask-white') }],
    ['localai', masked, '/images/inpainting', { images: [file(0)], mask: file('mask-white') }],
    ['nim', masked, '/images/edits', { images: [file(0)], mask: file('mask-alpha') }],
  ])('of %s %o go to %s as a form', (dialect, changes, path, pictures) => {
    expect(edit(dialect, changes)).toStrictEqual({
      ok: true,
      call: {
        path,
        body: { ...plain, ...pictures },
        prompt: 'a red fox',
        count: 1,
        streamed: false,
        encoding: 'form',
      },
      adjustments: [],
    });
  });

  it('of LocalAI are generations with references', () => {
    expect(edit('localai', two)).toStrictEqual({
      ok: true,
      call: {
        path: '/images/generations',
        body: {
          ...plain,
          images: [
            { $input: 0, as: 'base64' },
            { $input: 1, as: 'base64' },
          ],
        },
        prompt: 'a red fox',
        count: 1,
        streamed: false,
      },
      adjustments: [],
    });
  });

  it.each<[DialectName, Partial<NativeRequest>, readonly string[]]>([
    ['sd-server', { inputs: [] }, ['an edit needs a picture to start from']],
    ['sglang', masked, ['SGLang heeds no mask']],
    ['xinference', two, ['Xinference takes 1 picture in an edit']],
    ['xinference', { ...two, ...masked }, ['Xinference takes 1 picture in an edit with a mask']],
    [
      'localai',
      { ...masked, count: 2, size: { width: 1024, height: 1024 } },
      ['LocalAI paints edits with a mask at 512x512 only', 'LocalAI paints one picture per edit with a mask'],
    ],
    ['nim', { options: { steps: 4 } }, ['NVIDIA NIM takes no steps with a call']],
  ])('that %s can not do are refused: %o', (dialect, changes, reasons) => {
    expect(edit(dialect, changes)).toStrictEqual({ ok: false, reasons });
  });

  it('leave out a seed where the server has no place for one, and say so', () => {
    expect(edit('localai', { ...masked, seed: 7 })).toMatchObject({
      ok: true,
      adjustments: [{ param: 'seed', asked: 7 }],
    });
  });
});
