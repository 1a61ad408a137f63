import type { Kysely, Transaction } from 'kysely';
import type { Db } from '../../db/database.js';
import type { Database } from '../../db/schema.js';
import { REMOVAL_MS } from '../blob-records-store.js';
import type { BlobUse } from './problem.js';

/** Records that are read at once. */
const PAGE = 1000;

/** Of one kind, uses that are told. */
const USES = 20;

/** What the database says of a blob. */
export interface BlobRecord {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly state: 'kept' | 'deleting' | 'lost';
  /** Unix milliseconds: when somebody last announced that he writes it. */
  readonly touchedAt: number;
}

/**
 * The records of blobs as a check reads and mends them, beside processes that write and sweep. Every change names the state
 * that it was decided on, and does nothing when somebody else has changed it since.
 */
export class CheckedRecords {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** All records by ascending hash, a page of them in memory at a time. */
  async *list(): AsyncGenerator<BlobRecord> {
    for (let after = '', last = PAGE; last === PAGE;) {
      const page = await select(this.#db.kysely)
        .where('sha256', '>', after)
        .orderBy('sha256')
        .limit(PAGE)
        .execute();
      for (const row of page) yield toRecord(row);
      after = page.at(-1)?.sha256 ?? after;
      last = page.length;
    }
  }

  /** Whether any blob is recorded as being there. */
  async hasAny(): Promise<boolean> {
    const row = await select(this.#db.kysely).where('state', '=', 'kept').limit(1).executeTakeFirst();
    return row !== undefined;
  }

  async find(sha256: string): Promise<BlobRecord | undefined> {
    const row = await select(this.#db.kysely).where('sha256', '=', sha256).executeTakeFirst();
    return row === undefined ? undefined : toRecord(row);
  }

  /** Some of those that refer to a blob; none: nobody does. */
  listUses(sha256: string): Promise<readonly BlobUse[]> {
    return listUses(this.#db.kysely, sha256);
  }

  /** Says that the bytes of a blob are gone. @returns false when somebody was about to write them since */
  async markLost(record: BlobRecord, now: number): Promise<boolean> {
    return this.#db.transact(async (trx) => {
      const used = (await listUses(trx, record.sha256)).length > 0;
      return change(trx, record, { state: 'lost', review_at: used ? null : now });
    });
  }

  /** Says that the bytes of a lost blob are there again. */
  async restore(record: BlobRecord): Promise<boolean> {
    return this.#db.transact(async (trx) => change(trx, record, { state: 'kept' }));
  }

  async correctSize(record: BlobRecord, sizeBytes: number): Promise<boolean> {
    return this.#db.transact(async (trx) => change(trx, record, { size_bytes: sizeBytes }));
  }

  /**
   * Keeps writers of the same bytes waiting, as a removal does, until `markLost`. When this process dies meanwhile, the
   * next sweep ends it as a removal; a later check finds who refers to it.
   * @returns the record as it is from now on; undefined when somebody was about to write the bytes since
   */
  async condemn(record: BlobRecord, now: number): Promise<BlobRecord | undefined> {
    const done = await this.#db.transact(async (trx) =>
      change(trx, record, { state: 'deleting', review_at: now + REMOVAL_MS + 1 }),
    );
    return done ? { ...record, state: 'deleting' } : undefined;
  }

  /**
   * Makes the record of bytes that nobody knows, as being removed, so that whoever writes them waits.
   * @returns false when somebody has recorded them since
   */
  async condemnUnknown(sha256: string, sizeBytes: number, now: number): Promise<boolean> {
    const made = await this.#db.kysely
      .insertInto('blobs')
      .values({
        sha256,
        size_bytes: sizeBytes,
        state: 'deleting',
        touched_at: now,
        review_at: now + REMOVAL_MS + 1,
      })
      .onConflict((conflict) => conflict.column('sha256').doNothing())
      .executeTakeFirst();
    return made.numInsertedOrUpdatedRows === 1n;
  }
}

type Reader = Kysely<Database> | Transaction<Database>;

function select(db: Reader) {
  return db.selectFrom('blobs').select(['sha256', 'size_bytes', 'state', 'touched_at']);
}

function toRecord(row: {
  readonly sha256: string;
  readonly size_bytes: number;
  readonly state: BlobRecord['state'];
  readonly touched_at: number;
}): BlobRecord {
  return { sha256: row.sha256, sizeBytes: row.size_bytes, state: row.state, touchedAt: row.touched_at };
}

async function change(
  trx: Transaction<Database>,
  { sha256, state, touchedAt }: BlobRecord,
  set: {
    readonly state?: BlobRecord['state'];
    readonly review_at?: number | null;
    readonly size_bytes?: number;
  },
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('blobs')
    .set(set)
    .where('sha256', '=', sha256)
    .where('state', '=', state)
    .where('touched_at', '=', touchedAt)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

async function listUses(db: Reader, sha256: string): Promise<readonly BlobUse[]> {
  const files = await db
    .selectFrom('files')
    .select(['id', 'filename'])
    .where('blob_sha256', '=', sha256)
    .where('removed_at', 'is', null)
    .limit(USES)
    .execute();
  const uses: BlobUse[] = files.map((file) => ({ kind: 'file', ...file }));
  for (const [column, kind] of [
    ['blob_sha256', 'image'],
    ['original_sha256', 'original'],
    ['continuation_sha256', 'continuation'],
  ] as const) {
    const images = await db
      .selectFrom('images')
      .select('id')
      .where(column, '=', sha256)
      .where('removed_at', 'is', null)
      .limit(USES)
      .execute();
    uses.push(...images.map(({ id }) => ({ kind, id })));
  }
  const previews = await db
    .selectFrom('image_previews')
    .innerJoin('images', 'images.id', 'image_previews.image_id')
    .select('images.id')
    .where('image_previews.blob_sha256', '=', sha256)
    .where('images.removed_at', 'is', null)
    .limit(USES)
    .execute();
  uses.push(...previews.map(({ id }) => ({ kind: 'preview' as const, id })));
  for (const [table, kind] of [
    ['generation_inputs', 'input'],
    ['received_images', 'received'],
  ] as const) {
    let query = db
      .selectFrom(table)
      .select('generation_id as id')
      .where((eb) => eb.or([eb('blob_sha256', '=', sha256), eb('continuation_sha256', '=', sha256)]))
      .limit(USES);
    if (table === 'generation_inputs') query = query.where('removed_at', 'is', null);
    uses.push(...(await query.execute()).map(({ id }) => ({ kind, id })));
  }
  return uses;
}
