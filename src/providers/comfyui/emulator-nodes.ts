/** The nodes that an emulated server has, as its `/object_info` tells them (protocol notes §B1). */
import type { JsonValue } from '../provider.js';

/** What an input takes: a link to another node's output of a type, a number, a text, or one of a list. */
export type InputSpec =
  | { readonly kind: 'link'; readonly type: string; readonly optional?: true }
  | { readonly kind: 'int' | 'float'; readonly default: number; readonly min: number; readonly max: number }
  | { readonly kind: 'text'; readonly default: string }
  | { readonly kind: 'list'; readonly choices: readonly string[] }
  /** The files that were uploaded. */
  | { readonly kind: 'upload' };

export interface NodeSpec {
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly outputs: readonly string[];
  readonly isOutput: boolean;
}

/** The model files that lie on an emulated server, by folder. */
export interface EmulatedFiles {
  readonly diffusion: readonly string[];
  readonly checkpoints: readonly string[];
  readonly textEncoders: readonly string[];
  readonly vae: readonly string[];
}

export const USUAL_FILES: EmulatedFiles = {
  diffusion: [
    'flux1-dev.safetensors',
    'flux1-schnell.safetensors',
    'flux1-dev-kontext_fp8_scaled.safetensors',
    'flux2_dev_fp8mixed.safetensors',
    'flux-2-klein-4b.safetensors',
  ],
  checkpoints: ['flux1-dev-fp8.safetensors'],
  textEncoders: [
    'clip_l.safetensors',
    't5xxl_fp16.safetensors',
    'mistral_3_small_flux2_bf16.safetensors',
    'qwen_3_4b.safetensors',
  ],
  vae: ['ae.safetensors', 'flux2-vae.safetensors'],
};

const link = (type: string) => ({ kind: 'link', type }) as const;
const list = (...choices: readonly string[]) => ({ kind: 'list', choices }) as const;
const int = (usual: number, min: number, max: number) => ({ kind: 'int', default: usual, min, max }) as const;
const float = (usual: number, min: number, max: number) =>
  ({ kind: 'float', default: usual, min, max }) as const;
const text = (usual = '') => ({ kind: 'text', default: usual }) as const;

const SAMPLERS = list('euler', 'euler_ancestral', 'heun', 'dpmpp_2m', 'ddim', 'res_multistep');
const SCHEDULERS = list('simple', 'sgm_uniform', 'karras', 'normal', 'beta');
const LATENT_SIZE = { width: int(1024, 16, 16_384), height: int(1024, 16, 16_384) };
const MAX_SEED = 2 ** 64;

