/** What the Grok image models take, per parameter (protocol notes §3, §5, §12). */
import type { ModelParams, NativeSize, PromptStyle, Size } from '../model.js';

/**
 * Pixels at 1k as published for the model before 2.0; 2k doubles each side. The service is asked for a ratio and a tier,
 * and pictures of other pixels are mended by the gateway.
 */
const PUBLISHED_RATIOS = [
  ['1:1', 1024, 1024],
  ['4:3', 1280, 896],
  ['3:4', 896, 1280],
  ['3:2', 1296, 864],
  ['2:3', 864, 1296],
  ['16:9', 1408, 768],
  ['9:16', 768, 1408],
  ['2:1', 1408, 704],
  ['1:2', 704, 1408],
  ['19.5:9', 1248, 576],
  ['9:19.5', 576, 1248],
  ['20:9', 1280, 576],
  ['9:20', 576, 1280],
] as const;

/** New in 2.0 and without published pixels: the tier's area at the ratio, in the multiples of 16 that all others have. */
const ASSUMED_RATIOS = [
  ['21:9', 1568, 672],
  ['5:2', 1600, 640],
] as const;

function sizesAt(
  ratios: readonly (readonly [string, number, number])[],
  resolution: '1k' | '2k',
): readonly NativeSize[] {
  const factor = resolution === '2k' ? 2 : 1;
  return ratios.map(([aspectRatio, width, height]) => ({
    width: width * factor,
    height: height * factor,
    native: { aspectRatio, resolution },
  }));
}

const ALL_RATIOS = [...PUBLISHED_RATIOS, ...ASSUMED_RATIOS];
const LARGE = sizesAt(ALL_RATIOS, '2k');

/** The dearer tier, as price rows name it. */
export const LARGE_SIZES: readonly string[] = LARGE.map(({ width, height }) => `${width}x${height}`);

const PROMPTS: PromptStyle = {
  form: 'labels',
  order: ['subject', 'details', 'style', 'composition', 'lighting', 'mood'],
  languages: undefined,
  lettering: { scripts: ['latin'], maxChars: 60 },
  why: 'a language model takes part in reading the prompt; the scene comes before the manner, as in plain speech',
};

export const SECOND_PARAMS: ModelParams = {
  size: { kind: 'list', sizes: [...sizesAt(ALL_RATIOS, '1k'), ...LARGE] },
  maxPerCall: 10,
  // No limit is published for 2.0; clients cap at 4000 to 7900, and a longer prompt would be a 400.
  promptMaxChars: 4000,
  quality: ['low', 'medium'],
  // What `auto`, the service's own default, means for generations.
  defaultQuality: 'low',
  style: undefined,
  background: undefined,
  outputFormat: undefined,
  outputCompression: undefined,
  moderation: undefined,
  personGeneration: undefined,
  seed: undefined,
  negativePrompt: undefined,
  inputFidelity: undefined,
  complexity: undefined,
  partialImages: undefined,
  promptRevision: { kind: 'unavoidable' },
  promptStyle: PROMPTS,
};

/**
 * What `auto` means for edits. It is sent in so many words, because what `auto` means has changed before, and the price
 * with it.
 */
export const EDIT_QUALITY = 'medium';

/** Older models than 2.0 have one quality and ignore the field. */
export function hasQuality(model: string): boolean {
  return model === 'grok-imagine-image-2.0';
}

/** The word for the ratio that a picture comes nearest to. */
export function nearestRatio({ width, height }: Size): string {
  const distance = (size: Size) => Math.abs(Math.log((size.width * height) / (size.height * width)));
  const [nearest] = [...sizesAt(ALL_RATIOS, '1k')].sort((one, other) => distance(one) - distance(other));
  return nearest?.native?.['aspectRatio'] ?? '1:1';
}

/** Quality is ignored here, and 2k refused or not depending on whom one asks. */
export const FIRST_PARAMS: ModelParams = {
  ...SECOND_PARAMS,
  size: { kind: 'list', sizes: sizesAt(PUBLISHED_RATIOS, '1k') },
  // The catalogue's `max_prompt_length`; its unit is not documented.
  promptMaxChars: 1024,
  quality: undefined,
  defaultQuality: undefined,
};
