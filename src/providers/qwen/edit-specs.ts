/** What edits take, per generation of models (protocol notes §1, §3, §4, §5). */
import type { EditSpec, InputRule, SizeRule } from '../model.js';

/**
 * Inputs of 384 to 3072 pixels a side. The bounds of the ratio stay clear of what the sides alone allow, so that scaling to
 * whole pixels never leaves a side too short.
 */
const INPUTS = {
  types: ['image/png', 'image/jpeg', 'image/webp'],
  maxBytes: 10_000_000,
  minEdge: 384,
  maxEdge: 3072,
  maxPixels: 3072 * 3072,
  minRatio: 1 / 7.5,
  maxRatio: 7.5,
} as const satisfies InputRule;

/** The page of 3.0 and 2.1 advises shorter sides than it allows. */
const THIRD_INPUTS = {
  ...INPUTS,
  maxEdge: 2048,
  maxPixels: 2048 * 2048,
  minRatio: 1 / 5,
  maxRatio: 5,
} as const satisfies InputRule;

/** Each side counts, other than for the model that draws from text alone. */
const FIRST_SIZES: SizeRule = {
  kind: 'range',
  multipleOf: 1,
  minEdge: 512,
  maxEdge: 2048,
  minPixels: 512 * 512,
  maxPixels: 2048 * 2048,
  minRatio: 1 / 4,
  maxRatio: 4,
  listed: [
    { width: 1024, height: 1024 },
    { width: 512, height: 512 },
    { width: 1328, height: 1328 },
    { width: 1664, height: 928 },
    { width: 928, height: 1664 },
    { width: 1472, height: 1104 },
    { width: 1104, height: 1472 },
    { width: 2048, height: 2048 },
  ],
};

/** Without a size the model keeps the shape of an input: with several of them that of the last. */
export const SECOND_EDIT: EditSpec = { maxInputImages: 3, mask: false, inputs: INPUTS, unsized: 'model' };

/** The editing model of the first generation takes free sizes, and makes several pictures in one call. */
export const FIRST_EDIT: EditSpec = { ...SECOND_EDIT, params: { size: FIRST_SIZES, maxPerCall: 6 } };

export const THIRD_EDIT: EditSpec = { ...SECOND_EDIT, inputs: THIRD_INPUTS };

/** Ten pictures are documented for 2.1-pro alone. */
export const SECOND_PRO_EDIT: EditSpec = { ...THIRD_EDIT, maxInputImages: 10 };
