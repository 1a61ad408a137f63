import { performance } from 'node:perf_hooks';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import type { Tenure } from '../images/generation-store.js';

/** Generations taken over at a time. */
const CLAIM_BATCH = 50;

interface LeaseOptions extends Tenure {
  /** Milliseconds that only ever grow, also while the process stands still. */
  readonly monotonicMs?: () => number;
}

/** Which process runs which generation. */
export class Leases {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #processId: string;
  readonly #leaseMs: number;
  readonly #monotonicMs: () => number;
  #renewedAtMs: number;

  constructor(db: Db, clock: Clock, options: LeaseOptions) {
    this.#db = db;
    this.#clock = clock;
    this.#processId = options.processId;
    this.#leaseMs = options.leaseMs;
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
    this.#renewedAtMs = this.#monotonicMs();
  }

  /** Tells that this process still runs the generations that it started or took over. */
  async renew(): Promise<void> {
    const now = this.#monotonicMs();
    await this.#db.kysely
      .updateTable('generations')
      .set({ lease_expires_at: this.#clock().getTime() + this.#leaseMs })
      .where('status', '=', 'running')
      .where('lease_owner', '=', this.#processId)
      .execute();
    this.#renewedAtMs = now;
  }

  /**
   * Whether this process may do something for a generation that must not be done twice. A process that stood still for longer
   * than its lease has lost what others took over meanwhile.
   */
  async holds(generationId: string): Promise<boolean> {
    // Heard of so lately, it need not ask.
    if (this.#monotonicMs() - this.#renewedAtMs < this.#leaseMs / 2) return true;
    const renewed = await this.#db.patiently(() =>
      this.#db.kysely
        .updateTable('generations')
        .set({ lease_expires_at: this.#clock().getTime() + this.#leaseMs })
        .where('id', '=', generationId)
        .where('status', '=', 'running')
        .where('lease_owner', '=', this.#processId)
        .executeTakeFirst(),
    );
    return renewed.numUpdatedRows === 1n;
  }

  /** Generations of this process that are to be cancelled. */
  async listCancelled(): Promise<readonly string[]> {
    const rows = await this.#db.kysely
      .selectFrom('generations')
      .select('id')
      .where('status', '=', 'running')
      .where('lease_owner', '=', this.#processId)
      .where('cancel_requested_at', 'is not', null)
      .execute();
    return rows.map((row) => row.id);
  }

  /** Generations that run here, as the table has it. */
  async listOwn(): Promise<readonly string[]> {
    const rows = await this.#db.kysely
      .selectFrom('generations')
      .select('id')
      .where('status', '=', 'running')
      .where('lease_owner', '=', this.#processId)
      .execute();
    return rows.map((row) => row.id);
  }

  /** Leaves a running generation to whoever takes it next. */
  async handOver(generationId: string): Promise<void> {
    await this.#db.patiently(() =>
      this.#db.kysely
        .updateTable('generations')
        .set({ lease_owner: null, lease_expires_at: null })
        .where('id', '=', generationId)
        .where('status', '=', 'running')
        .where('lease_owner', '=', this.#processId)
        .execute(),
    );
    this.#db.signals.send('left', generationId);
  }

  /**
   * Takes over generations that nobody runs any more, oldest first: each is given to one process only. What was never sent goes
   * back to the queue.
   * @param everything also those whose lease has not run out: for a start that knows to be alone
   * @returns ids of those that were under way
   */
  async takeOver(everything: boolean): Promise<readonly string[]> {
    const now = this.#clock().getTime();
    const { underWay, unsent } = await this.#db.transact(async (trx) => {
      let query = trx
        .selectFrom('generations')
        .select(['id', 'started_at'])
        .where('status', '=', 'running')
        .where((eb) => eb.or([eb('lease_owner', 'is', null), eb('lease_owner', '!=', this.#processId)]))
        .orderBy('created_at')
        .limit(CLAIM_BATCH)
        .forUpdate()
        .skipLocked();
      if (!everything) {
        query = query.where((eb) =>
          eb.or([eb('lease_expires_at', 'is', null), eb('lease_expires_at', '<=', now)]),
        );
      }
      const rows = await query.execute();
      const [sent, waiting] = [
        rows.filter((row) => row.started_at !== null),
        rows.filter((row) => row.started_at === null),
      ];
      if (sent.length > 0) {
        await trx
          .updateTable('generations')
          .set({ lease_owner: this.#processId, lease_expires_at: now + this.#leaseMs })
          .where(
            'id',
            'in',
            sent.map((row) => row.id),
          )
          .execute();
      }
      if (waiting.length > 0) {
        await trx
          .updateTable('generations')
          .set({ status: 'queued', lease_owner: null, lease_expires_at: null })
          .where(
            'id',
            'in',
            waiting.map((row) => row.id),
          )
          .execute();
      }
      return { underWay: sent.map((row) => row.id), unsent: waiting.map((row) => row.id) };
    });
    for (const id of unsent) this.#db.signals.send('queued', id);
    return underWay;
  }
}
