import type { Readable } from 'node:stream';

/** First and last byte, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A blob as its writer leaves it. */
export interface StoredBlob {
  /** Hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Takes the bytes of one blob in order. */
export interface BlobWriter {
  /** @param isLent its memory is used again when the promise has resolved; otherwise it is never changed */
  write(chunk: Uint8Array, isLent?: boolean): Promise<void>;
  /** The base64 text that the bytes come from, as of an image sink; only stores that keep it take it. It may be changed afterwards. */
  echo?(text: Buffer | undefined): void;
  /**
   * Makes the blob durable and visible under its hash.
   * @param beforeVisible runs when the hash is known and before the blob can be read or removed by anybody else
   */
  finish(beforeVisible: (sha256: string, sizeBytes: number) => Promise<void>): Promise<StoredBlob>;
  /** Drops what was written; harmless after `finish`. */
  discard(): Promise<void>;
}

/** How a link hands out a blob. */
export interface PresignOptions {
  /** Life of the link, in seconds: 1 to 604,800. */
  readonly expiresInS: number;
  /** The answer's content type. */
  readonly contentType: string;
  /** The answer's `Content-Disposition`, such as `inline` or `attachment; filename="fox.png"`. */
  readonly disposition: string;
}

/** Memory of the store's that somebody reads. */
export interface Borrowed {
  readonly chunks: readonly Buffer[];
  /** To be called once nobody reads it any more: from then on it makes room for others. Harmless when called again. */
  readonly giveBack: () => void;
}

/** Immutable bytes by their SHA-256 (hexadecimal). */
export interface BlobStore {
  openWriter(): BlobWriter;
  /** The base64 text of a blob that just came as such, if it is still at hand. */
  borrowBase64?(sha256: string): Borrowed | undefined;
  /** The stream fails with ENOENT when the blob is gone. Bytes of the range that the blob doesn't have are left out. */
  read(sha256: string, range?: ByteRange): Readable;
  has(sha256: string): Promise<boolean>;
  /** Harmless when the blob is gone already. */
  delete(sha256: string): Promise<void>;
  /** Answers if a blob of so many bytes could be written; throws otherwise. */
  check(sizeBytes: number): Promise<void>;
  /**
   * Removes what writers that died left half-written before the given time. Harmless beside others that write, as long
   * as no writer takes longer than that.
   * @returns how many were removed
   */
  removeLeftovers(before: Date): Promise<number>;
  /** A link to the bytes at the store itself, where the store can make one. It works without any other key. */
  presign?(sha256: string, options: PresignOptions): Promise<string>;
}

/** True for what reading a blob fails with that is not there. */
export function isBlobMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
