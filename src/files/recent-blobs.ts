import type { Readable } from 'node:stream';
import { Slabs } from '../slabs.js';
import type { BlobStore, BlobWriter, Borrowed, ByteRange, PresignOptions, StoredBlob } from './blob-store.js';
import { Recording } from './recording.js';

/** A blob that is larger than this part of the budget is not kept: it would push out all others. */
const LARGEST_PART = 4;

/** What is kept is cut to this size, or to this part of a small budget. */
const SLAB_BYTES = 64 * 1024;
const SLAB_PART = 64;

/**
 * Keeps what was just stored in memory, so that the answer that follows need not read it back. All that is kept, of blobs
 * that are still being written too, stays within one budget: what was stored first gives way, and a recording that finds no
 * room is given up. The store behind it stays the only truth: nothing is kept that is not stored.
 */
export class RecentBlobs implements BlobStore {
  readonly #store: BlobStore;
  readonly #budgetBytes: number;
  readonly #slabs: Slabs;
  readonly #kept = new Map<string, Recording>();
  #heldBytes = 0;
  readonly presign?: (sha256: string, options: PresignOptions) => Promise<string>;

  /** @param budgetBytes of memory for everything that is kept */
  constructor(store: BlobStore, budgetBytes: number) {
    this.#store = store;
    this.#budgetBytes = budgetBytes;
    this.#slabs = new Slabs(Math.max(1, Math.min(SLAB_BYTES, Math.floor(budgetBytes / SLAB_PART))));
    const presign = store.presign?.bind(store);
    if (presign !== undefined) this.presign = presign;
  }

  openWriter(): BlobWriter {
    const writer = this.#store.openWriter();
    let recording: Recording | undefined = new Recording('bytes', this.#slabs);
    const giveUp = () => {
      this.#heldBytes -= recording?.heldBytes ?? 0;
      recording?.free();
      recording = undefined;
    };
    return {
      write: (chunk, isLent) => {
        if (recording?.kind === 'bytes' && !this.#record(recording, chunk)) giveUp();
        return writer.write(chunk, isLent);
      },
      echo: (text) => {
        if (recording?.kind === 'bytes') {
          // Bytes may have come before the text they come from; from here on only that is kept.
          const isFirst = recording.length === 0;
          giveUp();
          if (isFirst) recording = new Recording('base64', this.#slabs);
        }
        if (recording !== undefined && (text === undefined || !this.#record(recording, text))) giveUp();
      },
      finish: async (beforeVisible) => {
        let stored: StoredBlob;
        try {
          stored = await writer.finish(beforeVisible);
        } catch (error) {
          giveUp();
          throw error;
        }
        if (recording?.kind === 'base64' && !isCanonical(recording, stored.sizeBytes)) giveUp();
        if (recording !== undefined) {
          this.#forget(stored.sha256);
          this.#kept.set(stored.sha256, recording);
          recording = undefined;
        }
        return stored;
      },
      discard: () => {
        giveUp();
        return writer.discard();
      },
    };
  }

  read(sha256: string, range?: ByteRange): Readable {
    const kept = this.#kept.get(sha256);
    // Whole a text is read to be worked on or streamed; a part of it is not worth finding.
    const isAtHand = kept !== undefined && (kept.kind === 'bytes' || range === undefined);
    return isAtHand ? kept.stream(range) : this.#store.read(sha256, range);
  }

  borrowBase64(sha256: string): Borrowed | undefined {
    const kept = this.#kept.get(sha256);
    if (kept?.kind !== 'base64') return undefined;
    const unpin = kept.pin();
    return {
      chunks: kept.chunks,
      giveBack: () => {
        unpin();
        // An answer is given once: who asks again reads from the store.
        if (!kept.isRead && this.#kept.get(sha256) === kept) this.#forget(sha256);
      },
    };
  }

  has(sha256: string): Promise<boolean> {
    return this.#store.has(sha256);
  }

  async delete(sha256: string): Promise<void> {
    this.#forget(sha256);
    await this.#store.delete(sha256);
  }

  check(sizeBytes: number): Promise<void> {
    return this.#store.check(sizeBytes);
  }

  removeLeftovers(before: Date): Promise<number> {
    return this.#store.removeLeftovers(before);
  }

  /** @returns false when there is no room */
  #record(recording: Recording, chunk: Uint8Array): boolean {
    const growth = recording.growth(chunk.byteLength);
    if (recording.heldBytes + growth > this.#budgetBytes / LARGEST_PART) return false;
    for (const [oldest, kept] of this.#kept) {
      if (this.#heldBytes + growth <= this.#budgetBytes) break;
      if (!kept.isRead) this.#forget(oldest);
    }
    if (this.#heldBytes + growth > this.#budgetBytes) return false;
    const before = recording.heldBytes;
    recording.append(chunk);
    this.#heldBytes += recording.heldBytes - before;
    return true;
  }

  #forget(sha256: string): void {
    const kept = this.#kept.get(sha256);
    if (kept === undefined) return;
    this.#kept.delete(sha256);
    this.#heldBytes -= kept.heldBytes;
    kept.free();
  }
}

/** Whether a text is what encoding the bytes would give: padded, and with nothing in the bits that stand for none. */
function isCanonical(recording: Recording, sizeBytes: number): boolean {
  if (recording.length !== 4 * Math.ceil(sizeBytes / 3)) return false;
  const last = recording.tail(4).toString('latin1');
  return Buffer.from(last, 'base64').toString('base64') === last;
}
