import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import type { Account } from '../credits/ledger-store.js';
import { toCredits } from '../credits/microcredits.js';
import type { Db } from '../db/database.js';
import type { ComparisonStatus, ComparisonTable, Database } from '../db/schema.js';
import { AppError } from '../errors.js';
import { parseError } from '../images/generation.js';
import type { PublicError } from '../images/generation-result.js';
import { enqueueEvent } from '../webhooks/enqueue-event-store.js';
import { axisSchema, coordinatesSchema, type Axis, type Coordinates } from './axes.js';
import {
  comparisonBaseSchema,
  comparisonBodySchema,
  sheetWishSchema,
  type ComparisonBody,
  type SheetWish,
} from './comparison-body.js';
import type { Comparison, ComparisonCell } from './comparison.js';

/** A comparison that begins. */
export interface NewComparison extends Account {
  readonly id: string;
  readonly keyId: string;
  readonly requestJson: string;
  readonly axes: readonly Axis[];
  readonly sheet: SheetWish | undefined;
  readonly quote: number;
  readonly cells: readonly {
    readonly coordinates: Coordinates;
    readonly generationId: string | undefined;
    readonly quote: number | undefined;
    readonly error: PublicError | undefined;
  }[];
}

/** How a comparison ends. */
export interface ComparisonEnd {
  readonly status: Exclude<ComparisonStatus, 'running'>;
  readonly sheetFileId: string | undefined;
  readonly warnings: readonly string[];
}

/** How far a cell is. */
export interface CellProgress {
  readonly generationId: string | undefined;
  readonly phase: 'waiting' | 'started' | 'ended';
  /** Whether a call of it may have been sent. */
  readonly everStarted: boolean;
}

/** One that this process is to end. */
export interface Claimed extends Account {
  readonly id: string;
  /** How often it was begun to be ended, this time included. */
  readonly attempts: number;
}

const axesSchema = z.array(axisSchema);
const requestSchema = z.looseObject({ base: comparisonBaseSchema.optional() });
const warningsSchema = z.array(z.string());

/** The records of comparisons. Their cells are ordinary generations, which only `GenerationStore` writes. */
export class ComparisonStore {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #processId: string;

  /** @param processId marks what this process is about to end */
  constructor(db: Db, clock: Clock, processId: string) {
    this.#db = db;
    this.#clock = clock;
    this.#processId = processId;
  }

  /** Writes a comparison down, in the transaction that makes the generations of its cells. */
  async insert(trx: Transaction<Database>, comparison: NewComparison): Promise<void> {
    await trx
      .insertInto('comparisons')
      .values({
        id: comparison.id,
        workspace_id: comparison.workspaceId,
        mode: comparison.mode,
        key_id: comparison.keyId,
        status: 'running',
        request_json: comparison.requestJson,
        axes_json: JSON.stringify(comparison.axes),
        sheet_json: comparison.sheet === undefined ? null : JSON.stringify(comparison.sheet),
        quote_microcredits: comparison.quote,
        sheet_file_id: null,
        warnings_json: null,
        created_at: this.#clock().getTime(),
        completed_at: null,
        cancel_requested_at: null,
        lease_owner: null,
        lease_expires_at: null,
        finish_attempts: 0,
      })
      .execute();
    await trx
      .insertInto('comparison_cells')
      .values(
        comparison.cells.map((cell, position) => ({
          comparison_id: comparison.id,
          position,
          coordinates_json: JSON.stringify(cell.coordinates),
          generation_id: cell.generationId ?? null,
          quote_microcredits: cell.quote ?? null,
          error_json: cell.error === undefined ? null : JSON.stringify(cell.error),
        })),
      )
      .execute();
  }