/** Every class with its inputs and outputs. */
export function nodesOf(files: EmulatedFiles): Readonly<Record<string, NodeSpec>> {
  const node = (inputs: NodeSpec['inputs'], ...outputs: readonly string[]): NodeSpec => ({
    inputs,
    outputs,
    isOutput: false,
  });
  return {
    UNETLoader: node(
      {
        unet_name: list(...files.diffusion),
        weight_dtype: list('default', 'fp8_e4m3fn', 'fp8_e4m3fn_fast', 'fp8_e5m2'),
      },
      'MODEL',
    ),
    CheckpointLoaderSimple: node({ ckpt_name: list(...files.checkpoints) }, 'MODEL', 'CLIP', 'VAE'),
    CLIPLoader: node(
      {
        clip_name: list(...files.textEncoders),
        type: list('stable_diffusion', 'sd3', 'flux', 'flux2', 'qwen_image'),
      },
      'CLIP',
    ),
    DualCLIPLoader: node(
      {
        clip_name1: list(...files.textEncoders),
        clip_name2: list(...files.textEncoders),
        type: list('sdxl', 'sd3', 'flux', 'hunyuan_video'),
      },
      'CLIP',
    ),
    VAELoader: node({ vae_name: list(...files.vae) }, 'VAE'),
    CLIPTextEncode: node({ text: text(), clip: link('CLIP') }, 'CONDITIONING'),
    FluxGuidance: node({ conditioning: link('CONDITIONING'), guidance: float(3.5, 0, 100) }, 'CONDITIONING'),
    ConditioningZeroOut: node({ conditioning: link('CONDITIONING') }, 'CONDITIONING'),
    ReferenceLatent: node(
      { conditioning: link('CONDITIONING'), latent: { kind: 'link', type: 'LATENT', optional: true } },
      'CONDITIONING',
    ),
    EmptySD3LatentImage: node({ ...LATENT_SIZE, batch_size: int(1, 1, 4096) }, 'LATENT'),
    EmptyFlux2LatentImage: node({ ...LATENT_SIZE, batch_size: int(1, 1, 4096) }, 'LATENT'),
    KSampler: node(
      {
        model: link('MODEL'),
        seed: int(0, 0, MAX_SEED),
        steps: int(20, 1, 10_000),
        cfg: float(8, 0, 100),
        sampler_name: SAMPLERS,
        scheduler: SCHEDULERS,
        positive: link('CONDITIONING'),
        negative: link('CONDITIONING'),
        latent_image: link('LATENT'),
        denoise: float(1, 0, 1),
      },
      'LATENT',
    ),
    CFGGuider: node(
      {
        model: link('MODEL'),
        positive: link('CONDITIONING'),
        negative: link('CONDITIONING'),
        cfg: float(8, 0, 100),
      },
      'GUIDER',
    ),
    BasicGuider: node({ model: link('MODEL'), conditioning: link('CONDITIONING') }, 'GUIDER'),
    RandomNoise: node({ noise_seed: int(0, 0, MAX_SEED) }, 'NOISE'),
    KSamplerSelect: node({ sampler_name: SAMPLERS }, 'SAMPLER'),
    Flux2Scheduler: node({ steps: int(20, 1, 4096), ...LATENT_SIZE }, 'SIGMAS'),
    SamplerCustomAdvanced: node(
      {
        noise: link('NOISE'),
        guider: link('GUIDER'),
        sampler: link('SAMPLER'),
        sigmas: link('SIGMAS'),
        latent_image: link('LATENT'),
      },
      'LATENT',
      'LATENT',
    ),
    VAEDecode: node({ samples: link('LATENT'), vae: link('VAE') }, 'IMAGE'),
    VAEEncode: node({ pixels: link('IMAGE'), vae: link('VAE') }, 'LATENT'),
    SetLatentNoiseMask: node({ samples: link('LATENT'), mask: link('MASK') }, 'LATENT'),
    LoadImage: node({ image: { kind: 'upload' } }, 'IMAGE', 'MASK'),
    ImageScale: node(
      {
        image: link('IMAGE'),
        upscale_method: list('nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos'),
        width: int(512, 0, 16_384),
        height: int(512, 0, 16_384),
        crop: list('disabled', 'center'),
      },
      'IMAGE',
    ),
    FluxKontextImageScale: node({ image: link('IMAGE') }, 'IMAGE'),
    SaveImage: { ...node({ images: link('IMAGE'), filename_prefix: text('ComfyUI') }), isOutput: true },
    PreviewImage: { ...node({ images: link('IMAGE') }), isOutput: true },
  };
}

/** One class as `/object_info` tells it. @param uploads names of the files that were uploaded */
export function describeNode(name: string, node: NodeSpec, uploads: readonly string[]): JsonValue {
  const sorted = Object.entries(node.inputs);
  const required = sorted.filter(([, input]) => !isOptional(input));
  const optional = sorted.filter(([, input]) => isOptional(input));
  const tell = (entries: typeof sorted) =>
    Object.fromEntries(entries.map(([input, spec]) => [input, describeInput(spec, uploads)]));
  return {
    input: { required: tell(required), ...(optional.length === 0 ? {} : { optional: tell(optional) }) },
    input_order: { required: required.map(([input]) => input) },
    output: node.outputs,
    output_is_list: node.outputs.map(() => false),
    output_name: node.outputs,
    name,
    display_name: name,
    description: '',
    python_module: 'nodes',
    category: 'emulated',
    output_node: node.isOutput,
  };
}

export function isOptional(input: InputSpec): boolean {
  return input.kind === 'link' && input.optional === true;
}

function describeInput(spec: InputSpec, uploads: readonly string[]): JsonValue {
  switch (spec.kind) {
    case 'link':
      return [spec.type];
    case 'int':
    case 'float':
      return [spec.kind === 'int' ? 'INT' : 'FLOAT', { default: spec.default, min: spec.min, max: spec.max }];
    case 'text':
      return ['STRING', { multiline: true, default: spec.default }];
    case 'list':
      return [[...spec.choices]];
    case 'upload':
      return [[...uploads], { image_upload: true }];
  }
}
