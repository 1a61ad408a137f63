/** The kinds of FLUX weights that have a built-in graph, as data (protocol notes §B0, §B1). */

export const FAMILY_NAMES = [
  'flux1-dev',
  'flux1-schnell',
  'flux1-kontext',
  'flux2-dev',
  'flux2-klein',
] as const;
export type FamilyName = (typeof FAMILY_NAMES)[number];

/** What an endpoint's graphs are: those of a family, or the operator's own. */
export const DIALECT_NAMES = [...FAMILY_NAMES, 'graph'] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

export interface Family {
  readonly name: string;
  readonly generation: 1 | 2;
  /** Files as Comfy-Org publishes them; an endpoint may name others. */
  readonly model: string;
  readonly textEncoders: readonly string[];
  readonly vae: string;
  readonly steps: number;
  /** The guidance that the weights were distilled with; undefined: none is sent. */
  readonly guidance: number | undefined;
  /**
   * What an edit is: `reference` shows the picture to the model beside the prompt, `repaint` begins with it (img2img),
   * which follows no instruction.
   */
  readonly edits: 'reference' | 'repaint';
  readonly maxInputImages: number;
}

const FLUX_1 = {
  generation: 1,
  textEncoders: ['t5xxl_fp16.safetensors', 'clip_l.safetensors'],
  vae: 'ae.safetensors',
  maxInputImages: 1,
} as const;

const FLUX_2 = {
  generation: 2,
  vae: 'flux2-vae.safetensors',
  edits: 'reference',
  maxInputImages: 4,
} as const;

export const FAMILIES: Readonly<Record<FamilyName, Family>> = {
  'flux1-dev': {
    ...FLUX_1,
    name: 'FLUX.1 dev',
    model: 'flux1-dev.safetensors',
    steps: 20,
    guidance: 3.5,
    edits: 'repaint',
  },
  'flux1-schnell': {
    ...FLUX_1,
    name: 'FLUX.1 schnell',
    model: 'flux1-schnell.safetensors',
    steps: 4,
    guidance: undefined,
    edits: 'repaint',
  },
  'flux1-kontext': {
    ...FLUX_1,
    name: 'FLUX.1 Kontext dev',
    model: 'flux1-dev-kontext_fp8_scaled.safetensors',
    steps: 20,
    guidance: 2.5,
    edits: 'reference',
  },
  'flux2-dev': {
    ...FLUX_2,
    name: 'FLUX.2 dev',
    model: 'flux2_dev_fp8mixed.safetensors',
    textEncoders: ['mistral_3_small_flux2_bf16.safetensors'],
    steps: 20,
    guidance: 4,
  },
  'flux2-klein': {
    ...FLUX_2,
    name: 'FLUX.2 klein',
    model: 'flux-2-klein-4b.safetensors',
    textEncoders: ['qwen_3_4b.safetensors'],
    steps: 4,
    guidance: undefined,
  },
};

export const USUAL_DIALECT: FamilyName = 'flux1-dev';

/** The sizes that Kontext was trained on, and that `FluxKontextImageScale` brings pictures to. */
const UPRIGHT_KONTEXT_SIZES = [
  { width: 672, height: 1568 },
  { width: 688, height: 1504 },
  { width: 720, height: 1456 },
  { width: 752, height: 1392 },
  { width: 800, height: 1328 },
  { width: 832, height: 1248 },
  { width: 880, height: 1184 },
  { width: 944, height: 1104 },
] as const;
export const KONTEXT_SIZES = [
  { width: 1024, height: 1024 },
  ...UPRIGHT_KONTEXT_SIZES,
  ...UPRIGHT_KONTEXT_SIZES.map(({ width, height }) => ({ width: height, height: width })),
];
