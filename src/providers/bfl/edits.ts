/** Which pictures the FLUX models edit (protocol notes §A3, §A4). */
import type { EditSpec, InputRule } from '../model.js';

/**
 * Twenty megabytes are remembered, not documented, and nothing tells whether they are those of the base64; this many bytes
 * are within them either way. No longest edge is documented; the gateway delivers none beyond this one. Nor are types:
 * these two are what every service reads.
 */
const COMMON = {
  types: ['image/png', 'image/jpeg'],
  maxBytes: 14_000_000,
  maxEdge: 4096,
} as const satisfies Partial<InputRule>;

/** Twenty megapixels are remembered; pictures of about one are what Kontext makes of them. */
const KONTEXT_INPUTS: InputRule = { ...COMMON, minEdge: 64, maxPixels: 16_000_000 };

/**
 * FLUX.2 charges each input by the megapixel begun, and a price list of ours has one price for all inputs: that of this
 * many. Inputs above one megapixel, 1024x1024 among them, are priced exactly, and smaller ones as one megapixel more.
 */
export const FLUX_2_INPUT_MEGAPIXELS = 2;
const FLUX_2_INPUTS: InputRule = {
  ...COMMON,
  minEdge: 64,
  maxPixels: FLUX_2_INPUT_MEGAPIXELS * 1_000_000,
};

/** The one documented rule. */
const FLUX_3_INPUTS: InputRule = { ...COMMON, minEdge: 256, maxPixels: 16_000_000 };

/**
 * Fill takes the picture's own transparency for a mask where there is no other; a JPEG has none that could disagree. Pixels
 * are not documented: those of FLUX.1's other models.
 */
const FILL_INPUTS: InputRule = {
  ...COMMON,
  types: ['image/jpeg'],
  minEdge: 256,
  maxEdge: 1440,
  maxPixels: 1440 * 1440,
};

/** Without a size all of them keep the shape of the first input. */
export const KONTEXT_EDIT: EditSpec = {
  maxInputImages: 4,
  mask: false,
  inputs: KONTEXT_INPUTS,
  unsized: 'model',
};
export const FLUX_2_EDIT: EditSpec = { ...KONTEXT_EDIT, maxInputImages: 8, inputs: FLUX_2_INPUTS };
export const KLEIN_EDIT: EditSpec = { ...FLUX_2_EDIT, maxInputImages: 4 };
export const FLUX_3_EDIT: EditSpec = { ...KONTEXT_EDIT, maxInputImages: 10, inputs: FLUX_3_INPUTS };
export const FILL_EDIT: EditSpec = {
  maxInputImages: 1,
  mask: true,
  maskRequired: true,
  inputs: FILL_INPUTS,
  unsized: 'model',
};
