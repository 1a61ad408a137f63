import { createHash, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BlobWriter, StoredBlob } from './blob-store.js';
import type { S3Bucket } from './s3-bucket.js';
import { S3StoreError } from './s3-errors.js';
import { PATIENCE_MS } from './s3-patience.js';
import { PART_BYTES, S3TemporaryUpload } from './s3-temporary-upload.js';

/** The most that a store copies in one call. */
const MAX_BYTES = 5 * 1024 ** 3;
const PAUSE_MS = 1_000;

/**
 * Writes one blob. Up to one part is held in memory and put at once under its hash; more is uploaded in parts to a
 * temporary key and copied within the store when the hash is known. Either way the final key appears with all its bytes.
 */
export class S3BlobWriter implements BlobWriter {
  readonly #bucket: S3Bucket;
  readonly #keyOf: (sha256: string) => string;
  readonly #hash = createHash('sha256');
  #held: Uint8Array[] = [];
  #sizeBytes = 0;
  #upload: S3TemporaryUpload | undefined;

  constructor(bucket: S3Bucket, keyOf: (sha256: string) => string) {
    this.#bucket = bucket;
    this.#keyOf = keyOf;
  }

  async write(chunk: Uint8Array, isLent = false): Promise<void> {
    if (this.#sizeBytes + chunk.byteLength > MAX_BYTES) {
      throw new S3StoreError(`a blob has at most ${MAX_BYTES} bytes`, 'EFBIG');
    }
    this.#hash.update(chunk);
    this.#sizeBytes += chunk.byteLength;
    // It is held until the store has it.
    const own = isLent ? Buffer.from(chunk) : chunk;
    if (this.#upload !== undefined) {
      await this.#upload.write(own);
      return;
    }
    this.#held.push(own);
    if (this.#sizeBytes <= PART_BYTES) return;
    this.#upload = new S3TemporaryUpload(this.#bucket, `tmp/${randomUUID()}`);
    const held = this.#held;
    this.#held = [];
    for (const early of held) await this.#upload.write(early);
  }

  async finish(beforeVisible: (sha256: string, sizeBytes: number) => Promise<void>): Promise<StoredBlob> {
    await this.#upload?.end();
    const sha256 = this.#hash.digest('hex');
    await beforeVisible(sha256, this.#sizeBytes);
    const key = this.#keyOf(sha256);
    await patiently(async () => {
      // Only now: until it was announced, somebody could be removing an old blob of the same bytes.
      if ((await this.#bucket.findSize(key)) === this.#sizeBytes) return;
      await this.#store(key);
      await this.#ensureSize(key);
    });
    await this.discard();
    return { sha256, sizeBytes: this.#sizeBytes };
  }

  async discard(): Promise<void> {
    this.#held = [];
    const upload = this.#upload;
    if (upload === undefined) return;
    this.#upload = undefined;
    await upload.abort();
    try {
      await this.#bucket.delete(upload.key);
    } catch {
      // It takes room and harms nobody; `removeLeftovers` tries again.
    }
  }

  async #store(key: string): Promise<void> {
    if (this.#upload === undefined) {
      await this.#bucket.put(key, Buffer.concat(this.#held, this.#sizeBytes));
      return;
    }
    await this.#ensureSize(this.#upload.key);
    await this.#bucket.copy(this.#upload.key, key);
  }

  async #ensureSize(key: string): Promise<void> {
    const stored = await this.#bucket.findSize(key);
    if (stored === this.#sizeBytes) return;
    throw new S3StoreError(
      `the store has ${stored ?? 'no'} bytes of a blob of ${this.#sizeBytes} bytes`,
      'ECUT',
    );
  }
}

/** Does it again while the store is busy or gone, beyond what the client does by itself within a second. */
async function patiently(work: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!mayPass(error) || performance.now() - startMs > PATIENCE_MS) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof S3StoreError)) return false;
  const { status, code } = error;
  return status === undefined ? code !== 'ECUT' && code !== 'EFBIG' : status >= 500 || status === 429;
}
