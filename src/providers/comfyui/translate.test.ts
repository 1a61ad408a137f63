import { describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import type { NativeRequest, Translation } from '../provider.js';
import type { FamilyName } from './families.js';
import { describeFlux } from './models.js';
import { familyRecipe, graphRecipe } from './recipe.js';
import type { Recipe } from './recipe.js';
import { translateToComfyUi } from './translate.js';
import { readUserGraph } from './user-graph.js';

const SIZE = { width: 1024, height: 768 };
const INPUT = {
  mimeType: 'image/png',
  width: 900,
  height: 700,
  hasAlpha: false,
  hasContinuation: false,
} as const;
const EDIT: Partial<NativeRequest> = { operation: 'edit', inputs: [INPUT], size: SIZE };

function translate(changes: Partial<NativeRequest>, recipe: Recipe | FamilyName = 'flux1-dev'): Translation {
  const [route] = describeFlux('flux1-dev').routes;
  if (route === undefined) throw new Error('there is no route');
  const used = typeof recipe === 'string' ? familyRecipe(recipe, {}) : recipe;
  return translateToComfyUi(createNativeRequest({ size: SIZE, ...changes }), route, used);
}

function bodyOf(translation: Translation): unknown {
  if (!translation.ok) throw new Error(translation.reasons.join());
  return translation.call.body;
}

const LOADERS = {
  1: { class_type: 'UNETLoader', inputs: { unet_name: 'flux1-dev.safetensors', weight_dtype: 'default' } },
  2: {
    class_type: 'DualCLIPLoader',
    inputs: { clip_name1: 't5xxl_fp16.safetensors', clip_name2: 'clip_l.safetensors', type: 'flux' },
  },
  3: { class_type: 'VAELoader', inputs: { vae_name: 'ae.safetensors' } },
};

const SAMPLER = { steps: 20, cfg: 1, sampler_name: 'euler', scheduler: 'simple' };

describe('the graph of a family', () => {
  it('of FLUX.1 dev is the documented one', () => {
    expect(bodyOf(translate({ seed: 7 }))).toStrictEqual({
      seed: 7,
      seed_places: [['8', 'seed']],
      prompt: {
        ...LOADERS,
        4: { class_type: 'CLIPTextEncode', inputs: { text: 'a red fox', clip: ['2', 0] } },
        5: { class_type: 'FluxGuidance', inputs: { conditioning: ['4', 0], guidance: 3.5 } },
        6: { class_type: 'EmptySD3LatentImage', inputs: { ...SIZE, batch_size: 1 } },
        7: { class_type: 'CLIPTextEncode', inputs: { text: '', clip: ['2', 0] } },
        8: {
          class_type: 'KSampler',
          inputs: {
            ...SAMPLER,
            model: ['1', 0],
            positive: ['5', 0],
            negative: ['7', 0],
            latent_image: ['6', 0],
            seed: 7,
            denoise: 1,
          },
        },
        9: { class_type: 'VAEDecode', inputs: { samples: ['8', 0], vae: ['3', 0] } },
        10: { class_type: 'SaveImage', inputs: { images: ['9', 0], filename_prefix: 'atelier' } },
      },
    });
  });

  it('of FLUX.1 schnell has no guidance and four steps', () => {
    const text = JSON.stringify(bodyOf(translate({}, 'flux1-schnell')));
    expect(text).not.toContain('FluxGuidance');
    expect(text).toContain('"steps":4');
  });

  it('repaints its picture without a mask, and its free part with one', () => {
    expect(bodyOf(translate({ ...EDIT, options: { strength: 0.4 } }))).toMatchObject({
      prompt: {
        6: { class_type: 'LoadImage', inputs: { image: { $input: 0, as: 'file' } } },
        7: { class_type: 'ImageScale', inputs: { image: ['6', 0], ...SIZE, crop: 'disabled' } },
        8: { class_type: 'VAEEncode', inputs: { pixels: ['7', 0], vae: ['3', 0] } },
        10: { class_type: 'KSampler', inputs: { latent_image: ['8', 0], denoise: 0.4 } },
      },
    });
    expect(bodyOf(translate({ ...EDIT, masked: true }))).toMatchObject({
      prompt: {
        9: { class_type: 'LoadImage', inputs: { image: { $input: 'mask-alpha', as: 'file' } } },
        10: { class_type: 'SetLatentNoiseMask', inputs: { samples: ['8', 0], mask: ['9', 1] } },
        12: { class_type: 'KSampler', inputs: { latent_image: ['10', 0], denoise: 1 } },
      },
    });
  });

  it('shows Kontext its picture and lets it paint on an empty one', () => {
    expect(bodyOf(translate(EDIT, 'flux1-kontext'))).toMatchObject({
      prompt: {
        5: { class_type: 'LoadImage', inputs: { image: { $input: 0, as: 'file' } } },
        6: { class_type: 'FluxKontextImageScale', inputs: { image: ['5', 0] } },
        7: { class_type: 'VAEEncode', inputs: { pixels: ['6', 0] } },
        8: { class_type: 'ReferenceLatent', inputs: { conditioning: ['4', 0], latent: ['7', 0] } },
        9: { class_type: 'FluxGuidance', inputs: { conditioning: ['8', 0], guidance: 2.5 } },
        10: { class_type: 'EmptySD3LatentImage', inputs: SIZE },
      },
    });
  });

  it('chains the pictures of FLUX.2, whose dev carries its guidance along and whose klein has none', () => {
    const dev = JSON.stringify(bodyOf(translate({ ...EDIT, inputs: [INPUT, INPUT] }, 'flux2-dev')));
    expect(dev.match(/"ReferenceLatent"/g)).toHaveLength(2);
    expect(dev).toContain('"BasicGuider"');
    expect(dev).toContain(
      '"CLIPLoader","inputs":{"clip_name":"mistral_3_small_flux2_bf16.safetensors","type":"flux2"}',
    );
    const klein = JSON.stringify(bodyOf(translate({ seed: 3 }, 'flux2-klein')));
    expect(klein).toContain('"CFGGuider"');
    expect(klein).toContain('"ConditioningZeroOut"');
    expect(klein).toContain('"noise_seed":3');
    expect(klein).not.toContain('FluxGuidance');
  });

  it('loads an all-in-one file where the operator has one', () => {
    const recipe = familyRecipe('flux1-dev', { model: 'all.safetensors', checkpoint: true });
    expect(bodyOf(translate({}, recipe))).toMatchObject({
      prompt: {
        1: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'all.safetensors' } },
        2: { class_type: 'CLIPTextEncode', inputs: { clip: ['1', 1] } },
      },
    });
  });
});

