import { sql } from 'kysely';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import type { Database } from '../db/schema.js';
import type { Tenure } from '../images/generation-store.js';
import type { ExpressionBuilder, Transaction } from 'kysely';

/** Nobody is put back for longer: a later moment was written before the clock was. */
const MAX_DELAY_MS = 60_000;

/** The generations that wait: the table itself is the queue. */
export class Queue {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #tenure: Tenure;

  constructor(db: Db, clock: Clock, tenure: Tenure) {
    this.#db = db;
    this.#clock = clock;
    this.#tenure = tenure;
  }

  /**
   * Takes up to `limit` waiting generations to run them here; no other process gets them. Those of the workspace that runs
   * fewest come first, and within a workspace the oldest.
   * @param except workspaces that get nothing; then every other one gets one at most
   * @returns their ids
   */
  async claim(limit: number, except?: readonly string[]): Promise<readonly string[]> {
    const now = this.#clock().getTime();
    return this.#db.transact(async (trx) => {
      const ids: string[] = [];
      for (const [workspaceId, count] of await this.#shareOut(trx, limit, now, except)) {
        const rows = await trx
          .selectFrom('generations')
          .select('id')
          .where('status', '=', 'queued')
          .where('workspace_id', '=', workspaceId)
          .where(isDue(now))
          .orderBy('created_at')
          .orderBy('id')
          .limit(count)
          .forUpdate()
          .skipLocked()
          .execute();
        ids.push(...rows.map((row) => row.id));
      }
      if (ids.length > 0) {
        await trx
          .updateTable('generations')
          .set({
            status: 'running',
            run_after: null,
            lease_owner: this.#tenure.processId,
            lease_expires_at: now + this.#tenure.leaseMs,
          })
          .where('id', 'in', ids)
          .execute();
      }
      return ids;
    });
  }

  /** Puts a generation back that may not run yet. */
  async postpone(generationId: string, delayMs: number): Promise<void> {
    await this.#db.patiently(() =>
      this.#db.kysely
        .updateTable('generations')
        .set({
          status: 'queued',
          started_at: null,
          run_after: this.#clock().getTime() + Math.min(delayMs, MAX_DELAY_MS),
          lease_owner: null,
          lease_expires_at: null,
        })
        .where('id', '=', generationId)
        .where('status', '=', 'running')
        .where('lease_owner', '=', this.#tenure.processId)
        .execute(),
    );
  }

  /**
   * About which place a waiting generation has, from 1: before it come the older ones of its workspace, and for each of them
   * one of every other workspace.
   * @returns undefined when it does not wait
   */
  async findPosition(generationId: string): Promise<number | undefined> {
    const row = await this.#db.kysely
      .selectFrom('generations')
      .select(['workspace_id', 'created_at'])
      .where('id', '=', generationId)
      .where('status', '=', 'queued')
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { older } = await this.#db.kysely
      .selectFrom('generations')
      .select((eb) => eb.fn.countAll<number>().as('older'))
      .where('status', '=', 'queued')
      .where('workspace_id', '=', row.workspace_id)
      .where((eb) =>
        eb.or([
          eb('created_at', '<', row.created_at),
          eb.and([eb('created_at', '=', row.created_at), eb('id', '<', generationId)]),
        ]),
      )
      .executeTakeFirstOrThrow();
    const others = await this.#db.kysely
      .selectFrom('generations')
      .select((eb) => eb.fn.countAll<number>().as('waiting'))
      .where('status', '=', 'queued')
      .where('workspace_id', '!=', row.workspace_id)
      .groupBy('workspace_id')
      .execute();
    return others.reduce((sum, { waiting }) => sum + Math.min(waiting, older), older + 1);
  }

  /** How many of each workspace are taken, so that all run about as many. */
  async #shareOut(
    trx: Transaction<Database>,
    limit: number,
    now: number,
    except: readonly string[] | undefined,
  ): Promise<ReadonlyMap<string, number>> {
    const waiting = await trx
      .selectFrom('generations')
      .select([
        'workspace_id',
        (eb) => eb.fn.countAll<number>().as('count'),
        sql<number>`min(created_at)`.as('oldest'),
      ])
      .where('status', '=', 'queued')
      .where(isDue(now))
      .groupBy('workspace_id')
      .execute();
    if (waiting.length === 0) return new Map();
    const running = await trx
      .selectFrom('generations')
      .select(['workspace_id', (eb) => eb.fn.countAll<number>().as('count')])
      .where('status', '=', 'running')
      .groupBy('workspace_id')
      .execute();
    const others = waiting.filter((row) => except?.includes(row.workspace_id) !== true);
    const lines = others.map((row) => ({
      ...row,
      count: except === undefined ? row.count : 1,
      running: running.find((other) => other.workspace_id === row.workspace_id)?.count ?? 0,
      taken: 0,
    }));
    for (let taken = 0; taken < limit; taken += 1) {
      const next = lines
        .filter((line) => line.taken < line.count)
        .sort((a, b) => a.running + a.taken - (b.running + b.taken) || a.oldest - b.oldest)[0];
      if (next === undefined) break;
      next.taken += 1;
    }
    return new Map(lines.filter((line) => line.taken > 0).map((line) => [line.workspace_id, line.taken]));
  }
}

/** Whether a generation that was put back may run. */
function isDue(now: number) {
  return (eb: ExpressionBuilder<Database, 'generations'>) =>
    eb.or([
      eb('run_after', 'is', null),
      eb('run_after', '<=', now),
      eb('run_after', '>', now + MAX_DELAY_MS),
    ]);
}
