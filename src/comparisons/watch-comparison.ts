import type { Account } from '../credits/ledger-store.js';
import type { Signals } from '../db/signals.js';
import { Hint } from '../images/endings.js';
import type { ComparisonService } from './comparison-service.js';
import type { CellProgress, ComparisonStore } from './comparison-store.js';
import type { CellWithGeneration, WholeComparison } from './comparison.js';
import { Told } from './told.js';

/** How often is looked without a hint. */
const POLL_MS = 2_000;

/** What happens to a comparison, as it is told to whoever watches. `told` is what a watcher comes back with. */
export type ComparisonHappening =
  | {
      readonly kind: 'cell_started';
      readonly position: number;
      readonly generationId: string | undefined;
      readonly told: string;
    }
  | {
      readonly kind: 'cell_ended';
      readonly cell: CellWithGeneration;
      /** The cell that all others are compared with. */
      readonly first: CellWithGeneration | undefined;
      readonly told: string;
    }
  | { readonly kind: 'ended'; readonly whole: WholeComparison };

interface WatchParts {
  readonly service: ComparisonService;
  readonly comparisons: ComparisonStore;
  readonly signals: Signals;
}

/**
 * Tells what happens to the cells of a comparison and its end, in whatever process they run. The tables are the truth: what a
 * watcher was told before decides what is new.
 * @param seen `told` of the last happening that a watcher knows; undefined: of none
 * @param signal ends the watching without an end being told
 */
export async function* watchComparison(
  account: Account,
  id: string,
  seen: string | undefined,
  { service, comparisons, signals }: WatchParts,
  signal: AbortSignal,
): AsyncGenerator<ComparisonHappening> {
  const states = await comparisons.listStates(id);
  const told = Told.read(seen, states.length);
  const ids = new Set([id, ...states.map(({ generationId }) => generationId ?? id)]);
  const hint = new Hint(ids, signals, signal);
  try {
    while (!signal.aborted) {
      // Before the cells: what comes after an end was there when the end was seen.
      const comparison = await comparisons.find(account, id);
      if (comparison === undefined) return;
      yield* tellCells(await comparisons.listStates(id), told, () => service.find(account, id));
      if (comparison.status !== 'running') {
        const whole = await service.find(account, id);
        if (whole !== undefined) yield { kind: 'ended', whole };
        return;
      }
      await hint.wait(POLL_MS);
    }
  } finally {
    hint.close();
  }
}

async function* tellCells(
  states: readonly CellProgress[],
  told: Told,
  find: () => Promise<WholeComparison | undefined>,
): AsyncGenerator<ComparisonHappening> {
  for (const [position, { phase, everStarted, generationId }] of states.entries()) {
    const began = phase === 'started' || (phase === 'ended' && everStarted && generationId !== undefined);
    if (!began || told.get(position) >= 1) continue;
    told.set(position, 1);
    yield { kind: 'cell_started', position, generationId, told: told.format() };
  }
  const ended = states.flatMap(({ phase }, position) =>
    phase === 'ended' && told.get(position) < 2 ? [position] : [],
  );
  if (ended.length === 0) return;
  const whole = await find();
  for (const position of ended) {
    const cell = whole?.cells[position];
    if (cell === undefined) continue;
    told.set(position, 2);
    yield { kind: 'cell_ended', cell, first: whole?.cells[0], told: told.format() };
  }
}
