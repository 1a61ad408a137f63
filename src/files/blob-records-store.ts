import { setTimeout as sleep } from 'node:timers/promises';
import type { InsertResult } from 'kysely';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import { prepare } from '../db/prepared.js';
import { invariant } from '../errors.js';

/**
 * How long a blob that nothing refers to is left alone: its generation records the reference when it ends, and that can be
 * long after its first picture came.
 */
const GRACE_MS = 6 * 60 * 60 * 1000;

/** How long a removal can take at the very most; one that lasts longer was left by a process that died. */
const REMOVAL_MS = 10 * 60 * 1000;

const touch = prepare<{ sha256: string; sizeBytes: number; now: number }, InsertResult>((db, value) =>
  db
    .insertInto('blobs')
    .values({
      sha256: value('sha256'),
      size_bytes: value('sizeBytes'),
      state: 'kept',
      touched_at: value('now'),
    })
    .onConflict((conflict) =>
      conflict
        .column('sha256')
        .doUpdateSet({ touched_at: value('now') })
        .where('blobs.state', '=', 'kept'),
    ),
);

/**
 * Which blobs exist and which are being removed. A writer touches its blob's record before the blob becomes visible,
 * and the sweeper removes only blobs that nobody touched for the grace period, so that a picture with the same bytes as
 * an old one is never removed under its writer.
 */
export class BlobRecords {
  readonly #db: Db;
  readonly #clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Records that a blob is about to be referred to; waits while an old one of the same bytes is being removed. */
  async touch(sha256: string, sizeBytes: number): Promise<void> {
    for (let tries = 0; tries < 500; tries += 1) {
      const now = this.#clock().getTime();
      const written = await this.#db.write((db) => touch.write(db, { sha256, sizeBytes, now }));
      if (written === 1) return;
      await sleep(20);
    }
    invariant(false, 'a removal of a blob ends');
  }

  /**
   * Marks up to `limit` blobs that nothing refers to as being removed, for this sweep alone: the mark's time keeps other
   * sweeps away. What a dead process marked comes up again soon, because writers of the same bytes wait for it.
   *
   * A blob that a writer touches at this moment stays. On SQLite one of the two transactions comes wholly first. On
   * PostgreSQL the chosen rows are locked, with their age checked once more as they are then, and rows that somebody else
   * has locked are passed over.
   * @returns their hashes
   */
  async claimRemovable(limit: number): Promise<readonly string[]> {
    return this.#db.transact(async (trx) => {
      const now = this.#clock().getTime();
      const rows = await trx
        .selectFrom('blobs')
        .select('sha256')
        .where('touched_at', '<', now - REMOVAL_MS)
        .where((eb) => eb.or([eb('state', '=', 'deleting'), eb('touched_at', '<', now - GRACE_MS)]))
        .where((eb) =>
          eb.and([
            ...(['images.blob_sha256', 'images.continuation_sha256', 'images.original_sha256'] as const).map(
              (column) =>
                eb.not(
                  eb.exists(
                    eb
                      .selectFrom('images')
                      .select('images.id')
                      .whereRef(column, '=', 'blobs.sha256')
                      .where('images.removed_at', 'is', null),
                  ),
                ),
            ),
            ...(['received_images.blob_sha256', 'received_images.continuation_sha256'] as const).map(
              (column) =>
                eb.not(
                  eb.exists(
                    eb
                      .selectFrom('received_images')
                      .select('received_images.position')
                      .whereRef(column, '=', 'blobs.sha256'),
                  ),
                ),
            ),
            ...(['generation_inputs.blob_sha256', 'generation_inputs.continuation_sha256'] as const).map(
              (column) =>
                eb.not(
                  eb.exists(
                    eb
                      .selectFrom('generation_inputs')
                      .select('generation_inputs.position')
                      .whereRef(column, '=', 'blobs.sha256')
                      .where('generation_inputs.removed_at', 'is', null),
                  ),
                ),
            ),
          ]),
        )
        .orderBy('touched_at')
        .limit(limit)
        .forNoKeyUpdate()
        .skipLocked()
        .execute();
      const hashes = rows.map((row) => row.sha256);
      if (hashes.length > 0) {
        await trx
          .updateTable('blobs')
          .set({ state: 'deleting', touched_at: now })
          .where('sha256', 'in', hashes)
          .execute();
      }
      return hashes;
    });
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
