import { Readable } from 'node:stream';
import type { BlobStore, BlobWriter, Borrowed, ByteRange, PresignOptions, StoredBlob } from './blob-store.js';

/** A blob that is larger than this part of the budget is not kept: it would push out all others. */
const LARGEST_PART = 4;

/** A view of less than this part of its memory is copied, so that a small picture does not hold a large buffer. */
const SMALLEST_VIEW = 2;

/** One blob while it is written: its bytes, or the base64 text that they come from. */
interface Recording {
  kind: 'bytes' | 'base64';
  chunks: Buffer[];
  /** Of all chunks. */
  length: number;
  /** Memory that the chunks keep. */
  heldBytes: number;
  /** Answers that are being given from it: until they have ended it can't give way. */
  readers: number;
}

/**
 * Keeps what was just stored in memory, so that the answer that follows need not read it back. All that is kept, of blobs
 * that are still being written too, stays within one budget: what was stored first gives way, and a recording that finds no
 * room is given up. The store behind it stays the only truth: nothing is kept that is not stored.
 */
export class RecentBlobs implements BlobStore {
  readonly #store: BlobStore;
  readonly #budgetBytes: number;
  readonly #kept = new Map<string, Recording>();
  #heldBytes = 0;
  readonly presign?: (sha256: string, options: PresignOptions) => Promise<string>;

  /** @param budgetBytes of memory for everything that is kept */
  constructor(store: BlobStore, budgetBytes: number) {
    this.#store = store;
    this.#budgetBytes = budgetBytes;
    const presign = store.presign?.bind(store);
    if (presign !== undefined) this.presign = presign;
  }

  openWriter(): BlobWriter {
    const writer = this.#store.openWriter();
    let recording: Recording | undefined = newRecording('bytes');
    const giveUp = () => {
      this.#heldBytes -= recording?.heldBytes ?? 0;
      recording = undefined;
    };
    return {
      write: (chunk) => {
        if (recording?.kind === 'bytes' && !this.#record(recording, chunk)) giveUp();
        return writer.write(chunk);
      },
      echo: (text) => {
        if (recording?.kind === 'bytes') {
          // Bytes may have come before the text they come from; from here on only that is kept.
          const isFirst = recording.length === 0;
          giveUp();
          if (isFirst) recording = newRecording('base64');
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
    if (kept === undefined) return this.#store.read(sha256, range);
    if (kept.kind === 'base64') {
      // Whole it is read to be worked on or streamed; a part of it is not worth finding in the text.
      if (range !== undefined) return this.#store.read(sha256, range);
      return Readable.from(decode(kept.chunks), { objectMode: false });
    }
    return Readable.from(range === undefined ? kept.chunks : cut(kept.chunks, range), { objectMode: false });
  }

  borrowBase64(sha256: string): Borrowed | undefined {
    const kept = this.#kept.get(sha256);
    if (kept?.kind !== 'base64') return undefined;
    kept.readers += 1;
    let given = false;
    const giveBack = () => {
      if (given) return;
      given = true;
      kept.readers -= 1;
      // An answer is given once: who asks again reads from the store.
      if (kept.readers === 0 && this.#kept.get(sha256) === kept) this.#forget(sha256);
    };
    return { chunks: kept.chunks, giveBack };
  }

  has(sha256: string): Promise<boolean> {
    return this.#store.has(sha256);
  }

  async delete(sha256: string): Promise<void> {
    this.#forget(sha256);
    await this.#store.delete(sha256);
  }

  check(): Promise<void> {
    return this.#store.check();
  }

  removeLeftovers(before: Date): Promise<number> {
    return this.#store.removeLeftovers(before);
  }

  /** @returns false when there is no room */
  #record(recording: Recording, chunk: Uint8Array): boolean {
    const wasteful = chunk.byteLength * SMALLEST_VIEW < chunk.buffer.byteLength;
    const bytes = wasteful
      ? Buffer.from(chunk)
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const held = wasteful ? chunk.byteLength : chunk.buffer.byteLength;
    if (recording.heldBytes + held > this.#budgetBytes / LARGEST_PART) return false;
    for (const [oldest, { readers }] of this.#kept) {
      if (this.#heldBytes + held <= this.#budgetBytes) break;
      if (readers === 0) this.#forget(oldest);
    }
    if (this.#heldBytes + held > this.#budgetBytes) return false;
    recording.chunks.push(bytes);
    recording.length += bytes.length;
    recording.heldBytes += held;
    this.#heldBytes += held;
    return true;
  }

  #forget(sha256: string): void {
    const kept = this.#kept.get(sha256);
    if (kept === undefined) return;
    this.#kept.delete(sha256);
    this.#heldBytes -= kept.heldBytes;
  }
}

function newRecording(kind: Recording['kind']): Recording {
  return { kind, chunks: [], length: 0, heldBytes: 0, readers: 0 };
}

/** Whether a text is what encoding the bytes would give: padded, and with nothing in the bits that stand for none. */
function isCanonical({ chunks, length }: Recording, sizeBytes: number): boolean {
  if (length !== 4 * Math.ceil(sizeBytes / 3)) return false;
  const last = Buffer.concat(chunks.slice(-2)).subarray(-4).toString('latin1');
  return Buffer.from(last, 'base64').toString('base64') === last;
}

/** The bytes of a canonical text: its length is a multiple of four, but those of its chunks need not be. */
function* decode(chunks: readonly Buffer[]): Generator<Buffer, void, undefined> {
  let rest = '';
  for (const chunk of chunks) {
    const text = rest + chunk.toString('latin1');
    const end = text.length - (text.length % 4);
    rest = text.slice(end);
    if (end > 0) yield Buffer.from(text.slice(0, end), 'base64');
  }
}

/** The part of the chunks that the range names; both of its ends belong to it. */
function cut(chunks: readonly Buffer[], { start, end }: ByteRange): Buffer[] {
  let from = 0;
  return chunks.flatMap((chunk) => {
    const part = chunk.subarray(Math.max(0, start - from), Math.max(0, end + 1 - from));
    from += chunk.length;
    return part.length === 0 ? [] : [part];
  });
}
