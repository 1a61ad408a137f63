import type { BlobStore } from './blob-store.js';
import type { BlobRecords } from './blob-records-store.js';

const BATCH = 200;

/** Removals side by side: a writer of the same bytes waits for the end of a batch. */
const REMOVALS_AT_ONCE = 16;

/** Uploads that nobody finished for so long belong to a process that ended. */
export const LEFTOVER_AGE_MS = 6 * 60 * 60 * 1000;

/** Gives up what has had its time. Passed in so that files know no images. */
export interface ExpiringRecords {
  /** Marks up to `limit` expired records as removed. @returns how many */
  removeExpired(limit: number): Promise<number>;
}

/**
 * One sweep: expired records lose their bytes, blobs that nothing refers to are deleted.
 * @param expiring in this order: a file that ends may leave a picture that has ended before
 * @returns how many of each
 */
export async function sweep(
  expiring: readonly ExpiringRecords[],
  records: BlobRecords,
  blobs: BlobStore,
  now: Date,
): Promise<{ readonly pictures: number; readonly blobs: number }> {
  let pictures = 0;
  for (const records of expiring) {
    for (let last = BATCH; last === BATCH; pictures += last) last = await records.removeExpired(BATCH);
  }
  let removed = 0;
  for (let last = BATCH; last > 0; removed += last) {
    const hashes = await records.claimRemovable(BATCH);
    await removeBlobs(hashes, records, blobs);
    last = hashes.length;
  }
  await blobs.removeLeftovers(new Date(now.getTime() - LEFTOVER_AGE_MS));
  return { pictures, blobs: removed };
}

/** Ends the removals that an earlier process began, so that no writer of the same bytes has to wait for them. */
export async function finishRemovals(records: BlobRecords, blobs: BlobStore): Promise<void> {
  await removeBlobs(await records.listLeftovers(), records, blobs);
}

async function removeBlobs(hashes: readonly string[], records: BlobRecords, blobs: BlobStore): Promise<void> {
  for (let start = 0; start < hashes.length; start += REMOVALS_AT_ONCE) {
    await Promise.all(
      hashes.slice(start, start + REMOVALS_AT_ONCE).map(async (sha256) => {
        await blobs.delete(sha256);
        await records.forget(sha256);
      }),
    );
  }
}
