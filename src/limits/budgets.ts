import type { Clock } from '../clock.js';
import type { Microcredits } from '../credits/microcredits.js';
import type { Db } from '../db/database.js';
import type { ApiKey, Caller } from '../workspaces/tenant.js';
import { SpendingStore, startOfMonth, sumHeld, type UsageOf } from './usage-store.js';

/** What a month has cost so far, beside what it may cost. */
export interface Budget {
  /** Whose it is; undefined: the workspace's, of all keys of a mode together. */
  readonly key: ApiKey | undefined;
  /** Undefined: there is no limit. */
  readonly limit: Microcredits | undefined;
  /** Charged for what ended this month. */
  readonly charged: Microcredits;
  /** Held by what has not ended. It counts as spent until then. */
  readonly held: Microcredits;
}

/** A calendar month of UTC and what became of its budgets. */
export interface BudgetMonth {
  readonly startsAt: Date;
  /** The first moment of the next one, when every budget begins anew. */
  readonly endsAt: Date;
  /** The workspace's first, then those of keys in the given order. */
  readonly budgets: readonly Budget[];
}

/** What is left of monthly budgets, by the same sums that refuse requests. It only reads. */
export class Budgets {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #spending = new SpendingStore();

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /**
   * The month of a caller's workspace in its mode.
   * @param keys of that workspace; those of the other mode and those without a budget are left out
   */
  async findMonth({ key, workspace }: Caller, keys: readonly ApiKey[]): Promise<BudgetMonth> {
    const now = this.#clock();
    const month = { startsAt: startOfMonth(now), endsAt: startOfMonth(now, 1) };
    const account = { workspaceId: workspace.id, mode: key.mode };
    const limited = keys.filter(
      ({ mode, limits }) => mode === key.mode && limits.monthlyMicrocredits !== undefined,
    );
    const measure = async (of: UsageOf) => ({
      held: await sumHeld(this.#db.kysely, of),
      charged: await this.#spending.sumCharged(this.#db.kysely, of, month.startsAt, now),
    });
    const budgets: Budget[] = [
      {
        key: undefined,
        limit: workspace.limits.monthlyMicrocredits,
        ...(await measure({ scope: 'workspace', ...account })),
      },
    ];
    for (const one of limited) {
      const sums = await measure({ scope: 'key', keyId: one.id, ...account });
      budgets.push({ key: one, limit: one.limits.monthlyMicrocredits, ...sums });
    }
    return { ...month, budgets };
  }
}
