import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { BlobStore, BlobWriter, ByteRange, PresignOptions } from './blob-store.js';
import { S3BlobReader } from './s3-blob-reader.js';
import { S3BlobWriter } from './s3-blob-writer.js';
import { S3Bucket, type S3Credentials } from './s3-bucket.js';
import type { S3Place } from '../config/storage-url.js';

/**
 * Blobs in a bucket, named by the SHA-256 of their bytes, below `blobs/`. What is being written stands below `tmp/`. Several
 * processes may share a bucket and prefix. The keys need the rights to list the bucket and its uploads, and to read, write
 * and delete objects.
 */
export class S3BlobStore implements BlobStore {
  readonly #bucket: S3Bucket;

  private constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
  }

  /** @throws S3StoreError when the bucket is missing, cannot be reached, or refuses the keys */
  static async open(place: S3Place, credentials: S3Credentials): Promise<S3BlobStore> {
    const bucket = new S3Bucket(place, credentials);
    try {
      await bucket.ensureListable();
    } catch (error) {
      bucket.client.destroy();
      throw error;
    }
    return new S3BlobStore(bucket);
  }

  openWriter(): BlobWriter {
    return new S3BlobWriter(this.#bucket, keyOf);
  }

  read(sha256: string, range?: ByteRange): Readable {
    return new S3BlobReader(this.#bucket, keyOf(sha256), sha256, range);
  }

  async has(sha256: string): Promise<boolean> {
    if ((await this.#bucket.findSize(keyOf(sha256))) !== undefined) return true;
    await this.#bucket.ensureExists();
    return false;
  }

  async delete(sha256: string): Promise<void> {
    await this.#bucket.delete(keyOf(sha256));
  }

  async check(): Promise<void> {
    const probe = `tmp/probe-${randomUUID()}`;
    await this.#bucket.put(probe, new Uint8Array());
    await this.#bucket.delete(probe);
  }

  async removeLeftovers(before: Date): Promise<number> {
    const objects = await this.#bucket.deleteOlder('tmp', before);
    return objects + (await this.#bucket.abortOlder('tmp', before));
  }

  async presign(sha256: string, options: PresignOptions): Promise<string> {
    return this.#bucket.presign(keyOf(sha256), options);
  }

  /** Closes idle connections; running calls fail. */
  close(): void {
    this.#bucket.client.destroy();
  }
}

function keyOf(sha256: string): string {
  return `blobs/${sha256.slice(0, 2)}/${sha256}`;
}
