import type { ModelEntry, Size } from '../../src/providers/model.js';
import type { MaskShape, SourceKind } from '../support/edit-pictures.js';
import type { EditWish } from './edit-request.js';

/** Makes pictures of what a mask marks, and nothing without one. */
export const ONLY_MASKED = ['flux-1-fill-pro'];

export const SMALL = { width: 320, height: 256 };
const UPRIGHT = { width: 256, height: 320 };
export const WIDE = { width: 3000, height: 1000 };
const HALF = { width: 512, height: 512 };
const OTHER_SIZES: readonly Size[] = [
  { width: 96, height: 64 },
  { width: 1024, height: 768 },
  { width: 777, height: 513 },
  UPRIGHT,
];
/** Sizes for pairs, without the expensive ones. */
export const SIZES: readonly Size[] = [SMALL, UPRIGHT, { width: 96, height: 64 }];
const UNIVERSAL: readonly (Size | undefined)[] = [
  undefined,
  { width: 1024, height: 1024 },
  { width: 1792, height: 1024 },
  { width: 1024, height: 1792 },
  HALF,
];
const MASKS: readonly (MaskShape | undefined)[] = [
  undefined,
  'rectangle',
  undefined,
  'ellipse',
  undefined,
  'half',
];
export const PLAIN: EditWish = {
  transport: 'multipart',
  kind: 'png',
  source: SMALL,
  inputs: 1,
  mask: undefined,
  size: undefined,
  n: undefined,
  output_format: undefined,
  response_format: undefined,
  adapt: undefined,
};

/** The value that a turn around a list falls on. */
function turn<T>(list: readonly T[], at: number): T | undefined {
  return list[at % list.length];
}

/** Another size of the same ratio. */
export function scaled({ width, height }: Size): Size {
  const factor = Math.max(width, height) > 512 ? 0.5 : 1.5;
  return { width: Math.round(width * factor), height: Math.round(height * factor) };
}

const ODD_KINDS: readonly SourceKind[] = ['gif', 'exif', 'avif', 'png16'];

/** Six edits that hold every value of every factor, and a strict one; two of the kinds that no model ever sees. */
export function rowsOf(entry: ModelEntry, model: number): readonly EditWish[] {
  const kinds: readonly SourceKind[] = [
    'png',
    'jpeg',
    'webp',
    'alpha',
    turn(ODD_KINDS, model) ?? 'gif',
    turn(ODD_KINDS, model + 2) ?? 'gif',
  ];
  const [third, half] = [Math.floor(model / 3), Math.floor(model / 2)];
  const rows = kinds.map((kind, row): EditWish => {
    const byId = row === model % 3;
    const source = sourceFor(row, model);
    const place = (5 * row + half) % MASKS.length;
    const mask = maskFor(entry, source, turn(MASKS, place));
    const sizes = mask === undefined ? [...UNIVERSAL, source] : [undefined, source, scaled(source)];
    return {
      transport: byId
        ? 'image_id'
        : (turn(['multipart', 'data URI', 'image_base64'] as const, row + model) ?? 'multipart'),
      kind,
      source,
      mask,
      inputs: Math.min(
        entry.edit?.maxInputImages ?? 1,
        turn([1, 1, 2, 1, Infinity, 1], row + 2 * third) ?? 1,
      ),
      size:
        mask === undefined && isWide(source)
          ? turn([undefined, HALF], model)
          : turn(sizes, Math.floor(place / 2) + 3 * model + row),
      n: source === UPRIGHT ? 3 : undefined,
      output_format: formatFor(source, mask, Math.floor(place / 2) + model),
      response_format: turn(['url', 'b64_json'] as const, row + model),
      adapt: undefined,
    };
  });
  return [...rows, strictRow(entry, model)];
}

/** Encoding large results costs most of the time; the slow formats meet the small ones. */
function formatFor(source: Size, mask: MaskShape | undefined, at: number): EditWish['output_format'] {
  if (mask === undefined) return turn([undefined, 'jpeg', 'png'] as const, at);
  return source.width > 800 ? undefined : turn(['png', 'webp', 'avif'] as const, at);
}

/**
 * Large sources cost most: they come as PNG or JPEG, and not by their ids, where they would have to be made first. The others go
 * round.
 */
function sourceFor(row: number, model: number): Size {
  const wideRow = model % 3 === 0 ? 1 : 0;
  if (row === wideRow) return WIDE;
  return row === model % 3 ? SMALL : (turn([SMALL, ...OTHER_SIZES], row + model) ?? SMALL);
}

/** Large pictures are masked on the models of the guide only, to save time. */
function maskFor(entry: ModelEntry, source: Size, mask: MaskShape | undefined): MaskShape | undefined {
  if (ONLY_MASKED.includes(entry.slug)) return mask ?? 'rectangle';
  return isWide(source) ? undefined : mask;
}

function isWide({ width, height }: Size): boolean {
  return width > 2 * height;
}

function strictRow(entry: ModelEntry, model: number): EditWish {
  const masked = model % 3 === 1 || ONLY_MASKED.includes(entry.slug);
  return {
    ...PLAIN,
    adapt: 'strict',
    kind: model % 2 === 0 ? 'png' : 'alpha',
    source: masked ? HALF : SMALL,
    mask: masked ? 'rectangle' : undefined,
    size: model % 3 === 2 ? HALF : undefined,
  };
}
