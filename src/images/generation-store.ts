import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.js';
import type { Ledger } from '../credits/ledger-store.js';
import type { Microcredits } from '../credits/microcredits.js';
import type { Db } from '../db/database.js';
import type { Database, Mode } from '../db/schema.js';
import type { AcceptedTask } from './attempt.js';
import type { AttemptRecord } from './dispatch.js';
import { IdempotentCalls, type IdempotentCall } from './idempotent-calls.js';
import {
  findInputs,
  insertInputs,
  listParents,
  releaseInputs,
  removeExpiredInputs,
} from './generation-inputs.js';
import { generationResultSchema, type GenerationResult, type PublicError } from './generation-result.js';
import {
  parseError,
  toImage,
  type EditInputs,
  type FoundSource,
  type GeneratedImage,
  type Generation,
  type InterruptedGeneration,
  type NewImage,
} from './generation.js';

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

interface End {
  readonly id: string;
  readonly status: 'succeeded' | 'partial' | 'failed';
  readonly result: GenerationResult | undefined;
  readonly error: PublicError | undefined;
  readonly images: readonly NewImage[];
  readonly attempts: readonly (AttemptRecord & { readonly publicError: PublicError | undefined })[];
  readonly imagesExpireAt: Date;
}

/** How long a process that is not heard of is believed to run its generations. */
const LEASE_MS = 30_000;
/** Generations taken over at a time. */
const CLAIM_BATCH = 50;

/** The only writer of generations, attempts and images. Money moves in the same transactions. */
export class GenerationStore {
  readonly #db: Db;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #idempotentCalls: IdempotentCalls;
  /** Marks the generations that this process runs. */
  readonly #processId = randomUUID();

