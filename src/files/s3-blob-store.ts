import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  ASIDE_FOLDER,
  asideName,
  hashOfName,
  removeUnfinished,
  type InspectableStore,
  type ListedBlob,
  type StoredThing,
  type UnfinishedWrite,
} from './blob-inspection.js';
import type { BlobWriter, ByteRange, PresignOptions } from './blob-store.js';
import { S3BlobReader } from './s3-blob-reader.js';
import { S3BlobWriter } from './s3-blob-writer.js';
import { S3Bucket, type S3Credentials } from './s3-bucket.js';
import { abortUpload, listObjects, listUploads } from './s3-listing.js';
import type { S3Place } from '../config/storage-url.js';

/**
 * Blobs in a bucket, named by the SHA-256 of their bytes, below `blobs/`. What is being written stands below `tmp/`. Several
 * processes may share a bucket and prefix. The keys need the rights to list the bucket and its uploads, and to read, write
 * and delete objects.
 */
export class S3BlobStore implements InspectableStore {
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

  async check(sizeBytes: number): Promise<void> {
    const probe = `tmp/probe-${randomUUID()}`;
    await this.#bucket.put(probe, new Uint8Array(sizeBytes));
    await this.#bucket.delete(probe);
  }

  async removeLeftovers(before: Date): Promise<number> {
    return removeUnfinished(this, before);
  }

  async *listBlobs(): AsyncGenerator<ListedBlob> {
    for await (const { key, ...facts } of listObjects(this.#bucket, 'blobs')) {
      const [, folder = '', name = '', ...rest] = key.split('/');
      yield { ...facts, name: key, sha256: rest.length > 0 ? undefined : hashOfName(folder, name) };
    }
  }

  async findBlob(sha256: string): Promise<ListedBlob | undefined> {
    const found = await this.#bucket.find(keyOf(sha256));
    if (found === undefined) {
      await this.#bucket.ensureExists();
      return undefined;
    }
    const { sizeBytes, modifiedAt = new Date() } = found;
    return { name: keyOf(sha256), sha256, sizeBytes, modifiedAt };
  }

  /** Objects, and uploads in parts, whose bytes the store doesn't count. */
  async *listUnfinished(): AsyncGenerator<UnfinishedWrite> {
    for await (const { key, ...facts } of listObjects(this.#bucket, 'tmp')) {
      yield { ...facts, name: key, remove: () => this.#bucket.delete(key) };
    }
    for await (const upload of listUploads(this.#bucket, 'tmp')) {
      const { key: name, begunAt: modifiedAt } = upload;
      yield { name, sizeBytes: 0, modifiedAt, remove: () => abortUpload(this.#bucket, upload) };
    }
  }

  async *listAside(): AsyncGenerator<StoredThing> {
    for await (const { key, ...facts } of listObjects(this.#bucket, ASIDE_FOLDER)) {
      yield { ...facts, name: key };
    }
  }

  async copyAside(sha256: string, now: Date): Promise<string | undefined> {
    if ((await this.findBlob(sha256)) === undefined) return undefined;
    const name = asideName(sha256, now);
    await this.#bucket.copy(keyOf(sha256), name);
    return name;
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
