import * as z from 'zod/mini';
import { cellSchema, comparisonSchema, pathOf, type Comparison } from './comparisons.js';
import { watchEvents } from './watch-events.js';

const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('cell_started'), index: z.number() }),
  z.object({ type: z.enum(['cell_finished', 'cell_failed', 'cell_cancelled']), cell: cellSchema }),
  z.object({ type: z.enum(['completed', 'failed', 'cancelled']), comparison: comparisonSchema }),
]);
export type ComparisonEvent = z.output<typeof eventSchema>;

/**
 * Watches a comparison until its end, across broken connections.
 * @returns the comparison as it ended; undefined when `signal` ended the watching
 * @throws ApiFailure when the server refuses to tell
 */
export async function watchComparison(
  keyId: string,
  id: string,
  tell: (event: ComparisonEvent) => void,
  signal: AbortSignal,
): Promise<Comparison | undefined> {
  return watchEvents<Comparison>(
    keyId,
    `${pathOf(id)}/events`,
    (data) => {
      const event = eventSchema.safeParse(data);
      // A kind of event that came with a newer server.
      if (!event.success) return undefined;
      tell(event.data);
      return 'comparison' in event.data ? event.data.comparison : undefined;
    },
    signal,
  );
}
