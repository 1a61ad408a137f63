import type { Transaction } from 'kysely';
import { findRecorded, type Recorded } from './replay-store.js';
import type { Clock } from '../clock.js';
import type { Account, Ledger } from '../credits/ledger-store.js';
import type { Microcredits } from '../credits/microcredits.js';
import type { Db } from '../db/database.js';
import type { Database, GenerationStatus, Mode } from '../db/schema.js';
import { CommitUnknown, isOutage } from '../db/outage.js';
import { AppError, invariant } from '../errors.js';
import { releaseBlobs, releaseImageBlobs } from '../files/blob-records-store.js';
import { SpendingStore } from '../limits/usage-store.js';
import type { AcceptedTask, ArrivedImage } from './attempt.js';
import { endGeneration, type End, type Ended } from './end-generation-store.js';
import { IdempotentCalls, type IdempotentCall } from './idempotent-calls.js';
import { removeExpiredInputs } from './generation-inputs.js';
import { insertGeneration, type NewGeneration, type Tenure } from './insert-generation-store.js';
import type { FoundSource, GeneratedImage, Generation, Job } from './generation.js';
import { insertArrived } from './arrived-store.js';
import { loadJobs } from './load-jobs-store.js';
import {
  findListedImage,
  listImages,
  type ImageListWish,
  type ImageOwner,
  type ListedImage,
} from './list-images-store.js';
import {
  findGeneration,
  findImage,
  findSource,
  listGenerations,
  listOfComparison,
  type PageWish,
} from './read-generation-store.js';
import { toPublicError } from './generation-result.js';
import { wasCancelled } from './stopped.js';

interface Start extends NewGeneration {
  /** Set where the call has an idempotency key. */
  readonly idempotent?: IdempotentCall | undefined;
  /** Asked once the price is held: what it throws undoes that. Does nothing but queries. */
  readonly confirm?: ((trx: Transaction<Database>) => Promise<void>) | undefined;
}

/** Many that begin at once, or none of them. Both callbacks do nothing but queries, and what they throw undoes everything. */
interface StartMany {
  readonly account: Account;
  readonly generations: readonly NewGeneration[];
  readonly idempotent: { readonly call: IdempotentCall; readonly comparisonId: string } | undefined;
  /** Asked once all prices are held and all rows are written. */
  readonly confirm: (trx: Transaction<Database>) => Promise<void>;
}

/** How long a caller waits to learn whether its call was accepted, when the database goes at that very moment. */
const LOOK_AGAIN_MS = 15_000;
const COMMIT_TRIES = 3;

export type { Tenure } from './insert-generation-store.js';

/** Told of money that moved, once that is committed. */
export interface MoveListener {
  /** @param amount microcredits that were set aside */
  held(mode: Mode, amount: Microcredits): void;
  ended(ended: Ended): void;
}

/**
 * The only writer of generations, attempts and images, but for which file keeps a picture (`files/file-store.ts`). Money
 * moves in the same transactions.
 */
export class GenerationStore {
  readonly #db: Db;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #idempotentCalls: IdempotentCalls;
  readonly #tenure: Tenure;
  readonly #listener: MoveListener | undefined;
  readonly #spending = new SpendingStore();

  constructor(db: Db, ledger: Ledger, clock: Clock, tenure: Tenure, listener?: MoveListener) {
    this.#listener = listener;
    this.#tenure = tenure;
    this.#db = db;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#idempotentCalls = new IdempotentCalls(db, clock);
  }

