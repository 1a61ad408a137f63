/** Sizes per model (protocol notes §4). */
import type { PixelSize } from '../shared/emulator-picture.js';
import { invalidParameter } from './emulator-errors.js';
import { CLOSED_SIZES } from './emulator-models.js';
import type { EmulatedModel } from './emulator-models.js';

const MIN_AREA = 512 * 512;
const MAX_AREA = 2048 * 2048;
const MAX_RATIO = 8;
const MIN_EDGE = 512;
const MAX_EDGE = 2048;
const STEP = 16;

/** The pixels that a request will give. @param separator `*`, but `x` on the OpenAI-shaped surface */
export function readSize(
  value: unknown,
  model: EmulatedModel,
  inputs: readonly PixelSize[],
  separator: '*' | 'x',
): PixelSize {
  if (value === undefined || value === null) return ownChoice(model, inputs);
  if (model.family === 'first-edit') throw invalidParameter('size is not supported by this model');
  if (typeof value !== 'string') throw invalidParameter('size must be str');
  if (value === 'auto' && model.family === 'third') return ownChoice(model, inputs);
  const match = /^(\d{1,5})([*x])(\d{1,5})$/.exec(value);
  if (match === null || match[2] !== separator) {
    throw invalidParameter(`size must be in format of "width${separator}height", got "${value}"`);
  }
  const size = { width: Number(match[1]), height: Number(match[3]) };
  const problem = problemOf(size, model);
  if (problem !== undefined) throw invalidParameter(problem);
  return size;
}

function problemOf({ width, height }: PixelSize, model: EmulatedModel): string | undefined {
  switch (model.family) {
    case 'text': {
      const known = CLOSED_SIZES.some((size) => size.width === width && size.height === height);
      const list = CLOSED_SIZES.map((size) => `${size.width}*${size.height}`).join(',');
      return known ? undefined : `size must be in the list: ${list}`;
    }
    case 'edit':
    case 'first-edit': {
      const fits = [width, height].every((edge) => edge >= MIN_EDGE && edge <= MAX_EDGE);
      return fits ? undefined : `width and height must be in [${MIN_EDGE}, ${MAX_EDGE}]`;
    }
    case 'second':
    case 'third': {
      const area = width * height;
      if (area < MIN_AREA || area > MAX_AREA)
        return 'the total pixels of size must be between 512*512 and 2048*2048';
      const long = Math.max(width, height);
      // A limit of the ratio is documented for the third generation only.
      const fits = model.family === 'second' || long <= MAX_RATIO * Math.min(width, height);
      return fits ? undefined : 'the aspect ratio of size must be between 1:8 and 8:1';
    }
  }
}

/** Edits follow the shape of the last picture at about a megapixel. What `auto` comes to without one is not documented. */
function ownChoice(model: EmulatedModel, inputs: readonly PixelSize[]): PixelSize {
  const last = inputs.at(-1);
  if (last === undefined) {
    return model.family === 'text' ? { width: 1664, height: 928 } : { width: 2048, height: 2048 };
  }
  const ratio = Math.min(MAX_RATIO, Math.max(1 / MAX_RATIO, last.width / last.height));
  const round = (edge: number) => Math.round(edge / STEP) * STEP;
  return { width: round(1024 * Math.sqrt(ratio)), height: round(1024 / Math.sqrt(ratio)) };
}
