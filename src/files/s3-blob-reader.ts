import { Readable } from 'node:stream';
import type { ByteRange } from './blob-store.js';
import type { S3Bucket } from './s3-bucket.js';
import { BlobMissingError, explainS3Error, S3StoreError } from './s3-errors.js';

/** How long the store may send nothing while somebody wants bytes. */
const STALL_MS = 60_000;

/**
 * The bytes of one object. The request leaves when reading begins; the store is held back while the reader is slow; the
 * connection is closed as soon as the stream is destroyed.
 */
export class S3BlobReader extends Readable {
  readonly #bucket: S3Bucket;
  readonly #key: string;
  readonly #sha256: string;
  readonly #range: ByteRange | undefined;
  readonly #abort = new AbortController();
  #begun = false;
  #body: Readable | undefined;
  #missingBytes = 0;
  #stall: NodeJS.Timeout | undefined;

  constructor(bucket: S3Bucket, key: string, sha256: string, range: ByteRange | undefined) {
    super({ highWaterMark: 256 * 1024 });
    this.#bucket = bucket;
    this.#key = key;
    this.#sha256 = sha256;
    this.#range = range;
  }

  override _read(): void {
    if (!this.#begun) {
      this.#begun = true;
      this.#begin().catch((error: unknown) => {
        this.#fail(error);
      });
    } else if (this.#body !== undefined) {
      this.#watch();
      this.#body.resume();
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#stall);
    this.#abort.abort();
    this.#body?.destroy();
    callback(error);
  }

  async #begin(): Promise<void> {
    const found = await this.#bucket.get(this.#key, this.#range, this.#abort.signal);
    if (found === undefined) throw new BlobMissingError(this.#sha256);
    const { stream, sizeBytes } = found;
    // Its own destruction would come too late for whoever destroyed us meanwhile.
    stream.on('error', (error) => {
      this.#fail(error);
    });
    if (this.destroyed) {
      stream.destroy();
      return;
    }
    this.#body = stream;
    this.#missingBytes = sizeBytes;
    stream.on('data', (chunk: Buffer) => {
      clearTimeout(this.#stall);
      this.#missingBytes -= chunk.length;
      if (this.push(chunk)) this.#watch();
      else stream.pause();
    });
    stream.on('end', () => {
      clearTimeout(this.#stall);
      if (this.#missingBytes === 0) this.push(null);
      else this.#fail(new S3StoreError('the store sent another number of bytes than it said', 'ECUT'));
    });
    this.#watch();
  }

  #watch(): void {
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => {
      this.#fail(new S3StoreError('the store stopped sending', 'ETIMEDOUT'));
    }, STALL_MS);
    this.#stall.unref();
  }

  #fail(error: unknown): void {
    this.destroy(explainS3Error(error, this.#bucket.place));
  }
}
