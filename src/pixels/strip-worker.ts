import { move, transferableSymbol, valueSymbol } from 'piscina';
import { stripMetadata } from './strip-metadata.js';

export interface StripJob {
  /** In memory of its own that changes hands. */
  readonly bytes: Uint8Array;
  readonly mimeType: Parameters<typeof stripMetadata>[1];
}

export interface StripAnswer {
  /** undefined: nothing was taken out. */
  readonly bytes: Uint8Array | undefined;
  readonly removed: ReadonlySet<string>;
}

/** Entry of the stripping thread. @returns a StripAnswer; undefined as `stripMetadata` */
export function strip({ bytes, mimeType }: StripJob): unknown {
  const stripped = stripMetadata(bytes, mimeType);
  if (stripped === undefined) return undefined;
  const { removed } = stripped;
  if (removed.size === 0) return { bytes: undefined, removed } satisfies StripAnswer;
  const clean = new Uint8Array(stripped.bytes);
  const answer: StripAnswer = { bytes: clean, removed };
  return move({ [transferableSymbol]: [clean.buffer], [valueSymbol]: answer });
}