  constructor(db: Db, ledger: Ledger, clock: Clock) {
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
    return this.#db.transact((trx) => this.#end(trx, end));
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
        created_at: this.#clock().getTime(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /** The generation that an idempotency key stands for. @throws AppError idempotency_conflict */
  async findByKey(call: IdempotentCall): Promise<string | undefined> {
    return this.#idempotentCalls.find(call);
  }

  /** Tells that this process still runs the generations that it started or took over. */
  async renewLeases(): Promise<void> {
    await this.#db.kysely
      .updateTable('generations')
      .set({ lease_expires_at: this.#clock().getTime() + LEASE_MS })
      .where('status', 'in', ['queued', 'running'])
      .where('lease_owner', '=', this.#processId)
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
      const ids = (await query.execute()).map((row) => row.id);
      if (ids.length > 0) {
        await trx
          .updateTable('generations')
          .set({ lease_owner: this.#processId, lease_expires_at: now + LEASE_MS })
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
        })),
    }));
  }

  async find(workspaceId: string, mode: Mode, id: string): Promise<Generation | undefined> {
    const row = await this.#db.kysely
      .selectFrom('generations')
      .selectAll()
      .where('id', '=', id)
      .where('workspace_id', '=', workspaceId)
      .where('mode', '=', mode)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const images = await this.#db.kysely
      .selectFrom('images')
      .selectAll()
      .where('generation_id', '=', id)
      .orderBy('position')
      .execute();
    const attempts = await this.#db.kysely
      .selectFrom('attempts')
      .selectAll()
      .where('generation_id', '=', id)
      .orderBy('id')
      .execute();
    return {
      id: row.id,
      workspaceId: row.workspace_id,
      mode: row.mode,
      operation: row.operation,
      model: row.model,
      status: row.status,
      charged: row.charged_microcredits,
      createdAt: new Date(row.created_at),
      completedAt: row.completed_at === null ? undefined : new Date(row.completed_at),
      result:
        row.result_json === null ? undefined : generationResultSchema.parse(JSON.parse(row.result_json)),
      error: parseError(row.error_json),
      parentIds: row.operation === 'edit' ? await listParents(this.#db.kysely, id) : [],
      images: images.map(toImage),
      attempts: attempts.map((attempt) => ({
        imageNumber: attempt.image_number,
        attemptNumber: attempt.attempt_number,
        model: attempt.model,
        routeId: attempt.route_id,
        outcome: attempt.outcome,
        durationMs: (attempt.ended_at ?? attempt.started_at) - attempt.started_at,
        error: parseError(attempt.error_json),
      })),
    };
  }

  /** A picture of a workspace that an edit starts from, with what its model wants back. */
  async findSource(workspaceId: string, mode: Mode, id: string): Promise<FoundSource | undefined> {
    const row = await this.#db.kysely
      .selectFrom('images')
      .innerJoin('generations', 'generations.id', 'images.generation_id')
      .leftJoin('blobs', 'blobs.sha256', 'images.continuation_sha256')
      .selectAll('images')
      .select(['generations.result_json', 'blobs.size_bytes as continuation_size_bytes'])
      .where('images.id', '=', id)
      .where('images.workspace_id', '=', workspaceId)
      .where('images.mode', '=', mode)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { continuation_sha256: sha256, continuation_size_bytes: sizeBytes, result_json: result } = row;
    const model =
      result === null ? undefined : generationResultSchema.parse(JSON.parse(result)).receipt.model;
    return {
      image: toImage(row),
      continuation:
        sha256 === null || sizeBytes === null || model === undefined
          ? undefined
          : { sha256, sizeBytes, model },
    };
  }

  /** A picture by id, whoever it belongs to: for signed links only. */
  async findImage(id: string): Promise<GeneratedImage | undefined> {
    const row = await this.#db.kysely
      .selectFrom('images')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row === undefined ? undefined : toImage(row);
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

  async #end(trx: Transaction<Database>, end: End): Promise<boolean> {
    const now = this.#clock().getTime();
    const row = await trx
      .selectFrom('generations')
      .select(['workspace_id', 'mode', 'hold_microcredits', 'status'])
      .where('id', '=', end.id)
      // Two processes that end it at the same time must not both settle its hold.
      .forNoKeyUpdate()
      .executeTakeFirstOrThrow();
    if (row.status !== 'running' && row.status !== 'queued') return false;
    const charged = end.images.reduce((sum, image) => sum + image.charged, 0);
    await this.#ledger.settle(trx, { workspaceId: row.workspace_id, mode: row.mode }, end.id, {
      held: row.hold_microcredits,
      charged,
    });
    for (const image of end.images) {
      const { finished } = image;
      await trx
        .insertInto('images')
        .values({
          id: image.id,
          generation_id: end.id,
          workspace_id: row.workspace_id,
          mode: row.mode,
          position: image.position,
          blob_sha256: finished.sha256,
          continuation_sha256: image.continuationSha256 ?? null,
          size_bytes: finished.sizeBytes,
          mime_type: finished.picture.mimeType,
          width: finished.picture.width,
          height: finished.picture.height,
          c2pa: finished.picture.c2pa ? 1 : 0,
          revised_prompt: image.revisedPrompt ?? null,
          seed: image.seed ?? null,
          charged_microcredits: image.charged,
          created_at: now,
          expires_at: end.imagesExpireAt.getTime(),
          removed_at: null,
        })
        .execute();
    }
    for (const attempt of end.attempts) {
      await trx
        .insertInto('attempts')
        .values({
          generation_id: end.id,
          image_number: attempt.imageNumber,
          attempt_number: attempt.attemptNumber,
          model: attempt.model,
          route_id: attempt.routeId,
          started_at: attempt.startedAt.getTime(),
          ended_at: attempt.endedAt.getTime(),
          outcome: attempt.outcome,
          error_json: attempt.publicError === undefined ? null : JSON.stringify(attempt.publicError),
          upstream_request_id: attempt.upstreamRequestId ?? null,
        })
        .execute();
    }
    await releaseInputs(trx, end.id, end.imagesExpireAt);
    await trx.deleteFrom('tasks').where('generation_id', '=', end.id).execute();
    await trx
      .updateTable('generations')
      .set({
        status: end.status,
        result_json: end.result === undefined ? null : JSON.stringify(end.result),
        error_json: end.error === undefined ? null : JSON.stringify(end.error),
        charged_microcredits: charged,
        completed_at: now,
      })
      .where('id', '=', end.id)
      .execute();
    return true;
  }
}
