import type { NativeSize, Size, SizeRule } from '../providers/model.js';

/** Enlarging beyond this loses too much; such sizes are refused. */
export const MAX_ENLARGEMENT = 2;

/** How far a delivered ratio may be from the asked one. */
export const RATIO_TOLERANCE = 0.03;

/** A native size to ask for, and what it takes to get from there to the target. */
export interface SizeChoice {
  readonly native: NativeSize;
  /** Factor from native to target pixels; above 1 the picture is enlarged. */
  readonly scale: number;
  /** Share of the native picture that is cut away, 0 to 1. */
  readonly crop: number;
}

export function formatSize(size: Size): string {
  return `${size.width}x${size.height}`;
}

export function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

/** True when the model renders exactly this size by itself. */
export function isNativeSize(rule: SizeRule, size: Size): boolean {
  return findNative(rule, size) !== undefined;
}

/** The sizes that a model shows as choices. */
export function listedSizes(rule: SizeRule): readonly NativeSize[] {
  return rule.kind === 'list' ? rule.sizes : rule.listed;
}

/** The rule in words, for errors and the catalogue; undefined where the list says it all. */
export function describeSizeRule(rule: SizeRule): string | undefined {
  if (rule.kind === 'list') return undefined;
  return (
    `width and height are multiples of ${rule.multipleOf} from ${rule.minEdge} to ${rule.maxEdge}, ` +
    `${rule.minPixels} to ${rule.maxPixels} pixels in all, width / height from ` +
    `${round(rule.minRatio)} to ${round(rule.maxRatio)}`
  );
}

/**
 * The native size to render for an exact target: least enlargement first, then least crop, then lowest price, then
 * fewest pixels thrown away.
 * @param priceOf price of rendering one picture at a native size
 * @returns undefined when every native size would have to be enlarged more than MAX_ENLARGEMENT
 */
export function chooseNativeSize(
  rule: SizeRule,
  target: Size,
  priceOf: (size: NativeSize) => number,
): SizeChoice | undefined {
  const exact = findNative(rule, target);
  if (exact !== undefined) return { native: exact, scale: 1, crop: 0 };
  const choices = candidatesFor(rule, target)
    .map((native) => ({ ...fit(native, target), price: priceOf(native) }))
    .filter((choice) => choice.scale <= MAX_ENLARGEMENT + 1e-9)
    .sort(
      (a, b) =>
        compare(Math.max(1, a.scale), Math.max(1, b.scale)) ||
        compare(a.crop, b.crop) ||
        compare(a.price, b.price) ||
        b.scale - a.scale,
    );
  const best = choices[0];
  return best === undefined ? undefined : { native: best.native, scale: best.scale, crop: best.crop };
}

/**
 * The native size for a ratio and an area: nearest ratio first (all within the tolerance count as equal), then nearest
 * area, then lowest price.
 * @param ratio width / height
 * @param pixels wished area
 */
export function chooseByRatio(
  rule: SizeRule,
  ratio: number,
  pixels: number,
  priceOf: (size: NativeSize) => number,
): NativeSize | undefined {
  const target = {
    width: Math.round(Math.sqrt(pixels * ratio)),
    height: Math.round(Math.sqrt(pixels / ratio)),
  };
  const choices = candidatesFor(rule, target).map((native) => {
    const off = ratioDistance(native.width / native.height, ratio);
    return {
      native,
      ratioOff: off <= RATIO_TOLERANCE ? 0 : off,
      areaOff: Math.abs(Math.log((native.width * native.height) / pixels)),
      price: priceOf(native),
    };
  });
  choices.sort(
    (a, b) => compare(a.ratioOff, b.ratioOff) || compare(a.areaOff, b.areaOff) || compare(a.price, b.price),
  );
  return choices[0]?.native;
}

/** The listed size that is most like the target: nearest ratio, then nearest area. */
export function nearestListedSize(rule: SizeRule, target: Size): NativeSize | undefined {
  return chooseByRatio(
    { kind: 'list', sizes: listedSizes(rule) },
    target.width / target.height,
    target.width * target.height,
    () => 0,
  );
}

