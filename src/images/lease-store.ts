import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import { findInputs } from './generation-inputs.js';
import { parsePositions, type InterruptedGeneration } from './generation.js';

/** How long a process that is not heard of is believed to run its generations. */
export const LEASE_MS = 30_000;
/** Generations taken over at a time. */
const CLAIM_BATCH = 50;

/** Which process runs which generation. */
export class Leases {
  /** Marks the generations that this process runs. */
  readonly processId = randomUUID();
  readonly #db: Db;
  readonly #clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Tells that this process still runs the generations that it started or took over. */
  async renewLeases(): Promise<void> {
    await this.#db.kysely
      .updateTable('generations')
      .set({ lease_expires_at: this.#clock().getTime() + LEASE_MS })
      .where('status', 'in', ['queued', 'running'])
      .where('lease_owner', '=', this.processId)
      .execute();
  }

  /**
   * Takes over generations that nobody runs any more, oldest first: each is given to one process only.
   * @param everything also those whose lease has not run out: for a start that knows to be alone
   */
  async claimInterrupted(everything: boolean): Promise<readonly InterruptedGeneration[]> {
    const now = this.#clock().getTime();
    const claimed = await this.#db.transact(async (trx) => {
      let query = trx
        .selectFrom('generations')
        .select('id')
        .where('status', 'in', ['queued', 'running'])
        .where((eb) => eb.or([eb('lease_owner', 'is', null), eb('lease_owner', '!=', this.processId)]))
        .orderBy('created_at')
        .limit(CLAIM_BATCH)
        .forUpdate()
        .skipLocked();
      if (!everything) {
        query = query.where((eb) =>
          eb.or([eb('lease_expires_at', 'is', null), eb('lease_expires_at', '<=', now)]),
        );
      }
      const ids = (await query.execute()).map((row) => row.id);
      if (ids.length > 0) {
        await trx
          .updateTable('generations')
          .set({ lease_owner: this.processId, lease_expires_at: now + LEASE_MS })
          .where('id', 'in', ids)
          .execute();
      }
      return ids;
    });
    return claimed.length === 0 ? [] : this.#loadInterrupted(claimed);
  }

  async #loadInterrupted(ids: readonly string[]): Promise<readonly InterruptedGeneration[]> {
    const rows = await this.#db.kysely
      .selectFrom('generations')
      .select([
        'id',
        'workspace_id',
        'mode',
        'key_id',
        'operation',
        'request_json',
        'hold_microcredits',
        'created_at',
      ])
      .where('id', 'in', ids)
      .orderBy('created_at')
      .execute();
    const tasks = await this.#db.kysely
      .selectFrom('tasks')
      .selectAll()
      .where('generation_id', 'in', ids)
      .execute();
    const edits = await findInputs(
      this.#db.kysely,
      rows.filter((row) => row.operation === 'edit').map((row) => row.id),
    );
    return rows.map((row) => ({
      id: row.id,
      edit: edits.get(row.id),
      workspaceId: row.workspace_id,
      mode: row.mode,
      keyId: row.key_id,
      requestJson: row.request_json,
      hold: row.hold_microcredits,
      createdAt: new Date(row.created_at),
      tasks: tasks
        .filter((task) => task.generation_id === row.id)
        .map((task) => ({
          generationId: row.id,
          imageNumber: task.image_number,
          attemptNumber: task.attempt_number,
          routeId: task.route_id,
          taskId: task.task_id,
          positions: parsePositions(task.positions_json),
        })),
    }));
  }
}