  async find(account: Account, id: string): Promise<Comparison | undefined> {
    const row = await selectOf(this.#db.kysely, account).where('id', '=', id).executeTakeFirst();
    if (row === undefined) return undefined;
    const [comparison] = await this.#withCounts([row]);
    return comparison;
  }

  /** What was asked for. @param id of a comparison that exists */
  async findBody(id: string): Promise<ComparisonBody> {
    const { request_json: json } = await this.#db.kysely
      .selectFrom('comparisons')
      .select('request_json')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return comparisonBodySchema.parse(JSON.parse(json));
  }

  /** Comparisons of an account, newest first. @throws AppError invalid_request for an `after` that is none */
  async list(
    account: Account,
    { limit, after }: { readonly limit: number; readonly after: string | undefined },
  ): Promise<readonly Comparison[]> {
    let query = selectOf(this.#db.kysely, account)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit);
    if (after !== undefined) {
      const last = await selectOf(this.#db.kysely, account).where('id', '=', after).executeTakeFirst();
      if (last === undefined) {
        throw new AppError('invalid_request', {
          message: '`after` must be the id of a comparison of this workspace.',
          param: 'after',
        });
      }
      query = query.where(sql<boolean>`(created_at, id) < (${last.created_at}, ${last.id})`);
    }
    return this.#withCounts(await query.execute());
  }

  /** Cells in their order. @param id of a comparison that the caller was found to have */
  async listCells(id: string): Promise<readonly ComparisonCell[]> {
    const rows = await this.#db.kysely
      .selectFrom('comparison_cells')
      .selectAll()
      .where('comparison_id', '=', id)
      .orderBy('position')
      .execute();
    return rows.map((row) => ({
      position: row.position,
      coordinates: coordinatesSchema.parse(JSON.parse(row.coordinates_json)),
      generationId: row.generation_id ?? undefined,
      quote: row.quote_microcredits ?? undefined,
      planError: parseError(row.error_json),
    }));
  }

  /** How far each cell is, in their order. @param id of a comparison that the caller was found to have */
  async listStates(id: string): Promise<readonly CellProgress[]> {
    const rows = await this.#db.kysely
      .selectFrom('comparison_cells')
      .leftJoin('generations', 'generations.id', 'comparison_cells.generation_id')
      .select(['comparison_cells.generation_id', 'generations.status', 'generations.started_at'])
      .where('comparison_cells.comparison_id', '=', id)
      .orderBy('comparison_cells.position')
      .execute();
    return rows.map(({ generation_id: generationId, status, started_at: startedAt }) => ({
      generationId: generationId ?? undefined,
      phase:
        status === 'queued'
          ? 'waiting'
          : status === 'running'
            ? startedAt === null
              ? 'waiting'
              : 'started'
            : 'ended',
      everStarted: startedAt !== null,
    }));
  }

  /** Notes that its cells which wait are to be given up. @returns false if there is none that runs */
  async requestCancel(account: Account, id: string): Promise<boolean> {
    const updated = await this.#db.kysely
      .updateTable('comparisons')
      .set({ cancel_requested_at: this.#clock().getTime() })
      .where('id', '=', id)
      .where('workspace_id', '=', account.workspaceId)
      .where('mode', '=', account.mode)
      .where('status', '=', 'running')
      .executeTakeFirst();
    return updated.numUpdatedRows === 1n;
  }

  /** Those that are to be cancelled and have cells that wait all the same: a process gave them back to the queue. */
  async listStillWaiting(): Promise<readonly (Account & { readonly id: string })[]> {
    const rows = await this.#db.kysely
      .selectFrom('comparisons')
      .innerJoin('generations', 'generations.comparison_id', 'comparisons.id')
      .select(['comparisons.id', 'comparisons.workspace_id', 'comparisons.mode'])
      .distinct()
      .where('comparisons.status', '=', 'running')
      .where('comparisons.cancel_requested_at', 'is not', null)
      .where('generations.status', '=', 'queued')
      .execute();
    return rows.map((row) => ({ id: row.id, workspaceId: row.workspace_id, mode: row.mode }));
  }

  /**
   * Takes a comparison whose cells have all ended, to end it here; no other process gets it before the lease is over.
   * @param id one that may have ended; undefined: any
   */
  async claimEnded(leaseMs: number, id?: string): Promise<Claimed | undefined> {
    const now = this.#clock().getTime();
    return this.#db.transact(async (trx) => {
      let query = trx
        .selectFrom('comparisons')
        .select(['id', 'workspace_id', 'mode', 'finish_attempts'])
        .where('status', '=', 'running')
        .where((eb) => eb.or([eb('lease_expires_at', 'is', null), eb('lease_expires_at', '<=', now)]))
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('generations')
                .select('generations.id')
                .whereRef('generations.comparison_id', '=', 'comparisons.id')
                .where('generations.status', 'in', ['queued', 'running']),
            ),
          ),
        )
        .orderBy('created_at')
        .limit(1)
        .forNoKeyUpdate()
        .skipLocked();
      if (id !== undefined) query = query.where('id', '=', id);
      const row = await query.executeTakeFirst();
      if (row === undefined) return undefined;
      const attempts = row.finish_attempts + 1;
      await trx
        .updateTable('comparisons')
        .set({ lease_owner: this.#processId, lease_expires_at: now + leaseMs, finish_attempts: attempts })
        .where('id', '=', row.id)
        .execute();
      return { id: row.id, workspaceId: row.workspace_id, mode: row.mode, attempts };
    });
  }

  /** Ends a comparison that this process has claimed. @returns false when another process has done so */
  async end(comparison: Comparison, end: ComparisonEnd): Promise<boolean> {
    return this.#db.transact((trx) => this.endWithin(trx, comparison, end));
  }

  /** The same in a transaction that does more. */
  async endWithin(
    trx: Transaction<Database>,
    comparison: Comparison,
    { status, sheetFileId, warnings }: ComparisonEnd,
  ): Promise<boolean> {
    const now = this.#clock();
    const updated = await trx
      .updateTable('comparisons')
      .set({
        status,
        completed_at: now.getTime(),
        sheet_file_id: sheetFileId ?? null,
        warnings_json: warnings.length === 0 ? null : JSON.stringify(warnings),
        lease_owner: null,
        lease_expires_at: null,
      })
      .where('id', '=', comparison.id)
      .where('status', '=', 'running')
      .where('lease_owner', '=', this.#processId)
      .executeTakeFirst();
    if (updated.numUpdatedRows !== 1n) return false;
    const { id, workspaceId, mode, createdAt, charged, counts } = comparison;
    await enqueueEvent(trx, { workspaceId, mode, now }, 'comparison.completed', () => ({
      object: 'image.comparison',
      id,
      status,
      created: Math.floor(createdAt.getTime() / 1000),
      completed: Math.floor(now.getTime() / 1000),
      credits_used: toCredits(charged),
      cells: {
        total: counts.total,
        succeeded: counts.succeeded,
        failed: counts.failed,
        cancelled: counts.cancelled,
      },
      ...(sheetFileId === undefined ? {} : { sheet_file_id: sheetFileId }),
    }));
    return true;
  }

  async #withCounts(rows: readonly Selectable<ComparisonTable>[]): Promise<readonly Comparison[]> {
    if (rows.length === 0) return [];
    const counted = await this.#db.kysely
      .selectFrom('comparison_cells')
      .leftJoin('generations', 'generations.id', 'comparison_cells.generation_id')
      .select([
        'comparison_cells.comparison_id as id',
        'generations.status as status',
        (eb) => eb.fn.countAll<number>().as('count'),
        sql<number | string>`coalesce(sum(generations.charged_microcredits), 0)`.as('charged'),
      ])
      .where(
        'comparison_cells.comparison_id',
        'in',
        rows.map(({ id }) => id),
      )
      .groupBy(['comparison_cells.comparison_id', 'generations.status'])
      .execute();
    return rows.map((row) => {
      const own = counted.filter(({ id }) => id === row.id);
      const count = (...statuses: (string | null)[]) =>
        own.filter(({ status }) => statuses.includes(status)).reduce((sum, line) => sum + line.count, 0);
      return {
        id: row.id,
        workspaceId: row.workspace_id,
        mode: row.mode,
        keyId: row.key_id,
        status: row.status,
        axes: axesSchema.parse(JSON.parse(row.axes_json)),
        base: requestSchema.parse(JSON.parse(row.request_json)).base ?? {},
        quote: row.quote_microcredits,
        charged: own.reduce((sum, { charged }) => sum + Number(charged), 0),
        counts: {
          total: own.reduce((sum, line) => sum + line.count, 0),
          queued: count('queued'),
          running: count('running'),
          succeeded: count('succeeded', 'partial'),
          failed: count('failed', null),
          cancelled: count('cancelled'),
        },
        sheet: row.sheet_json === null ? undefined : sheetWishSchema.parse(JSON.parse(row.sheet_json)),
        sheetFileId: row.sheet_file_id ?? undefined,
        warnings: row.warnings_json === null ? [] : warningsSchema.parse(JSON.parse(row.warnings_json)),
        createdAt: new Date(row.created_at),
        completedAt: row.completed_at === null ? undefined : new Date(row.completed_at),
        cancelRequested: row.cancel_requested_at !== null,
      };
    });
  }
}

function selectOf(db: Kysely<Database>, { workspaceId, mode }: Account) {
  return db
    .selectFrom('comparisons')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('mode', '=', mode);
}
