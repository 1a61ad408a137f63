/**
 * How the servers that speak the OpenAI images protocol differ, as data (protocol notes §B2 to §B5, §B7, §C1). Servers that
 * are not listed here mostly speak like one that is.
 */

export const DIALECT_NAMES = ['sd-server', 'localai', 'vllm-omni', 'sglang', 'xinference', 'nim'] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

/**
 * Where the settings of the sampler go: members of the body, a block of JSON at the end of the prompt (sd-server), or JSON
 * as the text of the member `kwargs` (Xinference).
 */
type Place = 'body' | 'prompt-block' | 'kwargs';

/** A setting of the sampler, by our name. */
export type SamplerField = 'seed' | 'steps' | 'guidance' | 'negative_prompt';

export interface Dialect {
  /** Display name in messages. */
  readonly server: string;
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

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  'sd-server': {
    ...PLAIN,
    server: 'sd-server',
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
  },
  localai: {
    ...PLAIN,
    server: 'LocalAI',
    // Seed and guidance stand in the model's own file.
    names: { steps: 'step' },
    // What follows is the negative prompt.
    reserved: ['|'],
  },
  'vllm-omni': { ...PLAIN, server: 'vLLM-Omni', sendsUser: true, names: FIELD_NAMES },
  // Older versions take the seed 1024 whenever none is given.
  sglang: { ...PLAIN, server: 'SGLang', names: FIELD_NAMES, needsSeed: true },
  xinference: { ...PLAIN, server: 'Xinference', place: 'kwargs', names: FIELD_NAMES },
  // No sampler settings are documented for its OpenAI form.
  nim: { ...PLAIN, server: 'NVIDIA NIM', names: {} },
};

/** Name of the setting that says which server it is. */
export const DIALECT_SETTING = 'FLUX_DIALECT';
/** Name of the setting that says what the server calls the model. */
export const MODEL_SETTING = 'FLUX_MODEL';

export function isDialectName(name: string): name is DialectName {
  return DIALECT_NAMES.some((known) => known === name);
}

/** The dialect of an endpoint's own settings; sd-server's where they name none. */
export function dialectOf(extra: Readonly<Record<string, string>>): Dialect {
  const name = extra[DIALECT_SETTING] ?? 'sd-server';
  return DIALECTS[isDialectName(name) ? name : 'sd-server'];
}
