import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type InsertResult, type Kysely, type Transaction } from 'kysely';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import { prepare } from '../db/prepared.js';
import type { Database } from '../db/schema.js';
import { invariant } from '../errors.js';

/**
 * How long a blob that nothing refers to is left alone after it was written: its generation records the reference when it
 * ends, and that can be long after its first picture came.
 */
export const GRACE_MS = 6 * 60 * 60 * 1000;

/** How long a removal can take at the very most; one that lasts longer was left by a process that died. */
export const REMOVAL_MS = 10 * 60 * 1000;

/**
 * How long bytes that just came are left alone although nothing refers to them any more: somebody who sends the same bytes
 * at this moment is about to. Whoever takes longer finds out in time, see `holdBlobs`.
 */
const QUIET_MS = 60_000;

/** When a blob is looked at again that somebody may be about to refer to. */
const AGAIN_MS = 30_000;

/** Clocks of processes differ by less. */
const CLOCK_SKEW_MS = 60_000;

const touch = prepare<{ sha256: string; sizeBytes: number; now: number; reviewAt: number }, InsertResult>(
  (db, value) =>
    db
      .insertInto('blobs')
      .values({
        sha256: value('sha256'),
        size_bytes: value('sizeBytes'),
        state: 'kept',
        touched_at: value('now'),
        review_at: value('reviewAt'),
      })
      .onConflict((conflict) =>
        conflict
          .column('sha256')
          .doUpdateSet({ state: 'kept', touched_at: value('now'), review_at: value('reviewAt') })
          .where('blobs.state', '!=', 'deleting'),
      ),
);

/**
 * Which blobs exist and which are being removed. Whoever writes a blob touches its record before the blob becomes visible;
 * whoever gives up a reference says so in the same transaction (`releaseBlobs`). The sweeper looks at a blob when a
 * reference was given up, or when its grace period after a touch is over, and at no others: a million kept pictures cost
 * a sweep nothing. A blob whose last reference was given up goes with the next sweep, unless it was touched within the last
 * minute or a generation is running that may have received the same bytes; a blob that nobody ever referred to goes after
 * the grace period.
 */
export class BlobRecords {
  readonly #db: Db;
  readonly #clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /**
   * Records that a blob is about to be referred to; waits while an old one of the same bytes is being removed.
   * @param isPaid waits for a database that is gone, too
   */
  async touch(sha256: string, sizeBytes: number, isPaid = false): Promise<void> {
    for (let tries = 0; tries < 500; tries += 1) {
      const now = this.#clock().getTime();
      const values = { sha256, sizeBytes, now, reviewAt: now + GRACE_MS + 1 };
      const writing = isPaid
        ? this.#db.write((db) => touch.write(db, values))
        : this.#db.transact((trx) => touch.write(trx, values));
      if ((await writing) === 1) return;
      await sleep(20);
    }
    invariant(false, 'a removal of a blob ends');
  }

  /**
   * Keeps a blob that exists already from being removed until somebody refers to it.
   * @returns false when it is gone, or about to be
   */
  async retouch(sha256: string): Promise<boolean> {
    const now = this.#clock().getTime();
    const { numUpdatedRows } = await this.#db.kysely
      .updateTable('blobs')
      .set({ touched_at: now, review_at: now + GRACE_MS + 1 })
      .where('sha256', '=', sha256)
      .where('state', '=', 'kept')
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /**
   * Marks up to `limit` blobs that nothing refers to as being removed, for this sweep alone: the time of their next review
   * keeps other sweeps away. What a dead process marked comes up again soon, because writers of the same bytes wait for it.
   *
   * A blob that a writer touches at this moment stays, and so does one to which a reference is being recorded or given up.
   * On SQLite one of the two transactions comes wholly first. On PostgreSQL the blobs' rows are locked before anybody asks
   * what refers to them, and rows that somebody else has locked are passed over.
   * @returns their hashes; none when there are no more for now
   */
  async claimRemovable(limit: number): Promise<readonly string[]> {
    for (;;) {
      const { due, removable } = await this.#db.transact((trx) => this.#review(trx, limit));
      if (removable.length > 0 || due === 0) return removable;
    }
  }

  async #review(
    trx: Transaction<Database>,
    limit: number,
  ): Promise<{ readonly due: number; readonly removable: readonly string[] }> {
    const now = this.#clock().getTime();
    const due = await trx
      .selectFrom('blobs')
      .select(['sha256', 'state', 'touched_at'])
      .where('review_at', '<=', now)
      .orderBy('review_at')
      .limit(limit)
      .forNoKeyUpdate()
      .skipLocked()
      .execute();
    if (due.length === 0) return { due: 0, removable: [] };
    const referred = await findReferred(
      trx,
      due.map(({ sha256 }) => sha256),
    );
    // Their generations may end as failed and be found again: they are watched, never settled.
    const received = await findReceived(
      trx,
      due.map(({ sha256 }) => sha256),
    );
    const running = await trx
      .selectFrom('generations')
      .select((eb) => eb.fn.min('created_at').as('since'))
      .where('status', 'in', ['queued', 'running'])
      .executeTakeFirst();
    const since = running?.since ?? Infinity;
    const isRemovable = (blob: (typeof due)[number]) =>
      blob.state === 'deleting' ||
      (!referred.has(blob.sha256) &&
        !received.has(blob.sha256) &&
        (blob.touched_at < now - GRACE_MS ||
          (blob.touched_at <= now - QUIET_MS && blob.touched_at + CLOCK_SKEW_MS < since)));
    const removable = due.filter(isRemovable).map(({ sha256 }) => sha256);
    await reviewAgain(trx, removable, { state: 'deleting', review_at: now + REMOVAL_MS + 1 });
    const settled = due.filter((blob) => !isRemovable(blob)).map(({ sha256 }) => sha256);
    const isKept = (sha256: string) => referred.has(sha256);
    await reviewAgain(trx, settled.filter(isKept), { review_at: null });
    const later = settled.filter((sha256) => !isKept(sha256));
    await reviewAgain(trx, later, { review_at: now + AGAIN_MS });
    return { due: due.length, removable };
  }

