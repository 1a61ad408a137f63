/** Pixels and price of an output (protocol notes §A3, §A4, §A5). */
import type { PixelSize } from '../shared/emulator-picture.js';
import { refusal } from './emulator-errors.js';
import { TIERS } from './emulator-routes.js';
import type { EmulatedRoute } from './emulator-routes.js';

const MEGAPIXEL = 1024 * 1024;
const MAX_FREE_PIXELS = 4 * MEGAPIXEL;
const STEP = 16;
/** No limit of expanded pictures is in the notes; this is the painter's. */
const MAX_EDGE = 8192;

type Fields = Readonly<Record<string, unknown>>;

/** The pixels that a request will give. */
export function sizeOf(fields: Fields, route: EmulatedRoute, inputs: readonly PixelSize[]): PixelSize {
  const [first] = inputs;
  switch (route.sizing) {
    case 'edges':
      return { width: edgeOf(fields, 'width') ?? 1024, height: edgeOf(fields, 'height') ?? 768 };
    case 'free-edges':
      return freeSize(fields, first);
    case 'megapixel-ratio':
      return shaped(ratioOf(fields) ?? shapeOf(first) ?? 1, MEGAPIXEL);
    case 'ultra-ratio':
      // The exact pixels are not published.
      return shaped(ratioOf(fields) ?? 16 / 9, 4 * MEGAPIXEL);
    case 'input':
      return { width: first?.width ?? 1024, height: first?.height ?? 1024 };
    case 'expanded': {
      const grown = (name: string) => edgeOf(fields, name) ?? 0;
      return {
        width: Math.min(MAX_EDGE, (first?.width ?? 0) + grown('left') + grown('right')),
        height: Math.min(MAX_EDGE, (first?.height ?? 0) + grown('top') + grown('bottom')),
      };
    }
    case 'tier': {
      const edge = TIERS[tierOf(fields)] ?? 1024;
      return shaped(ratioOf(fields) ?? shapeOf(first) ?? 1, edge * edge);
    }
  }
}

/** The cost in credits, which are US cents. */
export function costOf(
  fields: Fields,
  route: EmulatedRoute,
  size: PixelSize,
  inputs: readonly PixelSize[],
): number {
  const { price } = route;
  if (price.kind === 'flat') return price.cents;
  if (price.kind === 'tier') return price.cents[tierOf(fields)] ?? 0;
  const begun = (one: PixelSize) => Math.ceil((one.width * one.height) / 1_000_000);
  const further = begun(size) - 1 + inputs.reduce((sum, input) => sum + begun(input), 0);
  return Math.round((price.first + further * price.further) * 100) / 100;
}

/** Zero or nothing follows the first picture. */
function freeSize(fields: Fields, first: PixelSize | undefined): PixelSize {
  const shape = shaped(shapeOf(first) ?? 1, Math.min(MAX_FREE_PIXELS, pixelsOf(first) ?? MEGAPIXEL));
  const size = {
    width: edgeOf(fields, 'width') ?? shape.width,
    height: edgeOf(fields, 'height') ?? shape.height,
  };
  if (size.width * size.height > MAX_FREE_PIXELS) {
    throw refusal(422, 'The output may have at most 4 megapixels.');
  }
  return size;
}

function shaped(ratio: number, pixels: number): PixelSize {
  // Rounding down keeps an output within the limit it was made for.
  const floor = (edge: number) => Math.max(STEP, Math.floor((edge + 1e-6) / STEP) * STEP);
  return { width: floor(Math.sqrt(pixels * ratio)), height: floor(Math.sqrt(pixels / ratio)) };
}

function edgeOf(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' && value > 0 ? value : undefined;
}

function ratioOf(fields: Fields): number | undefined {
  const value = fields['aspect_ratio'];
  const match = /^(\d+):(\d+)$/.exec(typeof value === 'string' ? value : '');
  return match === null ? undefined : Number(match[1]) / Number(match[2]);
}

function tierOf(fields: Fields): string {
  const value = fields['resolution'];
  return typeof value === 'string' ? value : '1k';
}

function shapeOf(size: PixelSize | undefined): number | undefined {
  return size === undefined ? undefined : size.width / size.height;
}

function pixelsOf(size: PixelSize | undefined): number | undefined {
  return size === undefined ? undefined : size.width * size.height;
}
