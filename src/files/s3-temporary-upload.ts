import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { Upload } from '@aws-sdk/lib-storage';
import type { S3Bucket } from './s3-bucket.js';
import { explainS3Error, S3StoreError } from './s3-errors.js';

/** Of one part; stores take no less than 5 MiB. Ten thousand parts are the most. */
export const PART_BYTES = 8 * 1024 * 1024;
/** More at once would be faster on a long line, and would hold that many more parts in memory for each picture. */
const PARTS_AT_ONCE = 1;

/** An upload in parts, to a key that nobody reads. */
export class S3TemporaryUpload {
  readonly key: string;
  readonly #bucket: S3Bucket;
  readonly #body = new PassThrough({ highWaterMark: 256 * 1024 });
  readonly #closed = new AbortController();
  readonly #done: Promise<unknown>;

  constructor(bucket: S3Bucket, key: string) {
    this.#bucket = bucket;
    this.key = key;
    // The library stops reading without a word when a part fails; only `close` tells.
    this.#body.once('close', () => {
      this.#closed.abort();
    });
    // The reason is told by `#done`.
    this.#body.on('error', () => {});
    this.#done = new Upload({
      client: bucket.patientClient,
      params: { ...bucket.at(key), Body: this.#body },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
    }).done();
    this.#done.catch(() => {
      this.#body.destroy();
    });
  }

  /** Returns when the upload can take more. */
  async write(chunk: Uint8Array): Promise<void> {
    if (!this.#body.destroyed && this.#body.write(chunk)) return;
    try {
      await once(this.#body, 'drain', { signal: this.#closed.signal });
    } catch {
      // Not the reason, only that the upload is over: see `#explain`.
      await this.#explain();
      throw new S3StoreError('the upload ended before its bytes', 'ECUT');
    }
  }

  /** Returns when the store has all bytes under the key. */
  async end(): Promise<void> {
    this.#body.end();
    await this.#explain();
  }

  /** Ends the upload and lets the store drop its parts; harmless when it is over. */
  async abort(): Promise<void> {
    this.#body.destroy(new Error('dropped'));
    try {
      await this.#done;
    } catch {
      // Wanted. Parts that the store couldn't drop just now are left to `removeLeftovers`.
    }
  }

  async #explain(): Promise<void> {
    try {
      await this.#done;
    } catch (error) {
      throw explainS3Error(error, this.#bucket.place);
    }
  }
}