describe('what a graph has no place for', () => {
  const userGraph = {
    1: {
      class_type: 'Painter',
      inputs: { text: '{{prompt}}', seed: '{{seed}}', w: '{{width}}', h: '{{height}}' },
    },
  };
  const needs = { sized: true, negative: false, images: 0, mask: false };
  const own = readUserGraph(userGraph, needs, 'graph').graph;
  if (own === undefined) throw new Error('the graph was not read');
  const recipe = graphRecipe(own, undefined, {});

  it.each<[Partial<NativeRequest>, Recipe | FamilyName, string]>([
    [{ options: { steps: 5 } }, recipe, 'the graph of this model has no place for steps'],
    [{ options: { guidance: 2 } }, 'flux1-schnell', 'the graph of this model has no place for guidance'],
    [{ options: { strength: 0.5 } }, 'flux1-dev', 'the graph of this model has no place for strength'],
    [
      { ...EDIT, options: { strength: 0.5 } },
      'flux2-klein',
      'the graph of this model has no place for strength',
    ],
    [EDIT, recipe, 'comfyui/flux-1-pro has no graph that edits'],
    [{ ...EDIT, inputs: [INPUT, INPUT] }, 'flux1-dev', 'the graph of this model takes 1 pictures'],
    [{ ...EDIT, inputs: [] }, 'flux1-dev', 'an edit needs a picture to start from'],
    [{ count: 2 }, 'flux1-dev', 'a graph paints one picture'],
    [{ options: { step: 5 } }, 'flux1-dev', 'provider_options.comfyui: Unrecognized key: "step"'],
  ])('%#: is refused and named', (changes, used, reason) => {
    expect(translate(changes, used)).toEqual({ ok: false, reasons: [reason] });
  });

  it('nothing, where it is not asked for', () => {
    expect(bodyOf(translate({}, recipe))).toStrictEqual({
      seed_places: [['1', 'seed']],
      prompt: { 1: { class_type: 'Painter', inputs: { text: 'a red fox', seed: 0, w: 1024, h: 768 } } },
    });
  });
});
