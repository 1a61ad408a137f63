import type { Transaction } from 'kysely';
import type { Clock } from '../clock.js';
import type { Ledger } from '../credits/ledger-store.js';
import type { Microcredits } from '../credits/microcredits.js';
import type { Db } from '../db/database.js';
import type { Database, Mode } from '../db/schema.js';
import { AppError } from '../errors.js';
import type { AcceptedTask } from './attempt.js';
import { endGeneration, type End } from './end-generation-store.js';
import { IdempotentCalls, type IdempotentCall } from './idempotent-calls.js';
import { insertInputs, removeExpiredInputs } from './generation-inputs.js';
import type { EditInputs, FoundSource, GeneratedImage, Generation } from './generation.js';
import { LEASE_MS } from './lease-store.js';
import { findGeneration, findImage, findSource } from './read-generation-store.js';

interface Start {
  readonly id: string;
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly keyId: string;
  readonly operation: 'generate' | 'edit';
  readonly model: string;
  readonly requestJson: string;
  readonly hold: Microcredits;
  /** undefined for a generation that edits nothing. */
  readonly edit: EditInputs | undefined;
  /** Set where the call has an idempotency key. */
  readonly idempotent?: IdempotentCall | undefined;
  /** Asked once the price is held: what it throws undoes that. Does nothing but queries. */
  readonly confirm?: ((trx: Transaction<Database>) => Promise<void>) | undefined;
}

/** The only writer of generations, attempts and images. Money moves in the same transactions. */
export class GenerationStore {
  readonly #db: Db;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #idempotentCalls: IdempotentCalls;
  readonly #processId: string;

  /** @param processId marks the generations that this process runs */
  constructor(db: Db, ledger: Ledger, clock: Clock, processId: string) {
    this.#processId = processId;
    this.#db = db;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#idempotentCalls = new IdempotentCalls(db, clock);
  }

  /** Holds the price and writes the row, both or neither. @throws AppError insufficient_credits; AlreadyCalled */
  async start(start: Start): Promise<void> {
    await this.#db.transact(async (trx) => {
      const account = { workspaceId: start.workspaceId, mode: start.mode };
      if (start.idempotent !== undefined) await this.#idempotentCalls.bind(trx, start.idempotent, start.id);
      await this.#ledger.hold(trx, account, start.id, start.hold);
      await trx
        .insertInto('generations')
        .values({
          id: start.id,
          workspace_id: start.workspaceId,
          mode: start.mode,
          key_id: start.keyId,
          operation: start.operation,
          model: start.model,
          status: 'running',
          request_json: start.requestJson,
          result_json: null,
          error_json: null,
          hold_microcredits: start.hold,
          charged_microcredits: 0,
          created_at: this.#clock().getTime(),
          completed_at: null,
          lease_owner: this.#processId,
          lease_expires_at: this.#clock().getTime() + LEASE_MS,
        })
        .execute();
      if (start.edit !== undefined) await insertInputs(trx, start.id, start.edit);
      await start.confirm?.(trx);
    });
  }

  /**
   * Records the end: pictures, attempts, the charge and the release of the rest, all or nothing.
   * @returns false when another process took the generation over and has ended it
   */
  async end(end: End): Promise<boolean> {
    return this.#db.transact((trx) => endGeneration(trx, this.#ledger, this.#clock(), end));
  }

  /**
   * Holds more for a generation that this process runs.
   * @param confirm as of a start
   * @throws AppError insufficient_credits, conflict when it has ended or another process runs it, and what `confirm` throws
   */
  async raiseHold(
    id: string,
    amount: Microcredits,
    confirm: (trx: Transaction<Database>) => Promise<void>,
  ): Promise<void> {
    await this.#db.transact(async (trx) => {
      const row = await trx
        .selectFrom('generations')
        .select(['workspace_id', 'mode', 'hold_microcredits', 'status', 'lease_owner'])
        .where('id', '=', id)
        .forNoKeyUpdate()
        .executeTakeFirstOrThrow();
      if (row.status !== 'running' || row.lease_owner !== this.#processId) {
        throw new AppError('conflict', { message: 'This generation has ended, or runs elsewhere by now.' });
      }
      await this.#ledger.hold(trx, { workspaceId: row.workspace_id, mode: row.mode }, id, amount);
      await trx
        .updateTable('generations')
        .set({ hold_microcredits: row.hold_microcredits + amount })
        .where('id', '=', id)
        .execute();
      await confirm(trx);
    });
  }

  /** Records an upstream task; it is forgotten when its generation ends. */
  async recordTask(task: AcceptedTask): Promise<void> {
    await this.#db.kysely
      .insertInto('tasks')
      .values({
        generation_id: task.generationId,
        image_number: task.imageNumber,
        attempt_number: task.attemptNumber,
        route_id: task.routeId,
        task_id: task.taskId,
        positions_json: task.positions === undefined ? null : JSON.stringify(task.positions),
        created_at: this.#clock().getTime(),
      })
      .onConflict((conflict) =>
        conflict
          .columns(['generation_id', 'image_number', 'attempt_number'])
          .doUpdateSet({ task_id: task.taskId, route_id: task.routeId }),
      )
      .execute();
  }

  /** The generation that an idempotency key stands for. @throws AppError idempotency_conflict */
  async findByKey(call: IdempotentCall): Promise<string | undefined> {
    return this.#idempotentCalls.find(call);
  }

  /** A generation of a workspace, whole. */
  find(workspaceId: string, mode: Mode, id: string): Promise<Generation | undefined> {
    return findGeneration(this.#db.kysely, workspaceId, mode, id);
  }

  /** A picture of a workspace that an edit starts from, with what its model wants back. */
  findSource(workspaceId: string, mode: Mode, id: string): Promise<FoundSource | undefined> {
    return findSource(this.#db.kysely, workspaceId, mode, id);
  }

  /** A picture by id, whoever it belongs to: for signed links only. */
  findImage(id: string): Promise<GeneratedImage | undefined> {
    return findImage(this.#db.kysely, id);
  }

  /** Gives up the bytes of up to `limit` pictures whose time is over. @returns how many */
  async removeExpired(limit: number): Promise<number> {
    const now = this.#clock().getTime();
    await this.#idempotentCalls.removeExpired();
    return this.#db.transact(async (trx) => {
      const rows = await trx
        .selectFrom('images')
        .select('id')
        .where('removed_at', 'is', null)
        .where('expires_at', '<=', now)
        .limit(limit)
        .forNoKeyUpdate()
        .skipLocked()
        .execute();
      const ids = rows.map((row) => row.id);
      if (ids.length > 0)
        await trx.updateTable('images').set({ removed_at: now }).where('id', 'in', ids).execute();
      await removeExpiredInputs(trx, now);
      return ids.length;
    });
  }
}
