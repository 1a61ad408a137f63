import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Db } from '../../db/database.js';
import type { Database, Mode } from '../../db/schema.js';
import { addToTotal } from '../file-record.js';

const PAGE = 500;

/** A reference to a blob that has no record, or whose record says that it is being removed. */
export interface UnrecordedBlob {
  readonly sha256: string;
  readonly state: 'deleting' | undefined;
}

/** What a key, or a workspace as a whole, stores, beside what is written down. */
export interface WrongTotal {
  readonly workspaceId: string;
  readonly mode: Mode;
  /** Empty: of the whole workspace. */
  readonly keyId: string;
  /** What is stored, less what is written down. */
  readonly files: number;
  readonly bytes: number;
}

const REFERENCES = [
  ['images', 'blob_sha256'],
  ['images', 'original_sha256'],
  ['images', 'continuation_sha256'],
  ['generation_inputs', 'blob_sha256'],
  ['generation_inputs', 'continuation_sha256'],
  ['files', 'blob_sha256'],
  ['image_previews', 'blob_sha256'],
  ['received_images', 'blob_sha256'],
  ['received_images', 'continuation_sha256'],
] as const;

/** Which rows of a table refer to their blobs still. */
const LIVE: Readonly<Record<(typeof REFERENCES)[number][0], RawBuilder<boolean>>> = {
  images: sql`images.removed_at is null`,
  generation_inputs: sql`generation_inputs.removed_at is null`,
  files: sql`files.removed_at is null`,
  image_previews: sql`exists (
    select 1 from images where images.id = image_previews.image_id and images.removed_at is null)`,
  received_images: sql`1 = 1`,
};

/**
 * Marks that the records of blobs, pictures and files make of each other. Each is looked for by one statement, which sees
 * everything at one moment, so that what is written at the same time is never taken for a contradiction.
 */
export class Marks {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Blobs that something refers to and that no record keeps. A page of them in memory at a time. */
  async *listUnrecorded(): AsyncGenerator<UnrecordedBlob> {
    for (const [table, column] of REFERENCES) {
      for (let after = '', last = PAGE; last === PAGE;) {
        const page = await this.#db.kysely
          .selectFrom(table)
          .leftJoin('blobs', (join) => join.on(sql.ref('blobs.sha256'), '=', sql.ref(`${table}.${column}`)))
          .select([sql.ref<string>(`${table}.${column}`).as('sha256'), 'blobs.state'])
          .distinct()
          .where(sql.ref(`${table}.${column}`), '>', after)
          .where((eb) => eb.or([eb('blobs.sha256', 'is', null), eb('blobs.state', '=', 'deleting')]))
          .where(LIVE[table])
          .orderBy('sha256')
          .limit(PAGE)
          .execute();
        for (const { sha256, state } of page) {
          yield { sha256, state: state === 'deleting' ? state : undefined };
        }
        after = page.at(-1)?.sha256 ?? after;
        last = page.length;
      }
    }
  }

  /** Records a blob that something refers to. The time of its writing is not known. */
  async record(sha256: string, sizeBytes: number): Promise<boolean> {
    const made = await this.#db.kysely
      .insertInto('blobs')
      .values({ sha256, size_bytes: sizeBytes, state: 'kept', touched_at: 0, review_at: null })
      .onConflict((conflict) => conflict.column('sha256').doNothing())
      .executeTakeFirst();
    return made.numInsertedOrUpdatedRows === 1n;
  }

