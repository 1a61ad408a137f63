import type { ProviderIo } from '../provider.js';

/**
 * Tells operators that a member is missing which every answer of a protocol has: it was renamed, most likely. An empty one is
 * an answer without a picture, which may have its reasons.
 */
export function tellIfMissing(io: Pick<ProviderIo, 'drifted'>, name: string, value: unknown): void {
  if (value === undefined || value === null) io.drifted?.({ kind: 'shape', what: `${name}: missing` });
}
