import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../provider.js';
import { DIALECTS } from './dialects.js';
import type { DialectName } from './dialects.js';
import { findUnspeakable, speak } from './speak.js';
import type { PlainCall } from './wire.js';

const bare: PlainCall = { model: 'flux-1', prompt: 'a red fox', n: 1 };
const full: PlainCall = {
  ...bare,
  n: 2,
  size: '1024x768',
  seed: 0,
  steps: 4,
  guidance: 3.5,
  negative_prompt: 'people',
  user: 'user-7',
};
const asBase64 = { response_format: 'b64_json' };
const sampler = { seed: 0, num_inference_steps: 4, guidance_scale: 3.5, negative_prompt: 'people' };

describe('speak', () => {
  const bodies: readonly [DialectName, PlainCall, Record<string, JsonValue>][] = [
    ['sd-server', bare, { prompt: 'a red fox', n: 1 }],
    [
      'sd-server',
      full,
      {
        prompt:
          'a red fox <sd_cpp_extra_args>{"seed":0,"sample_params":{"sample_steps":4,"guidance":{"distilled_guidance":3.5}},"negative_prompt":"people"}</sd_cpp_extra_args>',
        n: 2,
        size: '1024x768',
      },
    ],
    ['localai', bare, { model: 'm', prompt: 'a red fox', n: 1, ...asBase64 }],
    [
      'localai',
      { ...bare, size: '512x512', steps: 4 },
      { model: 'm', prompt: 'a red fox', n: 1, size: '512x512', ...asBase64, step: 4 },
    ],
    [
      'vllm-omni',
      full,
      {
        model: 'm',
        prompt: 'a red fox',
        n: 2,
        size: '1024x768',
        ...asBase64,
        user: 'user-7',
        ...sampler,
      },
    ],
    ['sglang', full, { model: 'm', prompt: 'a red fox', n: 2, size: '1024x768', ...asBase64, ...sampler }],
    [
      'xinference',
      full,
      {
        model: 'm',
        prompt: 'a red fox',
        n: 2,
        size: '1024x768',
        ...asBase64,
        kwargs: JSON.stringify({
          seed: 0,
          num_inference_steps: 4,
          guidance_scale: 3.5,
          negative_prompt: 'people',
        }),
      },
    ],
    ['xinference', bare, { model: 'm', prompt: 'a red fox', n: 1, ...asBase64 }],
    ['nim', bare, { model: 'm', prompt: 'a red fox', n: 1, ...asBase64 }],
  ];
  it.each(bodies)('in the dialect of %s: %o', (name, call, body) => {
    expect(speak(call, DIALECTS[name], 'm')).toStrictEqual({
      path: '/images/generations',
      encoding: 'json',
      body,
    });
  });

  const image = { $input: 0, as: 'file' };
  const mask = { $input: 'mask-white', as: 'file' };
  const edit: PlainCall = { ...bare, size: '1024x768', seed: 0, steps: 4, user: 'user-7', images: [image] };
  const own = { prompt: 'a red fox', n: 1, size: '1024x768' };
  it.each<[DialectName, PlainCall, string, Record<string, JsonValue>]>([
    [
      'sd-server',
      { ...edit, images: [image, image], mask },
      '/images/edits',
      {
        ...own,
        prompt:
          'a red fox <sd_cpp_extra_args>{"seed":0,"sample_params":{"sample_steps":4}}</sd_cpp_extra_args>',
        'image[]': [image, image],
        mask,
      },
    ],
    [
      'vllm-omni',
      { ...edit, mask },
      '/images/edits',
      { model: 'm', ...own, ...asBase64, seed: 0, num_inference_steps: 4, image: [image], mask_image: mask },
    ],
    [
      'sglang',
      edit,
      '/images/edits',
      { model: 'm', ...own, ...asBase64, seed: 0, num_inference_steps: 4, 'image[]': [image] },
    ],
    [
      'xinference',
      edit,
      '/images/variations',
      { model: 'm', ...own, ...asBase64, kwargs: '{"seed":0,"num_inference_steps":4}', image: [image] },
    ],
    [
      'xinference',
      { ...bare, images: [image], mask },
      '/images/inpainting',
      { model: 'm', prompt: 'a red fox', n: 1, ...asBase64, image: [image], mask_image: mask },
    ],
    [
      'localai',
      { ...bare, steps: 9, size: '512x512', images: [image], mask },
      '/images/inpainting',
      { model: 'm', prompt: 'a red fox', steps: 9, image: [image], mask },
    ],
    [
      'nim',
      { ...bare, images: [image], mask },
      '/images/edits',
      { model: 'm', prompt: 'a red fox', n: 1, ...asBase64, 'image[]': [image], mask },
    ],
  ])('an edit in the dialect of %s: %o', (name, call, path, body) => {
    expect(speak(call, DIALECTS[name], 'm')).toStrictEqual({ path, encoding: 'form', body });
  });

  it('gives LocalAI references inside the JSON of a generation', () => {
    const inside = { $input: 0, as: 'base64' };
    expect(speak({ ...bare, steps: 4, images: [inside] }, DIALECTS.localai, 'm')).toStrictEqual({
      path: '/images/generations',
      encoding: 'json',
      body: { model: 'm', prompt: 'a red fox', n: 1, ...asBase64, step: 4, ref_images: [inside] },
    });
  });
});

describe('findUnspeakable', () => {
  it.each<[DialectName, PlainCall, readonly unknown[]]>([
    ['sd-server', full, []],
    ['sd-server', { ...bare, prompt: 'x <sd_cpp_extra_args>{}' }, [expect.stringContaining('sd_cpp')]],
    ['vllm-omni', full, []],
    ['vllm-omni', { ...bare, prompt: 'a | b <sd_cpp_extra_args>' }, []],
    [
      'localai',
      full,
      [
        'LocalAI takes no seed with a call',
        'LocalAI takes no guidance with a call',
        'LocalAI takes no negative prompt with a call',
      ],
    ],
    ['localai', { ...bare, prompt: 'fox | cat' }, [expect.stringContaining('"|"')]],
    ['nim', { ...bare, steps: 3 }, ['NVIDIA NIM takes no steps with a call']],
  ])('%s: %o', (name, call, reasons) => {
    expect(findUnspeakable(call, DIALECTS[name])).toStrictEqual(reasons);
  });
});
