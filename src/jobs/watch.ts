import type { Account } from '../credits/ledger-store.js';
import type { Db } from '../db/db.js';
import type { Signals } from '../db/signals.js';
import { Hint } from '../images/endings.js';
import type { EventLog, KeptSight } from '../images/event-log-store.js';
import type { Generation } from '../images/generation.js';
import type { GenerationStore } from '../images/generation-store.js';
import type { Queue } from './queue-store.js';

/** How often is looked without a hint. */
const POLL_MS = 2_000;

/** What happens to a generation, as it is told to whoever watches. */
export type Happening =
  /** It waits; told again whenever its place has changed. */
  | { readonly kind: 'queued'; readonly position: number }
  | { readonly kind: 'started' }
  | KeptSight
  | { readonly kind: 'ended'; readonly generation: Generation };

/** What a watcher was told before. */
export interface Seen {
  readonly started: boolean;
  /** Sequence of the last sight; 0: none. */
  readonly sequence: number;
}

export interface WatchParts {
  readonly generations: GenerationStore;
  readonly queue: Queue;
  readonly events: EventLog;
  readonly signals: Signals;
  readonly patiently: Db['patiently'];
}

/**
 * Tells what happens to a generation until its end, in whatever process it runs; the tables are the truth, signals only
 * make it quick. While the database is gone nothing is told, and afterwards all that happened meanwhile.
 * @param signal ends the watching without an end being told
 */
export async function* watchGeneration(
  account: Account,
  id: string,
  seen: Seen,
  { generations, queue, events, signals, patiently }: WatchParts,
  signal: AbortSignal,
): AsyncGenerator<Happening> {
  const hint = new Hint(id, signals, signal);
  let { started, sequence } = seen;
  let place: number | undefined;
  try {
    while (!signal.aborted) {
      // Before the sights: what comes after an end was there when the end was seen.
      const phase = await patiently(() => generations.findPhase(account, id));
      if (phase === undefined) return;
      const position = phase.status === 'queued' ? await patiently(() => queue.findPosition(id)) : undefined;
      if (position !== undefined && position !== place) {
        place = position;
        yield { kind: 'queued', position };
      }
      if (!started && phase.status !== 'queued') {
        started = true;
        if (phase.started || phase.status === 'running') yield { kind: 'started' };
      }
      const since = sequence;
      for (const sight of await patiently(() => events.listAfter(id, since))) {
        ({ sequence } = sight);
        yield sight;
      }
      if (phase.status !== 'queued' && phase.status !== 'running') {
        const generation = await patiently(() => generations.find(account.workspaceId, account.mode, id));
        if (generation !== undefined) yield { kind: 'ended', generation };
        return;
      }
      await hint.wait(POLL_MS);
    }
  } finally {
    hint.close();
  }
}