  /** Takes back a removal that nobody is at any more. @param now Unix milliseconds */
  async pardon(sha256: string, now: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#db.kysely
      .updateTable('blobs')
      .set({ state: 'kept', review_at: null })
      .where('sha256', '=', sha256)
      .where('state', '=', 'deleting')
      .where('review_at', '<=', now)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** Blobs that nothing refers to and that no sweep will look at. */
  async *listForgotten(): AsyncGenerator<{ readonly sha256: string; readonly sizeBytes: number }> {
    for (let after = '', last = PAGE; last === PAGE;) {
      const page = await forgotten(this.#db.kysely)
        .select(['blobs.sha256', 'blobs.size_bytes'])
        .where('blobs.sha256', '>', after)
        .orderBy('blobs.sha256')
        .limit(PAGE)
        .execute();
      for (const { sha256, size_bytes: sizeBytes } of page) yield { sha256, sizeBytes };
      after = page.at(-1)?.sha256 ?? after;
      last = page.length;
    }
  }

  /** Lets the next sweep look at such a blob. @param now Unix milliseconds */
  async review(sha256: string, now: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#db.kysely
      .updateTable('blobs')
      .set({ review_at: now })
      .where('sha256', '=', sha256)
      .where('review_at', 'is', null)
      .where('state', '!=', 'deleting')
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** Pictures that are marked as kept by a file which is not there: they would never end. */
  async *listKeptByNothing(): AsyncGenerator<{ readonly imageId: string; readonly fileId: string }> {
    for (let after = '', last = PAGE; last === PAGE;) {
      const page = await this.#db.kysely
        .selectFrom('images')
        .leftJoin('files', (join) =>
          join.onRef('files.id', '=', 'images.file_id').on('files.removed_at', 'is', null),
        )
        .select(['images.id', 'images.file_id'])
        .where('images.removed_at', 'is', null)
        .where('images.file_id', 'is not', null)
        .where('files.id', 'is', null)
        .where('images.id', '>', after)
        .orderBy('images.id')
        .limit(PAGE)
        .execute();
      for (const row of page) yield { imageId: row.id, fileId: row.file_id ?? '' };
      after = page.at(-1)?.id ?? after;
      last = page.length;
    }
  }

  /** Lets such a picture end at its own time. */
  async unkeep(imageId: string, fileId: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#db.kysely
      .updateTable('images')
      .set({ file_id: null })
      .where('id', '=', imageId)
      .where('file_id', '=', fileId)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** Sums of stored files that differ from the files. */
  async listWrongTotals(): Promise<readonly WrongTotal[]> {
    const { rows } = await sql<{
      workspace_id: string;
      mode: Mode;
      key_id: string;
      files: number | string;
      bytes: number | string;
    }>`
      select workspace_id, mode, key_id, sum(files) as files, sum(bytes) as bytes
      from (
        select workspace_id, mode, key_id, count(*) as files, sum(size_bytes) as bytes
          from files where removed_at is null group by workspace_id, mode, key_id
        union all
        select workspace_id, mode, '', count(*), sum(size_bytes)
          from files where removed_at is null group by workspace_id, mode
        union all
        select workspace_id, mode, key_id, -files, -file_bytes from storage_totals
      ) as sums
      group by workspace_id, mode, key_id
      having sum(files) <> 0 or sum(bytes) <> 0
      order by workspace_id, mode, key_id`.execute(this.#db.kysely);
    return rows.map((row) => ({
      workspaceId: row.workspace_id,
      mode: row.mode,
      keyId: row.key_id,
      files: Number(row.files),
      bytes: Number(row.bytes),
    }));
  }

  /** Adds the difference: whatever is counted at the same time stays counted. */
  async correctTotal({ workspaceId, mode, keyId, files, bytes }: WrongTotal): Promise<void> {
    await this.#db.transact((trx) => addToTotal(trx, { workspaceId, mode, keyId }, { files, bytes }));
  }
}

function forgotten(db: Kysely<Database>) {
  let query = db.selectFrom('blobs').where('blobs.state', '!=', 'deleting').where('review_at', 'is', null);
  for (const [table, column] of REFERENCES) {
    query = query.where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom(table)
            .select(sql`1`.as('one'))
            .where(sql.ref(`${table}.${column}`), '=', sql.ref('blobs.sha256'))
            .where(LIVE[table]),
        ),
      ),
    );
  }
  return query;
}