  /**
   * What an earlier process on an embedded database began to remove. Only for the start, before anything is written. On
   * PostgreSQL nothing: other processes run, and what is marked may be in their hands (see `claimRemovable`).
   */
  async listLeftovers(): Promise<readonly string[]> {
    if (this.#db.dialect === 'postgres') return [];
    const rows = await this.#db.kysely
      .selectFrom('blobs')
      .select('sha256')
      .where('state', '=', 'deleting')
      .execute();
    return rows.map((row) => row.sha256);
  }

  /** Forgets a blob whose bytes are gone. */
  async forget(sha256: string): Promise<void> {
    await this.#db.kysely
      .deleteFrom('blobs')
      .where('sha256', '=', sha256)
      .where('state', '=', 'deleting')
      .execute();
  }
}

/**
 * Says that a reference to these blobs was given up, in the transaction that does so: the next sweep looks at them.
 * @param now Unix milliseconds
 */
export async function releaseBlobs(
  trx: Transaction<Database>,
  hashes: readonly (string | null)[],
  now: number,
): Promise<void> {
  const given = [...new Set(hashes.filter((sha256) => sha256 !== null))].sort();
  if (given.length === 0) return;
  await trx
    .updateTable('blobs')
    .set({ review_at: now })
    .where('sha256', 'in', given)
    .where('state', '!=', 'deleting')
    .execute();
}

/** The same for everything that belongs to pictures which are given up. @param now Unix milliseconds */
export async function releaseImageBlobs(
  trx: Transaction<Database>,
  imageIds: readonly string[],
  now: number,
): Promise<void> {
  if (imageIds.length === 0) return;
  const images = await trx
    .selectFrom('images')
    .select(['blob_sha256', 'continuation_sha256', 'original_sha256'])
    .where('id', 'in', imageIds)
    .execute();
  const previews = await trx
    .deleteFrom('image_previews')
    .where('image_id', 'in', imageIds)
    .returning('blob_sha256')
    .execute();
  const hashes = [
    ...images.flatMap((row) => [row.blob_sha256, row.continuation_sha256, row.original_sha256]),
    ...previews.map((row) => row.blob_sha256),
  ];
  await releaseBlobs(trx, hashes, now);
}

/**
 * Proves, in the transaction that records a reference to them, that blobs are there to stay: a sweep that wants one of them
 * waits and then sees the reference.
 * @returns false when one of them is gone, or about to be
 */
export async function holdBlobs(trx: Transaction<Database>, hashes: readonly string[]): Promise<boolean> {
  const wanted = [...new Set(hashes)];
  const rows = await trx
    .selectFrom('blobs')
    .select('sha256')
    .where('sha256', 'in', wanted)
    .where('state', '=', 'kept')
    .orderBy('sha256')
    .forNoKeyUpdate()
    .execute();
  return rows.length === wanted.length;
}

const REFERENCES = [
  ['images', 'blob_sha256'],
  ['images', 'continuation_sha256'],
  ['images', 'original_sha256'],
  ['generation_inputs', 'blob_sha256'],
  ['generation_inputs', 'continuation_sha256'],
  ['files', 'blob_sha256'],
] as const;

/** Which of the given blobs anything refers to. */
export async function findReferred(
  db: Kysely<Database> | Transaction<Database>,
  hashes: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const [table, column] of REFERENCES) {
    const rows = await db
      .selectFrom(table)
      .select(sql.ref<string>(column).as('sha256'))
      .where(sql.ref(column), 'in', hashes)
      .where(sql.ref('removed_at'), 'is', null)
      .execute();
    for (const { sha256 } of rows) found.add(sha256);
  }
  const previews = await db
    .selectFrom('image_previews')
    .innerJoin('images', 'images.id', 'image_previews.image_id')
    .select('image_previews.blob_sha256 as sha256')
    .where('image_previews.blob_sha256', 'in', hashes)
    .where('images.removed_at', 'is', null)
    .execute();
  for (const { sha256 } of previews) found.add(sha256);
  return found;
}

/** Which of the given blobs are pictures that came for a generation that runs. */
async function findReceived(
  db: Transaction<Database>,
  hashes: readonly string[],
): Promise<ReadonlySet<string | null>> {
  const rows = await db
    .selectFrom('received_images')
    .select(['blob_sha256', 'continuation_sha256'])
    .where((eb) => eb.or([eb('blob_sha256', 'in', hashes), eb('continuation_sha256', 'in', hashes)]))
    .execute();
  return new Set(rows.flatMap((row) => [row.blob_sha256, row.continuation_sha256]));
}

async function reviewAgain(
  trx: Transaction<Database>,
  hashes: readonly string[],
  change: { readonly state?: 'deleting'; readonly review_at: number | null },
): Promise<void> {
  if (hashes.length === 0) return;
  await trx.updateTable('blobs').set(change).where('sha256', 'in', hashes).execute();
}
