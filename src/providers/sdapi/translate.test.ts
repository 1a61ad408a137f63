import { describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import type { NativeRequest, Translation } from '../provider.js';
import { describeFlux } from './models.js';
import { translateToSdapi } from './translate.js';

const INPUT = {
  mimeType: 'image/png',
  width: 900,
  height: 700,
  hasAlpha: false,
  hasContinuation: false,
} as const;
const EDIT: Partial<NativeRequest> = { operation: 'edit', inputs: [INPUT] };

function translate(
  changes: Partial<NativeRequest> = {},
  extra: Readonly<Record<string, string>> = {},
): Translation {
  const [route] = describeFlux('forge').routes;
  if (route === undefined) throw new Error('there is no route');
  const request = createNativeRequest({ size: { width: 640, height: 480 }, ...changes });
  return translateToSdapi(request, route, extra);
}

function callOf(changes: Partial<NativeRequest> = {}, extra: Readonly<Record<string, string>> = {}) {
  const translation = translate(changes, extra);
  if (!translation.ok) throw new Error(translation.reasons.join());
  return translation.call;
}

const COMMON = { prompt: 'a red fox', width: 640, height: 480, batch_size: 1 };
const KEPT = { send_images: true, save_images: false };

describe('translateToSdapi', () => {
  it('is the whole body, with FLUX’s own guidance where Forge has it', () => {
    expect(callOf({ seed: 7, count: 3 })).toStrictEqual({
      path: '/sdapi/v1/txt2img',
      body: { ...COMMON, ...KEPT, seed: 7, steps: 20, cfg_scale: 1, distilled_cfg_scale: 3.5, batch_size: 3 },
      prompt: 'a red fox',
      count: 3,
      streamed: false,
    });
  });

  it.each([
    ['forge-neo', { ...KEPT, cfg_scale: 1, distilled_cfg_scale: 3.5 }],
    ['sd-next', { ...KEPT, cfg_scale: 3.5 }],
    ['a1111', { ...KEPT, cfg_scale: 7 }],
    ['sd-server', { cfg_scale: 1 }],
  ])('differs by server: %s', (dialect, members) => {
    expect(callOf({}, { FLUX_DIALECT: dialect }).body).toStrictEqual({ ...COMMON, ...members, steps: 20 });
  });

  it('takes the operator’s settings, and the caller’s before them', () => {
    const extra = {
      FLUX_MODEL: 'flux1-dev.safetensors',
      modules: '["ae.safetensors"]',
      sampler: 'Euler',
      scheduler: 'Simple',
      steps: '8',
      guidance: '2.5',
    };
    expect(callOf({ options: { steps: 4 } }, extra).body).toStrictEqual({
      ...COMMON,
      ...KEPT,
      steps: 4,
      cfg_scale: 1,
      distilled_cfg_scale: 2.5,
      sampler_name: 'Euler',
      scheduler: 'Simple',
      override_settings: {
        sd_model_checkpoint: 'flux1-dev.safetensors',
        forge_additional_modules: ['ae.safetensors'],
      },
      override_settings_restore_afterwards: false,
    });
  });

  it('guides weights that heed negative prompts by cfg_scale', () => {
    expect(callOf({ negativePrompt: 'people' }, { classic: 'yes' }).body).toMatchObject({
      negative_prompt: 'people',
      cfg_scale: 7,
    });
  });

  it('edits', () => {
    const { path, body } = callOf(EDIT);
    expect(path).toBe('/sdapi/v1/img2img');
    expect(body).toMatchObject({
      init_images: [{ $input: 0, as: 'base64' }],
      denoising_strength: 0.75,
      resize_mode: 0,
    });
    expect(callOf({ ...EDIT, masked: true }).body).toMatchObject({
      mask: { $input: 'mask-white', as: 'base64' },
      denoising_strength: 1,
      mask_blur: 0,
      inpainting_fill: 1,
      inpaint_full_res: false,
      inpainting_mask_invert: 0,
    });
    const two = { ...EDIT, inputs: [INPUT, INPUT] };
    expect(callOf(two, { FLUX_DIALECT: 'sd-server' }).body).toMatchObject({
      init_images: [{ $input: 0 }],
      extra_images: [{ $input: 1 }],
    });
  });

  it('wants partial pictures only of servers that show them', () => {
    expect(callOf({ partialImages: 2 }).partialImages).toBe(2);
    expect(callOf({ partialImages: 2 }, { FLUX_DIALECT: 'sd-server' })).not.toHaveProperty('partialImages');
  });

  it.each<[Partial<NativeRequest>, string, string]>([
    [{ ...EDIT, inputs: [INPUT, INPUT] }, 'forge', 'Forge takes 1 picture in an edit'],
    [{ ...EDIT, inputs: [] }, 'forge', 'an edit needs a picture to start from'],
    [
      { prompt: 'a fox <lora:nasty:1>' },
      'forge',
      'Forge would take "<lora:nasty:1>" in the prompt for an instruction',
    ],
    [
      { prompt: 'a fox <sd_cpp_extra_args>{}' },
      'sd-server',
      'sd-server would take "<sd_cpp_extra_args>" in the prompt for an instruction',
    ],
    [{ options: { step: 4 } }, 'forge', 'provider_options.sdapi: Unrecognized key: "step"'],
  ])('refuses %j', (changes, dialect, reason) => {
    expect(translate(changes, { FLUX_DIALECT: dialect })).toEqual({ ok: false, reasons: [reason] });
  });

  it('leaves ordinary signs in a prompt alone', () => {
    expect(callOf({ prompt: 'x < y, a (red) fox: <3' }).prompt).toBe('x < y, a (red) fox: <3');
  });
});
