import { createHash } from 'node:crypto';

interface SeedRange {
  readonly min: number;
  readonly max: number;
}

/** More images than any request has; derived seeds stay distinct up to here. */
const MAX_POSITIONS = 20;

/**
 * The seed of one image of several: the first has the given one, the others are derived from it, all distinct and
 * within the model's range, and the same every time.
 * @param position of the image in the answer, from 0
 */
export function deriveSeed(seed: number, position: number, range: SeedRange): number {
  const first = foldSeed(seed, range);
  if (position === 0) return first;
  const span = range.max - range.min + 1;
  const limit = Math.max(1, Math.floor(Math.min(span, 2 ** 32) / (2 * MAX_POSITIONS)));
  const stride = 1 + (createHash('sha256').update(`seed ${seed}`).digest().readUInt32BE(0) % limit);
  // Away from the nearer end, so that the range is never left.
  const direction = first - range.min > span / 2 ? -1 : 1;
  return first + direction * stride * position;
}

/** The seed itself, or folded into the model's range. */
export function foldSeed(seed: number, range: SeedRange): number {
  if (seed >= range.min && seed <= range.max) return seed;
  return range.min + (seed % (range.max - range.min + 1));
}
