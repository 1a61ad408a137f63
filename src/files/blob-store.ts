import type { Readable } from 'node:stream';

/** First and last byte, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Takes the bytes of one blob in order. */
export interface BlobWriter {
  /** The chunk must not be changed afterwards. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Makes the blob durable and visible under its hash.
   * @param beforeVisible runs when the hash is known and before the blob can be read or removed by anybody else
   */
  finish(
    beforeVisible: (sha256: string, sizeBytes: number) => Promise<void>,
  ): Promise<{ readonly sha256: string; readonly sizeBytes: number }>;
  /** Drops what was written; harmless after `finish`. */
  discard(): Promise<void>;
}

/** Immutable bytes by their SHA-256 (hexadecimal). */
export interface BlobStore {
  openWriter(): BlobWriter;
  /** The stream fails with ENOENT when the blob is gone. */
  read(sha256: string, range?: ByteRange): Readable;
  has(sha256: string): Promise<boolean>;
  /** Harmless when the blob is gone already. */
  delete(sha256: string): Promise<void>;
  /** Answers if blobs can be written; throws otherwise. */
  check(): Promise<void>;
}
