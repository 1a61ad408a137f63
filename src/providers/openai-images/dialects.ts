/**
 * How the servers that speak the OpenAI images protocol differ, as data (protocol notes §B2 to §B5, §B7, §C1). Servers that
 * are not listed here mostly speak like one that is.
 */
import { DIALECT_SETTING } from '../shared/own-server.js';

export const DIALECT_NAMES = ['sd-server', 'localai', 'vllm-omni', 'sglang', 'xinference', 'nim'] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

/**
 * Where the settings of the sampler go: members of the body, a block of JSON at the end of the prompt (sd-server), or JSON
 * as the text of the member `kwargs` (Xinference).
 */
type Place = 'body' | 'prompt-block' | 'kwargs';

/** A setting of the sampler, by our name. */
export type SamplerField = 'seed' | 'steps' | 'guidance' | 'negative_prompt';

/** How a server takes pictures to edit. */
export interface EditForm {
  /** Below the base URL. */
  readonly path: string;
  readonly encoding: 'form' | 'json';
  /** Name of the member that holds the pictures; repeated in forms, a list in JSON. */
  readonly imageField: string;
  /** Most pictures of one call; undefined: no limit is documented. */
  readonly maxImages: number | undefined;
  /** Set where the settings of the sampler have another name here. */
  readonly names?: Dialect['names'];
  /** The only size there is, of one picture in each call, so that neither is told. */
  readonly fixedSize?: string;
}

/** An edit with a mask, and what the mask's pixels mean there. */
export interface MaskedEditForm extends EditForm {
  readonly maskField: string;
  readonly mask: 'mask-alpha' | 'mask-white';
}

export interface Dialect {
  /** Display name in messages. */
  readonly server: string;
  /** A route that answers 200 once the server is ready; from its root. */
  readonly healthPath: string;
  readonly edit: EditForm;
  /** undefined: the server heeds no mask. */
  readonly maskedEdit: MaskedEditForm | undefined;
  /** False where the server runs one model and ignores its name. */
  readonly sendsModel: boolean;
  /** False where the answer is base64 whatever is asked. */
  readonly sendsResponseFormat: boolean;
  readonly sendsUser: boolean;
  readonly place: Place;
  /** The server's own name of each setting, dots for members inside; one without a name can't be set. */
  readonly names: Readonly<Partial<Record<SamplerField, string>>>;
  /** A seed of our own is sent when none is asked, because the server would take the same one every time. */
  readonly needsSeed: boolean;
  /** Texts that the server takes for instructions when they stand in a prompt. */
  readonly reserved: readonly string[];
}

const FIELD_NAMES = {
  seed: 'seed',
  steps: 'num_inference_steps',
  guidance: 'guidance_scale',
  negative_prompt: 'negative_prompt',
} as const;

const PLAIN = {
  sendsModel: true,
  sendsResponseFormat: true,
  sendsUser: false,
  place: 'body',
  needsSeed: false,
  reserved: [],
} as const;

const EDITS = {
  path: '/images/edits',
  encoding: 'form',
  imageField: 'image[]',
  maxImages: undefined,
} as const;

/** The servers that paint with diffusers or ggml: white is repainted. */
const WHITE = { maskField: 'mask', mask: 'mask-white' } as const;

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  'sd-server': {
    ...PLAIN,
    server: 'sd-server',
    healthPath: '/',
    sendsModel: false,
    sendsResponseFormat: false,
    place: 'prompt-block',
    names: {
      seed: 'seed',
      steps: 'sample_params.sample_steps',
      guidance: 'sample_params.guidance.distilled_guidance',
      negative_prompt: 'negative_prompt',
    },
    reserved: ['<sd_cpp_extra_args>', '</sd_cpp_extra_args>'],
    edit: EDITS,
    // What its mask means is documented for the same server's sdapi form (protocol notes §B6).
    maskedEdit: { ...EDITS, ...WHITE },
  },
  localai: {
    ...PLAIN,
    server: 'LocalAI',
    healthPath: '/readyz',
    // Seed and guidance stand in the model's own file.
    names: { steps: 'step' },
    // What follows is the negative prompt.
    reserved: ['|'],
    // It has no route for edits: references go with a generation, masks to a route that knows one size.
    edit: { path: '/images/generations', encoding: 'json', imageField: 'ref_images', maxImages: undefined },
    maskedEdit: {
      ...WHITE,
      path: '/images/inpainting',
      encoding: 'form',
      imageField: 'image',
      maxImages: 1,
      names: { steps: 'steps' },
      fixedSize: '512x512',
    },
  },
  'vllm-omni': {
    ...PLAIN,
    server: 'vLLM-Omni',
    healthPath: '/health',
    sendsUser: true,
    names: FIELD_NAMES,
    edit: { ...EDITS, imageField: 'image' },
    maskedEdit: { ...EDITS, ...WHITE, imageField: 'image', maskField: 'mask_image' },
  },
  sglang: {
    ...PLAIN,
    server: 'SGLang',
    healthPath: '/health',
    names: FIELD_NAMES,
    // Older versions take the seed 1024 whenever none is given.
    needsSeed: true,
    edit: EDITS,
    // It accepts a mask and uses none.
    maskedEdit: undefined,
  },
  xinference: {
    ...PLAIN,
    server: 'Xinference',
    healthPath: '/status',
    place: 'kwargs',
    names: FIELD_NAMES,
    edit: { path: '/images/variations', encoding: 'form', imageField: 'image', maxImages: 1 },
    maskedEdit: {
      ...WHITE,
      path: '/images/inpainting',
      encoding: 'form',
      imageField: 'image',
      maxImages: 1,
      maskField: 'mask_image',
    },
  },
  nim: {
    ...PLAIN,
    server: 'NVIDIA NIM',
    healthPath: '/v1/health/ready',
    // No sampler settings are documented for its OpenAI form.
    names: {},
    edit: EDITS,
    // Documented as OpenAI's form, where what is transparent is repainted.
    maskedEdit: { ...EDITS, maskField: 'mask', mask: 'mask-alpha' },
  },
};

export function isDialectName(name: string): name is DialectName {
  return DIALECT_NAMES.some((known) => known === name);
}

/** The dialect of an endpoint's own settings; sd-server's where they name none. */
export function dialectOf(extra: Readonly<Record<string, string>>): Dialect {
  const name = extra[DIALECT_SETTING] ?? 'sd-server';
  return DIALECTS[isDialectName(name) ? name : 'sd-server'];
}