  /** Holds the price and writes the row, both or neither. @throws AppError insufficient_credits; AlreadyCalled */
  async start(start: Start): Promise<void> {
    await this.#once(start.id, async (trx) => {
      if (start.idempotent !== undefined) await this.#idempotentCalls.bind(trx, start.idempotent, start.id);
      await this.#insert(trx, start);
      await start.confirm?.(trx);
    });
    this.#listener?.held(start.mode, start.hold);
    if (start.begin === 'waiting') this.#db.signals.send('queued', start.id);
  }

  /**
   * Holds all prices and writes all rows of a comparison, or does nothing of it: whether the credits are enough is decided once,
   * for the sum.
   * @throws AppError insufficient_credits with the sum; AlreadyCalled
   */
  async startMany({ account, generations, idempotent, confirm }: StartMany): Promise<void> {
    const sum = generations.reduce((total, { hold }) => total + hold, 0);
    const [first] = generations;
    invariant(first !== undefined, 'somebody begins at least one');
    await this.#once(first.id, async (trx) => {
      if (idempotent !== undefined) {
        await this.#idempotentCalls.bindComparison(trx, idempotent.call, idempotent.comparisonId);
      }
      await this.#ledger.requireAvailable(trx, account, sum);
      for (const generation of generations) await this.#insert(trx, generation);
      await confirm(trx);
    });
    this.#listener?.held(account.mode, sum);
    for (const { id } of generations) this.#db.signals.send('queued', id);
  }

  /** Writes down that a first call is about to be sent: until then a generation can be run anew by anybody. */
  async markStarted(id: string): Promise<void> {
    await this.#db.write((db) =>
      db
        .updateTable('generations')
        .set({ started_at: this.#clock().getTime() })
        .where('id', '=', id)
        .where('started_at', 'is', null)
        .execute(),
    );
  }

  /**
   * Records the end: pictures, attempts, the charge and the release of the rest, all or nothing. Pictures are paid by now, so
   * that it waits for a database that is gone.
   * @returns the generation as it is on record now; undefined when it had ended before: another process took it over and has
   * ended it, or the answer to this one's commit was lost
   */
  async end(end: End): Promise<Generation | undefined> {
    const ended = await this.#db.patiently(() => this.#db.transact((trx) => this.#end(trx, end)));
    if (ended === undefined) this.#db.signals.send('changed', end.id);
    else this.#tellEnded(ended);
    return ended?.generation;
  }

  /**
   * Cancels a generation that waits, and marks one that runs for its process to stop it.
   * @returns its status before; undefined if there is none
   */
  async requestCancel(account: Account, id: string): Promise<GenerationStatus | undefined> {
    const { row, ended } = await this.#db.transact(async (trx) => {
      let cancelled: Ended | undefined;
      const row = await trx
        .selectFrom('generations')
        .select('status')
        .where('id', '=', id)
        .where('workspace_id', '=', account.workspaceId)
        .where('mode', '=', account.mode)
        .forNoKeyUpdate()
        .executeTakeFirst();
      if (row?.status === 'running') {
        await trx
          .updateTable('generations')
          .set({ cancel_requested_at: this.#clock().getTime() })
          .where('id', '=', id)
          .where('cancel_requested_at', 'is', null)
          .execute();
      } else if (row?.status === 'queued') {
        cancelled = await this.#cancel(trx, id);
      }
      return { row, ended: cancelled };
    });
    if (ended !== undefined) this.#tellEnded(ended);
    if (row?.status === 'running') this.#db.signals.send('cancel', id);
    return row?.status;
  }

  /** Cancels the cells of a comparison that wait; those that run are left alone. @returns how many */
  async cancelWaiting(account: Account, comparisonId: string): Promise<number> {
    const cancelled = await this.#db.transact(async (trx) => {
      const rows = await trx
        .selectFrom('generations')
        .select('id')
        .where('comparison_id', '=', comparisonId)
        .where('status', '=', 'queued')
        .where('workspace_id', '=', account.workspaceId)
        .where('mode', '=', account.mode)
        .orderBy('id')
        .forNoKeyUpdate()
        .execute();
      const ends: Ended[] = [];
      for (const { id } of rows) {
        const ended = await this.#cancel(trx, id);
        if (ended !== undefined) ends.push(ended);
      }
      return ends;
    });
    for (const ended of cancelled) this.#tellEnded(ended);
    return cancelled.length;
  }

  async isCancelRequested(id: string): Promise<boolean> {
    const row = await this.#db.kysely
      .selectFrom('generations')
      .select('cancel_requested_at')
      .where('id', '=', id)
      .executeTakeFirst();
    return typeof row?.cancel_requested_at === 'number';
  }

  /** How many generations wait in the queue. */
  async countWaiting(trx: Transaction<Database>): Promise<number> {
    const { count } = await trx
      .selectFrom('generations')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('status', '=', 'queued')
      .executeTakeFirstOrThrow();
    return count;
  }

  /** Gives the pictures of a generation more time: its caller did not get them. */
  async keepUntil(id: string, expiresAt: Date): Promise<void> {
    await this.#db.kysely
      .updateTable('images')
      .set({ expires_at: expiresAt.getTime() })
      .where('generation_id', '=', id)
      .where('removed_at', 'is', null)
      .where('expires_at', '<', expiresAt.getTime())
      .execute();
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
    let before: Microcredits | undefined;
    const raise = async (trx: Transaction<Database>) => {
      const row = await trx
        .selectFrom('generations')
        .select(['workspace_id', 'mode', 'hold_microcredits', 'status', 'lease_owner'])
        .where('id', '=', id)
        .forNoKeyUpdate()
        .executeTakeFirstOrThrow();
      if (row.status !== 'running' || row.lease_owner !== this.#tenure.processId) {
        throw new AppError('conflict', { message: 'This generation has ended, or runs elsewhere by now.' });
      }
      // Raised already: the answer to the commit was lost.
      if (before !== undefined && row.hold_microcredits === before + amount) return row.mode;
      before = row.hold_microcredits;
      await this.#ledger.hold(trx, { workspaceId: row.workspace_id, mode: row.mode }, id, amount);
      await trx
        .updateTable('generations')
        .set({ hold_microcredits: row.hold_microcredits + amount })
        .where('id', '=', id)
        .execute();
      await confirm(trx);
      return row.mode;
    };
    const mode = await this.#db.patiently(() => this.#db.transact(raise));
    this.#listener?.held(mode, amount);
  }

  /** Records an upstream task; it is forgotten when its generation ends. */
  async recordTask(task: AcceptedTask): Promise<void> {
    await this.#db.write((db) =>
      db
        .insertInto('tasks')
        .values({
          generation_id: task.generationId,
          image_number: task.imageNumber,
          attempt_number: task.attemptNumber,
          route_id: task.routeId,
          task_id: task.taskId,
          key_id: task.keyId ?? null,
          positions_json: task.positions === undefined ? null : JSON.stringify(task.positions),
          created_at: this.#clock().getTime(),
        })
        .onConflict((conflict) =>
          conflict
            .columns(['generation_id', 'image_number', 'attempt_number'])
            .doUpdateSet({ task_id: task.taskId, route_id: task.routeId }),
        )
        .execute(),
    );
  }

  /** Records a picture as it arrived, so that a restart still delivers it. */
  async recordImage(arrived: ArrivedImage): Promise<void> {
    await this.#db.write((db) => insertArrived(db, arrived));
  }

  /** Generations with everything that running them needs, in the order of their making. */
  async loadJobs(ids: readonly string[]): Promise<readonly Job[]> {
    return loadJobs(this.#db.kysely, ids);
  }

  /** The generation that an idempotency key stands for. @throws AppError idempotency_conflict */
  async findByKey(call: IdempotentCall): Promise<string | undefined> {
    return this.#idempotentCalls.find(call);
  }

  /** A generation of a workspace, whole. */
  find(workspaceId: string, mode: Mode, id: string): Promise<Generation | undefined> {
    return findGeneration(this.#db.kysely, workspaceId, mode, id);
  }

  /** Waits while the database is gone. @returns undefined if there is no such generation, whoever it belongs to */
  async findStatus(id: string): Promise<GenerationStatus | undefined> {
    return this.#db.patiently(() => this.#findStatus(id));
  }

  /** The same for one of an account, and whether a first call of it may have been sent. */
  async findPhase(
    account: Account,
    id: string,
  ): Promise<{ readonly status: GenerationStatus; readonly started: boolean } | undefined> {
    const row = await this.#db.kysely
      .selectFrom('generations')
      .select(['status', 'started_at'])
      .where('id', '=', id)
      .where('workspace_id', '=', account.workspaceId)
      .where('mode', '=', account.mode)
      .executeTakeFirst();
    return row === undefined ? undefined : { status: row.status, started: row.started_at !== null };
  }

  /** The cells of a comparison, in no order. */
  listOfComparison(account: Account, comparisonId: string): Promise<readonly Generation[]> {
    return listOfComparison(this.#db.kysely, account, comparisonId);
  }

  /** Generations of an account, newest first, beginning behind the one with the given id. */
  list(account: Account, page: PageWish): Promise<readonly Generation[]> {
    return listGenerations(this.#db.kysely, account, page);
  }

  /** A picture with the request that it came of. */
  findRecorded(account: Account, imageId: string): Promise<Recorded | undefined> {
    return findRecorded(this.#db, account, imageId);
  }

  /** A picture of a workspace that an edit starts from, with what its model wants back. */
  findSource(workspaceId: string, mode: Mode, id: string): Promise<FoundSource | undefined> {
    return findSource(this.#db.kysely, workspaceId, mode, id);
  }

  /** A page of the pictures that are there, see `listImages`. */
  listImages(owner: ImageOwner, wish: ImageListWish): Promise<readonly ListedImage[]> {
    return listImages(this.#db.kysely, owner, wish, this.#clock().getTime());
  }

  /** A picture of a workspace with what its generation says of it. */
  findListedImage(owner: ImageOwner, id: string): Promise<ListedImage | undefined> {
    return findListedImage(this.#db.kysely, owner, id);
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
        .where('file_id', 'is', null)
        .where('expires_at', '<=', now)
        .limit(limit)
        .forNoKeyUpdate()
        .skipLocked()
        .execute();
      const ids = rows.map((row) => row.id);
      if (ids.length > 0) {
        await trx.updateTable('images').set({ removed_at: now }).where('id', 'in', ids).execute();
      }
      await releaseImageBlobs(trx, ids, now);
      await releaseBlobs(trx, await removeExpiredInputs(trx, now), now);
      return ids.length;
    });
  }

  async #findStatus(id: string): Promise<GenerationStatus | undefined> {
    const row = await this.#db.kysely
      .selectFrom('generations')
      .select('status')
      .where('id', '=', id)
      .executeTakeFirst();
    return row?.status;
  }

  /**
   * Does what writes a generation exactly once, also where the answer to the commit was lost: then the row tells whether it
   * happened. What did not is done again; it waits for the one before to end, since both hold the same account.
   * @throws CommitUnknown when the database stays away for too long to ask it
   */
  async #once(id: string, work: (trx: Transaction<Database>) => Promise<void>): Promise<void> {
    let unknown: CommitUnknown | undefined;
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#db.transact(work);
        return;
      } catch (error) {
        if (error instanceof CommitUnknown) unknown = error;
        if (unknown === undefined) throw error;
        const status = await this.#db
          .patiently(() => this.#findStatus(id), LOOK_AGAIN_MS)
          .catch((failure: unknown) => {
            throw isOutage(failure) ? unknown : failure;
          });
        if (status !== undefined) return;
        if (!(error instanceof CommitUnknown) || tries === COMMIT_TRIES) throw error;
      }
    }
  }

  #insert(trx: Transaction<Database>, generation: NewGeneration): Promise<void> {
    const now = this.#clock().getTime();
    return insertGeneration(trx, { ledger: this.#ledger, tenure: this.#tenure, now }, generation);
  }

  /** Gives one up that waits. */
  #cancel(trx: Transaction<Database>, id: string): Promise<Ended | undefined> {
    return this.#end(trx, {
      id,
      status: 'cancelled',
      result: undefined,
      error: toPublicError(wasCancelled()),
      images: [],
      attempts: [],
      imagesExpireAt: this.#clock(),
    });
  }

  /** Whoever waits for it, or for the comparison that it is a cell of, hears of it. */
  #tellEnded(ended: Ended): void {
    const { id, comparisonId } = ended.generation;
    this.#db.signals.send('changed', id);
    if (comparisonId !== undefined) this.#db.signals.send('changed', comparisonId);
    if (ended.heldAnew > 0) this.#listener?.held(ended.mode, ended.heldAnew);
    this.#listener?.ended(ended);
  }

  #end(trx: Transaction<Database>, end: End): Promise<Ended | undefined> {
    return endGeneration(trx, { ledger: this.#ledger, spending: this.#spending }, this.#clock(), end);
  }
}
