/** Sizes per model (protocol notes §4). */
import type { PixelSize } from '../shared/emulator-picture.js';
import { invalidValue, notOneOf, notOneOfOld } from './emulator-errors.js';
import type { EmulatedModel } from './emulator-models.js';

const STEP = 16;
const MAX_EDGE = 3840;
const MAX_RATIO = 3;
/** Observed, not published. */
const MIN_PIXELS = 655_360;
const MAX_PIXELS = 8_294_400;

/** The pixels that a request will give, or a refusal in the words the model has for it. */
export function readSize(
  size: string | undefined,
  model: EmulatedModel,
  input: PixelSize | undefined,
): { readonly pixels: PixelSize; readonly auto: boolean } {
  if (size === undefined || size === 'auto') return { pixels: ownChoice(model, input), auto: true };
  if (model.sizes !== undefined && !model.sizes.includes(size)) {
    throw model.kind === 'gpt'
      ? notOneOf('size', size, [...model.sizes, 'auto'])
      : notOneOfOld('size', size, model.sizes);
  }
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(size);
  if (match === null) throw badSize(size, "Expected 'auto' or a size in the format 'WIDTHxHEIGHT'.");
  const pixels = { width: Number(match[1]), height: Number(match[2]) };
  if (model.sizes === undefined) checkFreeSize(size, pixels);
  return { pixels, auto: false };
}

function checkFreeSize(size: string, { width, height }: PixelSize): void {
  if (width % STEP !== 0 || height % STEP !== 0) {
    throw badSize(size, 'Width and height must both be divisible by 16.');
  }
  const longest = Math.max(width, height);
  if (longest > MAX_EDGE) throw badSize(size, `The longest edge must be less than or equal to ${MAX_EDGE}.`);
  if (longest > MAX_RATIO * Math.min(width, height)) {
    throw badSize(size, 'The aspect ratio must be between 1:3 and 3:1.');
  }
  if (width * height < MIN_PIXELS) {
    throw badSize(size, 'Requested resolution is below the current minimum pixel budget.');
  }
  if (width * height > MAX_PIXELS)
    throw badSize(size, 'Requested resolution exceeds the current pixel budget.');
}

/** `auto` is a square for a prompt alone and follows the shape of the first picture in edits; the choice is undocumented. */
function ownChoice(model: EmulatedModel, input: PixelSize | undefined): PixelSize {
  if (model.kind !== 'gpt' || input === undefined) return { width: 1024, height: 1024 };
  const ratio = input.width / input.height;
  if (ratio > 1.2) return { width: 1536, height: 1024 };
  return ratio < 1 / 1.2 ? { width: 1024, height: 1536 } : { width: 1024, height: 1024 };
}

function badSize(size: string, why: string): Error {
  return invalidValue('size', `Invalid size '${size}'. ${why}`, true);
}
