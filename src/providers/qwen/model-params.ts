/** What the Qwen-Image models take, per parameter (protocol notes §3, §4, §5). */
import type { ModelParams, PromptStyle, Size, SizeRule } from '../model.js';

/** The closed list of the first generation. */
const FIXED_SIZES: SizeRule = {
  kind: 'list',
  sizes: [
    { width: 1328, height: 1328 },
    { width: 1664, height: 928 },
    { width: 928, height: 1664 },
    { width: 1472, height: 1104 },
    { width: 1104, height: 1472 },
  ],
};

/**
 * Sizes worth showing. 1600x1404 and 1504x1504 stand on either side of the 2,250,000 pixels from which on 3.0-pro costs
 * more, because a free size is charged as the listed one of the nearest area.
 */
const LISTED_SIZES: readonly Size[] = [
  { width: 1024, height: 1024 },
  { width: 512, height: 512 },
  { width: 1328, height: 1328 },
  { width: 1664, height: 928 },
  { width: 928, height: 1664 },
  { width: 1792, height: 1024 },
  { width: 1024, height: 1792 },
  { width: 1600, height: 1404 },
  { width: 1504, height: 1504 },
  { width: 2048, height: 2048 },
  { width: 2688, height: 1536 },
  { width: 1536, height: 2688 },
  { width: 2368, height: 1728 },
  { width: 1728, height: 2368 },
];

/** Area above which 3.0-pro charges its second tier (protocol notes §3). */
const SECOND_TIER_PIXELS = 2_250_000;

export const FIRST_TIER_SIZES: readonly string[] = LISTED_SIZES.filter(
  ({ width, height }) => width * height <= SECOND_TIER_PIXELS,
).map(({ width, height }) => `${width}x${height}`);

/** Area and ratio are documented for 3.0 and 2.1, the area alone for 2.0, which gets the same ratios. */
const FREE_SIZES: SizeRule = {
  kind: 'range',
  multipleOf: 1,
  // Shorter or longer edges break the area or the ratio.
  minEdge: 182,
  maxEdge: 5792,
  minPixels: 512 * 512,
  maxPixels: 2048 * 2048,
  minRatio: 1 / 8,
  maxRatio: 8,
  listed: LISTED_SIZES,
};

/** The vendor's own formula for detailed prompts: subject, scene, style, camera, atmosphere. */
const PROMPTS: PromptStyle = {
  form: 'labels',
  order: ['subject', 'details', 'style', 'composition', 'lighting', 'mood'],
  languages: ['zh', 'en'],
  lettering: { scripts: ['latin', 'han'], maxChars: 120 },
  why: 'the vendor words prompts as subject, scene, style, camera and atmosphere; a language model reads them, in Chinese as in English',
};

export const FIRST_PARAMS: ModelParams = {
  size: FIXED_SIZES,
  maxPerCall: 1,
  promptMaxChars: 800,
  quality: undefined,
  defaultQuality: undefined,
  style: undefined,
  background: undefined,
  outputFormat: undefined,
  // Results are always PNG (protocol notes §0).
  deliveredFormat: 'png',
  outputCompression: undefined,
  moderation: undefined,
  personGeneration: undefined,
  seed: { min: 0, max: 2_147_483_647 },
  // Longer ones are cut without a word, as prompts are.
  negativePrompt: { maxChars: 500 },
  inputFidelity: undefined,
  complexity: undefined,
  partialImages: undefined,
  promptRevision: { kind: 'switchable', certain: true, how: 'prompt_extend: false' },
  promptStyle: PROMPTS,
};

/**
 * Limits of the later models are in tokens, and text beyond is cut without a word. A token is rarely shorter than one
 * character in any script, so that as many characters as tokens are safe.
 */
export const SECOND_PARAMS: ModelParams = {
  ...FIRST_PARAMS,
  size: FREE_SIZES,
  maxPerCall: 6,
  promptMaxChars: 1300,
};
export const THIRD_PARAMS: ModelParams = { ...SECOND_PARAMS, promptMaxChars: 4500 };

/** 2.1-pro may refuse `negative_prompt`, and its prompt limit is not documented: the smaller of its neighbours'. */
export const SECOND_PRO_PARAMS: ModelParams = { ...SECOND_PARAMS, negativePrompt: undefined };
