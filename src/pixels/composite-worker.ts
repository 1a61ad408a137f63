import { move, transferableSymbol, valueSymbol } from 'piscina';
import { blendMasked } from './composite-blend.js';
import type { BlendJob } from './composite-blend.js';

export interface Blended {
  /** RGBA. */
  readonly pixels: Uint8Array;
  readonly isOpaque: boolean;
}

/** Entry of the blending thread. Pixels are handed over in both directions, not copied. */
export function blend(job: BlendJob): unknown {
  const isOpaque = blendMasked(job);
  const blended: Blended = { pixels: job.source, isOpaque };
  return move({ [transferableSymbol]: [job.source.buffer], [valueSymbol]: blended });
}
