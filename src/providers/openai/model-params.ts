/** What OpenAI's models take, per parameter (protocol notes §3, §4, §5). */
import type { ModelParams, PromptStyle, Size, SizeRule } from '../model.js';
import { KEEP_PROMPT_PREFACE } from './translate.js';

const SQUARE = { width: 1024, height: 1024 } as const;

/** Sizes of the first GPT Image generation. */
const FIXED_GPT_SIZES: SizeRule = {
  kind: 'list',
  sizes: [SQUARE, { width: 1536, height: 1024 }, { width: 1024, height: 1536 }],
};

const LISTED_SIZES: readonly Size[] = [
  SQUARE,
  { width: 1536, height: 1024 },
  { width: 1024, height: 1536 },
  { width: 1792, height: 1024 },
  { width: 1024, height: 1792 },
  { width: 2048, height: 2048 },
  { width: 2560, height: 1440 },
  { width: 1440, height: 2560 },
  { width: 2880, height: 2880 },
  { width: 3840, height: 2160 },
  { width: 2160, height: 3840 },
];

/** Multiples of 16 within 1:3 and 3:1 are documented; the pixel budget is only observed (protocol notes §4). */
const FREE_GPT_SIZES: SizeRule = {
  kind: 'range',
  multipleOf: 16,
  // No shorter edge reaches the least pixel count within the ratio.
  minEdge: 480,
  maxEdge: 3840,
  minPixels: 655_360,
  maxPixels: 8_294_400,
  minRatio: 1 / 3,
  maxRatio: 3,
  listed: LISTED_SIZES,
};

const GPT_PROMPTS: PromptStyle = {
  form: 'labels',
  order: ['subject', 'composition', 'style', 'lighting', 'details', 'mood'],
  languages: undefined,
  lettering: { scripts: ['latin', 'han', 'other'], maxChars: 200 },
  why: 'these models read prompts as instructions, and named parts keep long ones apart',
};

/** Its prompts pass a language model first; its lettering is known for broken words. */
const DALL_E_PROMPTS: PromptStyle = {
  form: 'labels',
  order: ['subject', 'style', 'composition', 'lighting', 'details', 'mood'],
  languages: undefined,
  lettering: { scripts: ['latin'], maxChars: 20 },
  why: 'a language model rewrites every prompt before it is painted, and it keeps named parts apart; what comes first survives best',
};

/** No language model reads along here. */
const DALL_E_2_PROMPTS: PromptStyle = {
  form: 'phrases',
  order: ['subject', 'style', 'composition', 'lighting', 'details', 'mood'],
  languages: ['en'],
  lettering: { scripts: [], maxChars: 0 },
  why: 'it was trained on short captions, so the prompt is one',
};

export const FIRST_GPT_PARAMS: ModelParams = {
  size: FIXED_GPT_SIZES,
  maxPerCall: 10,
  promptMaxChars: 32_000,
  quality: ['low', 'medium', 'high'],
  // `auto` may resolve to any of them, so that a quote has to cover the dearest (observed on gpt-image-2: low).
  defaultQuality: 'high',
  style: undefined,
  background: ['auto', 'transparent', 'opaque'],
  outputFormat: ['png', 'jpeg', 'webp'],
  outputCompression: ['jpeg', 'webp'],
  moderation: ['auto', 'low'],
  personGeneration: undefined,
  seed: undefined,
  negativePrompt: undefined,
  inputFidelity: ['low', 'high'],
  complexity: undefined,
  partialImages: 3,
  promptRevision: { kind: 'never' },
  promptStyle: GPT_PROMPTS,
};

/** `input_fidelity` is ignored or refused from gpt-image-2 on (protocol notes §5 and doubt 9). */
export const GPT_2_PARAMS: ModelParams = {
  ...FIRST_GPT_PARAMS,
  size: FREE_GPT_SIZES,
  inputFidelity: undefined,
};
export const GPT_2_5_PARAMS: ModelParams = {
  ...GPT_2_PARAMS,
  quality: ['low', 'medium', 'high', 'xhigh', 'max'],
};
export const GPT_2_6_PARAMS: ModelParams = { ...GPT_2_5_PARAMS, complexity: ['low', 'medium', 'high'] };

export const DALL_E_2_PARAMS: ModelParams = {
  ...FIRST_GPT_PARAMS,
  size: {
    kind: 'list',
    sizes: [SQUARE, { width: 512, height: 512 }, { width: 256, height: 256 }],
  },
  promptMaxChars: 1000,
  quality: ['standard'],
  defaultQuality: 'standard',
  background: undefined,
  outputFormat: undefined,
  deliveredFormat: 'png',
  outputCompression: undefined,
  moderation: undefined,
  inputFidelity: undefined,
  partialImages: undefined,
  promptStyle: DALL_E_2_PROMPTS,
};

export const DALL_E_3_PARAMS: ModelParams = {
  ...DALL_E_2_PARAMS,
  size: {
    kind: 'list',
    sizes: [SQUARE, { width: 1792, height: 1024 }, { width: 1024, height: 1792 }],
  },
  maxPerCall: 1,
  promptMaxChars: 4000,
  quality: ['standard', 'hd'],
  style: ['vivid', 'natural'],
  promptRevision: {
    kind: 'switchable',
    certain: false,
    how: 'a text that OpenAI documents is put before the prompt',
    addsChars: Array.from(KEEP_PROMPT_PREFACE).length + 1,
  },
  promptStyle: DALL_E_PROMPTS,
};
