import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import type { Ledger } from '../credits/ledger-store.js';
import type { Microcredits } from '../credits/microcredits.js';
import type { Db } from '../db/database.js';
import type { Database, GenerationStatus, Mode } from '../db/schema.js';
import { invariant } from '../errors.js';
import type { AcceptedTask } from './attempt.js';
import type { AttemptRecord } from './dispatch.js';
import {
  generationResultSchema,
  publicErrorSchema,
  type GenerationResult,
  type PublicError,
} from './generation-result.js';
import type { FinishedImage } from './finish.js';

/** The persistent record of one image request. */
export interface Generation {
  readonly id: string;
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly operation: 'generate' | 'edit';
  readonly model: string;
  readonly status: GenerationStatus;
  readonly charged: Microcredits;
  readonly createdAt: Date;
  readonly completedAt: Date | undefined;
  /** undefined while it runs. */
  readonly result: GenerationResult | undefined;
  readonly error: PublicError | undefined;
  readonly images: readonly GeneratedImage[];
  readonly attempts: readonly StoredAttempt[];
}

/** One delivered picture. */
export interface GeneratedImage {
  readonly id: string;
  readonly position: number;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly mimeType: FinishedImage['picture']['mimeType'];
  readonly width: number;
  readonly height: number;
  readonly revisedPrompt: string | undefined;
  readonly seed: number | undefined;
  readonly expiresAt: Date;
  /** True once its bytes were given up. */
  readonly removed: boolean;
}

export interface StoredAttempt {
  readonly imageNumber: number;
  readonly attemptNumber: number;
  readonly model: string;
  readonly routeId: string;
  readonly outcome: string;
  readonly durationMs: number;
  readonly error: PublicError | undefined;
}

/** A generation that was running when the process ended. */
export interface InterruptedGeneration {
  readonly id: string;
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly keyId: string;
  readonly requestJson: string;
  readonly hold: Microcredits;
  readonly createdAt: Date;
  readonly tasks: readonly AcceptedTask[];
}

/** A finished picture on its way into the record. */
export interface NewImage {
  readonly id: string;
  readonly position: number;
  readonly finished: FinishedImage;
  readonly revisedPrompt: string | undefined;
  readonly seed: number | undefined;
  readonly continuationSha256: string | undefined;
  readonly charged: Microcredits;
}

interface Start {
  readonly id: string;
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly keyId: string;
  readonly operation: 'generate' | 'edit';
  readonly model: string;
  readonly requestJson: string;
  readonly hold: Microcredits;
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

const mimeTypes = z.enum(['image/png', 'image/jpeg', 'image/webp', 'image/avif', 'image/gif']);

/** The only writer of generations, attempts and images. Money moves in the same transactions. */
export class GenerationStore {
  readonly #db: Db;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor(db: Db, ledger: Ledger, clock: Clock) {
    this.#db = db;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Holds the price and writes the row, both or neither. @throws AppError insufficient_credits */
  async start(start: Start): Promise<void> {
    await this.#db.transact(async (trx) => {
      const account = { workspaceId: start.workspaceId, mode: start.mode };
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
        })
        .execute();
    });
  }

  /** Records the end: pictures, attempts, the charge and the release of the rest, all or nothing. */
  async end(end: End): Promise<void> {
    await this.#db.transact((trx) => this.#end(trx, end));
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

  /** What an earlier process left running, oldest first. */
  async listInterrupted(): Promise<readonly InterruptedGeneration[]> {
    const rows = await this.#db.kysely
      .selectFrom('generations')
      .select(['id', 'workspace_id', 'mode', 'key_id', 'request_json', 'hold_microcredits', 'created_at'])
      .where('status', 'in', ['queued', 'running'])
      .orderBy('created_at')
      .execute();
    const tasks = await this.#db.kysely.selectFrom('tasks').selectAll().execute();
    return rows.map((row) => ({
      id: row.id,
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
    return this.#db.transact(async (trx) => {
      const rows = await trx
        .selectFrom('images')
        .select('id')
        .where('removed_at', 'is', null)
        .where('expires_at', '<=', now)
        .limit(limit)
        .execute();
      const ids = rows.map((row) => row.id);
      if (ids.length > 0)
        await trx.updateTable('images').set({ removed_at: now }).where('id', 'in', ids).execute();
      return ids.length;
    });
  }

  async #end(trx: Transaction<Database>, end: End): Promise<void> {
    const now = this.#clock().getTime();
    const row = await trx
      .selectFrom('generations')
      .select(['workspace_id', 'mode', 'hold_microcredits', 'status'])
      .where('id', '=', end.id)
      .executeTakeFirstOrThrow();
    invariant(row.status === 'running' || row.status === 'queued', 'a generation ends once');
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
  }
}

function parseError(json: string | null): PublicError | undefined {
  return json === null ? undefined : publicErrorSchema.parse(JSON.parse(json));
}

function toImage(row: {
  id: string;
  position: number;
  blob_sha256: string;
  size_bytes: number;
  mime_type: string;
  width: number;
  height: number;
  revised_prompt: string | null;
  seed: number | null;
  expires_at: number;
  removed_at: number | null;
}): GeneratedImage {
  return {
    id: row.id,
    position: row.position,
    sha256: row.blob_sha256,
    sizeBytes: row.size_bytes,
    mimeType: mimeTypes.parse(row.mime_type),
    width: row.width,
    height: row.height,
    revisedPrompt: row.revised_prompt ?? undefined,
    seed: row.seed ?? undefined,
    expiresAt: new Date(row.expires_at),
    removed: row.removed_at !== null,
  };
}
