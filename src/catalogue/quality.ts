import type { Quality } from '../providers/model.js';

/** Vendors' scales side by side: standard is medium, hd is high. */
const RANKS: Readonly<Record<Quality, number>> = {
  low: 0,
  standard: 1,
  medium: 1,
  high: 2,
  hd: 2,
  xhigh: 3,
  max: 4,
};

/** The model's own name for the asked quality, or the nearest it has; of two equally near ones the cheaper. */
export function nearestQuality(
  asked: Quality,
  available: readonly Quality[],
): { quality: Quality; exact: boolean } | undefined {
  let best: Quality | undefined;
  for (const quality of available) {
    if (quality === asked) return { quality, exact: true };
    if (best === undefined || distance(quality, asked) < distance(best, asked)) best = quality;
  }
  return best === undefined ? undefined : { quality: best, exact: RANKS[best] === RANKS[asked] };
}

function distance(a: Quality, b: Quality): number {
  return Math.abs(RANKS[a] - RANKS[b]);
}
