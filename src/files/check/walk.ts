import type { ListedBlob } from '../blob-inspection.js';
import type { BlobRecord } from './checked-records-store.js';

/** One blob, as the records and the store know it; at least one of them does. */
export interface Pair {
  readonly sha256: string;
  readonly record: BlobRecord | undefined;
  readonly listed: ListedBlob | undefined;
}

/**
 * Walks through both lists at once, each by ascending hash, so that neither is in memory whole. Two processes that write and
 * remove meanwhile, or an order that differs, can leave a pair torn: whoever minds looks again.
 * @param onForeign told of what stands among the blobs and is none
 */
export async function* pairs(
  records: AsyncIterable<BlobRecord>,
  blobs: AsyncIterable<ListedBlob>,
  onForeign: (thing: ListedBlob) => void,
): AsyncGenerator<Pair> {
  const [left, right] = [records[Symbol.asyncIterator](), hashed(blobs, onForeign)[Symbol.asyncIterator]()];
  let record = await take(left);
  let blob = await take(right);
  while (record !== undefined || blob !== undefined) {
    if (blob === undefined || (record !== undefined && record.sha256 < blob.sha256)) {
      if (record !== undefined) yield { sha256: record.sha256, record, listed: undefined };
      record = await take(left);
    } else if (record === undefined || blob.sha256 < record.sha256) {
      yield { sha256: blob.sha256, record: undefined, listed: blob };
      blob = await take(right);
    } else {
      yield { sha256: blob.sha256, record, listed: blob };
      record = await take(left);
      blob = await take(right);
    }
  }
}

async function take<T>(from: AsyncIterator<T>): Promise<T | undefined> {
  const next = await from.next();
  return next.done === true ? undefined : next.value;
}

async function* hashed(blobs: AsyncIterable<ListedBlob>, onForeign: (thing: ListedBlob) => void) {
  for await (const blob of blobs) {
    const { sha256 } = blob;
    if (sha256 === undefined) onForeign(blob);
    else yield { ...blob, sha256 };
  }
}
