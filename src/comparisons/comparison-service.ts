import { performance } from 'node:perf_hooks';
import type { Account } from '../credits/ledger-store.js';
import type { Signals } from '../db/signals.js';
import { createId } from '../ids.js';
import { Hint } from '../images/endings.js';
import { toPublicError } from '../images/generation-result.js';
import type { GenerationStore } from '../images/generation-store.js';
import type { IdempotentCall, IdempotentCalls } from '../images/idempotent-calls.js';
import type { ImageService } from '../images/image-service.js';
import type { UsedRecipe } from '../images/recipes/used-recipe.js';
import type { Caller } from '../workspaces/workspace-store.js';
import { sheetWishOf, type ComparisonBody } from './comparison-body.js';
import type { ComparisonStore } from './comparison-store.js';
import type { WholeComparison } from './comparison.js';
import { planComparison, type ComparisonPlan } from './plan-comparison.js';

/** How often is looked without a hint. */
const POLL_MS = 2_000;

interface ComparisonServiceParts {
  readonly comparisons: ComparisonStore;
  readonly generations: GenerationStore;
  readonly images: ImageService;
  readonly idempotentCalls: IdempotentCalls;
  readonly signals: Signals;
}

/** A comparison that is asked for. */
export interface ComparisonWish {
  readonly body: ComparisonBody;
  /** The saved recipe that its base came of; told in the receipts of its cells. */
  readonly recipe: UsedRecipe | undefined;
  readonly idempotent: IdempotentCall | undefined;
}

/**
 * Matrices of generations: planned and quoted as one, held in one transaction, run as ordinary generations of the queue. Whoever
 * sees the last of them end makes the contact sheet (`finisher.ts`).
 */
export class ComparisonService {
  readonly #parts: ComparisonServiceParts;

  constructor(parts: ComparisonServiceParts) {
    this.#parts = parts;
  }

  /** What would run and at what price. @throws AppError see `planComparison` */
  plan(body: ComparisonBody, caller: Caller): Promise<ComparisonPlan> {
    return planComparison(body, caller, this.#parts.images);
  }

  /**
   * Begins a comparison: every cell that can be planned is a generation that waits for its turn, its price held.
   * @returns its id
   * @throws AppError see `planComparison`; insufficient_credits and budget_exceeded for the sum, queue_full; AlreadyCalled
   */
  async begin({ body, recipe, idempotent }: ComparisonWish, caller: Caller): Promise<string> {
    const { comparisons, images } = this.#parts;
    const { axes, cells, quote } = await this.plan(body, caller);
    const id = createId('cmp');
    const runnable = cells.flatMap((cell) => (cell.plan === undefined ? [] : [cell]));
    await images.enqueueMany(
      {
        comparisonId: id,
        wishes: runnable.map((cell) => ({
          wish: {
            request: cell.request,
            delivery: { ...cell.delivery, recipe },
            body: { ...cell.body, ...(recipe === undefined ? {} : { recipe }) },
          },
          plan: cell.plan,
        })),
        idempotent,
        confirm: async (trx, ids) => {
          const waiting = [...ids];
          await comparisons.insert(trx, {
            id,
            workspaceId: caller.workspace.id,
            mode: caller.key.mode,
            keyId: caller.key.id,
            requestJson: JSON.stringify(body),
            axes,
            sheet: sheetWishOf(body),
            quote,
            cells: cells.map(({ coordinates, plan, error }) => ({
              coordinates,
              generationId: plan === undefined ? undefined : waiting.shift(),
              quote: plan?.quote,
              error: error === undefined ? undefined : toPublicError(error),
            })),
          });
        },
      },
      caller,
    );
    return id;
  }

  /** The comparison that an idempotency key stands for. @throws AppError idempotency_conflict for another body */
  findByKey(call: IdempotentCall): Promise<string | undefined> {
    return this.#parts.idempotentCalls.findComparison(call);
  }

  /** A comparison with its cells and what came of them. */
  async find(account: Account, id: string): Promise<WholeComparison | undefined> {
    const { comparisons, generations } = this.#parts;
    // The record first: what had ended then is among the generations as it ended.
    const comparison = await comparisons.find(account, id);
    if (comparison === undefined) return undefined;
    const [cells, found] = await Promise.all([
      comparisons.listCells(id),
      generations.listOfComparison(account, id),
    ]);
    const byId = new Map(found.map((generation) => [generation.id, generation]));
    return {
      comparison,
      cells: cells.map((cell) => ({ ...cell, generation: byId.get(cell.generationId ?? '') })),
    };
  }

  /**
   * Waits for the end of a comparison, in whatever process it comes.
   * @returns false when the waiting ended before
   */
  async waitForEnd(account: Account, id: string, maxMs: number, signal: AbortSignal): Promise<boolean> {
    const { comparisons, signals } = this.#parts;
    const hint = new Hint(id, signals, signal);
    const deadlineMs = performance.now() + maxMs;
    try {
      for (;;) {
        const comparison = await comparisons.find(account, id);
        if (comparison !== undefined && comparison.status !== 'running') return true;
        const leftMs = deadlineMs - performance.now();
        if (comparison === undefined || signal.aborted || leftMs <= 0) return false;
        // Every end of a cell is news, too.
        await hint.wait(Math.min(POLL_MS, leftMs));
      }
    } finally {
      hint.close();
    }
  }

  /** Gives up the cells that wait, and releases their holds. Those that run end as they end and are charged. */
  async cancel(account: Account, id: string): Promise<void> {
    const { comparisons, generations, signals } = this.#parts;
    if (!(await comparisons.requestCancel(account, id))) return;
    await generations.cancelWaiting(account, id);
    signals.send('changed', id);
  }
}
