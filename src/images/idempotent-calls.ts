import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import type { Database, Mode } from '../db/schema.js';
import { AppError } from '../errors.js';

/** How long an outcome is kept for its key. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** A call under an idempotency key. */
export interface IdempotentCall {
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly path: string;
  readonly key: string;
  /** SHA-256 of the canonical body, hexadecimal. */
  readonly bodySha256: string;
}

/** Thrown inside a transaction when another call with the key was first: nothing of it stays. */
export class AlreadyCalled extends Error {
  constructor() {
    super('another call with this idempotency key was first');
    this.name = 'AlreadyCalled';
  }
}

/** What is kept of a call that stored a file. */
const fileResultSchema = z.object({ file_id: z.string() });
/** What is kept of a call that began a comparison. */
const comparisonResultSchema = z.object({ comparison_id: z.string() });

/**
 * Which generation, file or comparison an idempotency key stands for. A key is bound in the transaction that holds the price: outcomes before
 * that aren't kept, and of calls at once one binds it and the others find it bound.
 */
export class IdempotentCalls {
  readonly #db: Db;
  readonly #clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /**
   * The generation that the key stands for already.
   * @throws AppError idempotency_conflict when it was called with another body
   */
  async find(call: IdempotentCall): Promise<string | undefined> {
    return (await this.#find(call))?.generation_id ?? undefined;
  }

  /**
   * The file that the key stands for already.
   * @throws AppError idempotency_conflict when it was called with another body
   */
  async findFile(call: IdempotentCall): Promise<string | undefined> {
    const json = (await this.#find(call))?.result_json ?? null;
    return json === null ? undefined : fileResultSchema.parse(JSON.parse(json)).file_id;
  }

  /**
   * The comparison that the key stands for already.
   * @throws AppError idempotency_conflict when it was called with another body
   */
  async findComparison(call: IdempotentCall): Promise<string | undefined> {
    const json = (await this.#find(call))?.result_json ?? null;
    return json === null ? undefined : comparisonResultSchema.parse(JSON.parse(json)).comparison_id;
  }

  async #find(call: IdempotentCall) {
    const row = await this.#db.kysely
      .selectFrom('idempotent_calls')
      .select(['body_sha256', 'generation_id', 'result_json'])
      .where('workspace_id', '=', call.workspaceId)
      .where('mode', '=', call.mode)
      .where('path', '=', call.path)
      .where('idempotency_key', '=', call.key)
      .where('expires_at', '>', this.#clock().getTime())
      .executeTakeFirst();
    if (row === undefined) return undefined;
    if (row.body_sha256 !== call.bodySha256) {
      throw new AppError('idempotency_conflict', {
        message:
          'This `Idempotency-Key` was used with another body within the last 24 hours. Take a new key.',
        param: 'idempotency-key',
      });
    }
    return row;
  }

  /** Binds the key to a generation that begins in the same transaction. @throws AlreadyCalled */
  async bind(trx: Transaction<Database>, call: IdempotentCall, generationId: string): Promise<void> {
    await this.#bind(trx, call, { generation_id: generationId, result_json: null });
  }

  /** Binds the key to a file that is recorded in the same transaction. @throws AlreadyCalled */
  async bindFile(trx: Transaction<Database>, call: IdempotentCall, fileId: string): Promise<void> {
    const result = fileResultSchema.parse({ file_id: fileId });
    await this.#bind(trx, call, { generation_id: null, result_json: JSON.stringify(result) });
  }

  /** Binds the key to a comparison that begins in the same transaction. @throws AlreadyCalled */
  async bindComparison(
    trx: Transaction<Database>,
    call: IdempotentCall,
    comparisonId: string,
  ): Promise<void> {
    const result = comparisonResultSchema.parse({ comparison_id: comparisonId });
    await this.#bind(trx, call, { generation_id: null, result_json: JSON.stringify(result) });
  }

  async #bind(
    trx: Transaction<Database>,
    call: IdempotentCall,
    outcome: { readonly generation_id: string | null; readonly result_json: string | null },
  ): Promise<void> {
    const now = this.#clock().getTime();
    await trx
      .deleteFrom('idempotent_calls')
      .where('workspace_id', '=', call.workspaceId)
      .where('mode', '=', call.mode)
      .where('path', '=', call.path)
      .where('idempotency_key', '=', call.key)
      .where('expires_at', '<=', now)
      .execute();
    const inserted = await trx
      .insertInto('idempotent_calls')
      .values({
        workspace_id: call.workspaceId,
        mode: call.mode,
        path: call.path,
        idempotency_key: call.key,
        body_sha256: call.bodySha256,
        ...outcome,
        owner: null,
        lease_expires_at: null,
        created_at: now,
        expires_at: now + KEPT_MS,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows !== 1n) throw new AlreadyCalled();
  }

  /** Forgets keys whose day is over. @returns how many */
  async removeExpired(): Promise<number> {
    const removed = await this.#db.kysely
      .deleteFrom('idempotent_calls')
      .where('expires_at', '<=', this.#clock().getTime())
      .executeTakeFirst();
    return Number(removed.numDeletedRows);
  }
}
