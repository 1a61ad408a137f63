import type { BlobStore } from './blob-store.js';
import type { BlobRecords } from './blob-records-store.js';

const BATCH = 200;

/** Gives up pictures whose time is over. Implemented by the image store; passed in so that files know no images. */
export interface ExpiringRecords {
  /** Marks up to `limit` expired pictures as removed. @returns how many */
  removeExpired(limit: number): Promise<number>;
}

/**
 * One sweep: expired pictures lose their bytes, blobs that nothing refers to are deleted.
 * @returns how many of each
 */
export async function sweep(
  expiring: ExpiringRecords,
  records: BlobRecords,
  blobs: BlobStore,
): Promise<{ readonly pictures: number; readonly blobs: number }> {
  let pictures = 0;
  for (let last = BATCH; last === BATCH; pictures += last) last = await expiring.removeExpired(BATCH);
  let removed = 0;
  for (let last = BATCH; last === BATCH; removed += last) {
    const hashes = await records.claimRemovable(BATCH);
    await removeBlobs(hashes, records, blobs);
    last = hashes.length;
  }
  return { pictures, blobs: removed };
}

/** Ends the removals that an earlier process began, so that no writer of the same bytes has to wait for them. */
export async function finishRemovals(records: BlobRecords, blobs: BlobStore): Promise<void> {
  await removeBlobs(await records.listLeftovers(), records, blobs);
}

async function removeBlobs(hashes: readonly string[], records: BlobRecords, blobs: BlobStore): Promise<void> {
  for (const sha256 of hashes) {
    await blobs.delete(sha256);
    await records.forget(sha256);
  }
}