type RangeRule = Extract<SizeRule, { kind: 'range' }>;

/** Relative difference of two ratios, the same in both directions. */
export function ratioDistance(a: number, b: number): number {
  return Math.max(a / b, b / a) - 1;
}

function findNative(rule: SizeRule, size: Size): NativeSize | undefined {
  if (rule.kind === 'list') return rule.sizes.find((native) => sameSize(native, size));
  const { width, height } = size;
  const legal =
    width % rule.multipleOf === 0 &&
    height % rule.multipleOf === 0 &&
    Math.min(width, height) >= rule.minEdge &&
    Math.max(width, height) <= rule.maxEdge &&
    width * height >= rule.minPixels &&
    width * height <= rule.maxPixels &&
    width / height >= rule.minRatio - 1e-9 &&
    width / height <= rule.maxRatio + 1e-9;
  return legal ? { width, height } : undefined;
}

function candidatesFor(rule: SizeRule, target: Size): readonly NativeSize[] {
  if (rule.kind === 'list') return rule.sizes;
  const near = [target, ...shapesFor(rule, target)].flatMap((shape) => roundings(shape, rule.multipleOf));
  const legal = near.map((size) => findNative(rule, size)).filter((size) => size !== undefined);
  return [...legal, ...rule.listed];
}

/** The target's shape bent into the rule's ratio bounds (covering the target), then scaled into its size bounds. */
function shapesFor(rule: RangeRule, target: Size): readonly Size[] {
  let { width, height } = target;
  // The edges may allow less than the ratio does.
  const maxRatio = Math.min(rule.maxRatio, rule.maxEdge / rule.minEdge);
  const minRatio = Math.max(rule.minRatio, rule.minEdge / rule.maxEdge);
  if (width / height > maxRatio) height = width / maxRatio;
  if (width / height < minRatio) width = height * minRatio;
  const up = Math.max(
    1,
    Math.sqrt(rule.minPixels / (width * height)),
    rule.minEdge / Math.min(width, height),
  );
  const down = Math.min(
    1,
    Math.sqrt(rule.maxPixels / (width * height)),
    rule.maxEdge / Math.max(width, height),
  );
  const factor = up > 1 ? up : down;
  // A little more or less room, because rounding to multiples may leave the bounds by a few pixels.
  return [1, 1.01, 1.03, 0.99, 0.97].flatMap((slack) => {
    const shape = { width: width * factor * slack, height: height * factor * slack };
    return [shape, squeeze(rule, shape)];
  });
}

/** The shape with both edges in bounds, the shorter grown or the longer cut until the area is in bounds too. */
function squeeze(rule: RangeRule, shape: Size): Size {
  // Within the multiples: an edge that is rounded down later could leave the area short.
  const longest = Math.floor(rule.maxEdge / rule.multipleOf) * rule.multipleOf;
  const shortest = Math.ceil(rule.minEdge / rule.multipleOf) * rule.multipleOf;
  const clamp = (edge: number) => Math.min(longest, Math.max(shortest, edge));
  const [width, height] = [clamp(shape.width), clamp(shape.height)];
  const area = width * height;
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const newShort = area < rule.minPixels ? rule.minPixels / long : short;
  const newLong = area > rule.maxPixels ? rule.maxPixels / short : long;
  return width <= height ? { width: newShort, height: newLong } : { width: newLong, height: newShort };
}

function roundings(shape: Size, multipleOf: number): readonly Size[] {
  const widths = [Math.floor, Math.ceil].map((to) => to(shape.width / multipleOf) * multipleOf);
  const heights = [Math.floor, Math.ceil].map((to) => to(shape.height / multipleOf) * multipleOf);
  return widths.flatMap((width) => heights.map((height) => ({ width, height })));
}

function fit(native: NativeSize, target: Size): SizeChoice {
  const scale = Math.max(target.width / native.width, target.height / native.height);
  const used = (target.width * target.height) / (native.width * scale * native.height * scale);
  return { native, scale, crop: 1 - used };
}

/** Differences below a ten-thousandth don't decide. */
function compare(a: number, b: number): number {
  return Math.abs(a - b) < 1e-4 ? 0 : a - b;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
