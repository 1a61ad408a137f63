import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { PictureMeter } from '../pixels/measure.js';
import { AppError } from '../errors.js';
import { ProviderError, type ImageSink, type Picture, type StoredImage } from '../providers/provider.js';
import type { BlobRecords } from './blob-records-store.js';
import {
  isBlobMissing,
  type BlobStore,
  type Borrowed,
  type ByteRange,
  type PresignOptions,
} from './blob-store.js';
import { notKept, StoreHealth, storageUnavailable } from './store-health.js';

/** How far an upload is. */
interface UploadState {
  /** The chunk that is about to be written included. */
  readonly sizeBytes: number;
  /** So far the bytes begin like a picture of a known type. */
  readonly isPicture: boolean;
}

interface SinkWish {
  /** It is about to be answered as base64: if it comes as such, the text is kept at hand. */
  readonly keepBase64?: boolean;
}

interface UploadSink extends ImageSink {
  /** What was written so far, as a picture: to be asked before `finish` makes it a blob. */
  measured(): Picture | undefined;
}

/** Told of every picture that became durable, and when its last byte had come, as of `performance.now()`. */
export type OnStored = (sizeBytes: number, startMs: number) => void;

interface PictureStoreOptions {
  readonly onStored?: OnStored;
  readonly health?: StoreHealth;
}

/** Pictures in the blob store: measured while they are written, durable before they are named. */
export class PictureStore {
  readonly #blobs: BlobStore;
  readonly #records: BlobRecords;
  readonly #maxBytes: number;
  readonly #onStored: OnStored | undefined;
  readonly #health: StoreHealth;

  constructor(
    blobs: BlobStore,
    records: BlobRecords,
    maxBytes: number,
    { onStored, health }: PictureStoreOptions = {},
  ) {
    this.#onStored = onStored;
    this.#health = health ?? new StoreHealth((sizeBytes) => blobs.check(sizeBytes));
    this.#blobs = blobs;
    this.#records = records;
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes one picture from a provider.
   * @throws ProviderError bad_response from `write` beyond the byte limit; the one of `notKept` where the store fails
   */
  openSink(wish: SinkWish = {}): ImageSink {
    return this.#open(this.#withinLimit(), wish, 'paid');
  }

  /**
   * Takes one picture from anybody.
   * @param check called with every chunk before it is written; what it throws ends the upload
   * @throws AppError storage_unavailable where the store fails
   */
  openUpload(check: (so: UploadState) => void): UploadSink {
    return this.#open(check, {}, 'given');
  }

  /** Stores a whole picture that is in memory anyway. @throws AppError storage_unavailable */
  async storeBuffer(bytes: Uint8Array): Promise<StoredImage> {
    const sink = this.openUpload(this.#withinLimit());
    try {
      await sink.write(bytes);
      return await sink.finish();
    } catch (error) {
      await sink.discard();
      throw error;
    }
  }

  /**
   * Keeps a blob that exists already from being removed until somebody refers to it.
   * @returns false when it is gone
   */
  async touch(sha256: string): Promise<boolean> {
    return this.#records.retouch(sha256);
  }

  /** The whole picture in memory, for pixel work. @throws Error ENOENT when it is gone; AppError storage_unavailable */
  async readBuffer(sha256: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of this.#blobs.read(sha256)) {
        if (Buffer.isBuffer(chunk)) chunks.push(chunk);
      }
    } catch (error) {
      throw isBlobMissing(error) ? error : storageUnavailable(error);
    }
    return Buffer.concat(chunks);
  }

  /** The base64 text of a picture that just came as such, if it is still at hand. */
  borrowBase64(sha256: string): Borrowed | undefined {
    return this.#blobs.borrowBase64?.(sha256);
  }

  /** A link to the bytes at the store itself; undefined where the store makes none. */
  async presign(sha256: string, options: PresignOptions): Promise<string | undefined> {
    return this.#blobs.presign?.(sha256, options);
  }

  read(sha256: string, range?: ByteRange): Readable {
    return this.#blobs.read(sha256, range);
  }

  #withinLimit(): (so: UploadState) => void {
    const maxBytes = this.#maxBytes;
    return ({ sizeBytes }) => {
      if (sizeBytes <= maxBytes) return;
      throw new ProviderError({
        kind: 'bad_response',
        retryable: false,
        billed: 'unknown',
        message: `The provider delivered a picture of more than ${maxBytes} bytes.`,
      });
    };
  }

  #open(check: (so: UploadState) => void, wish: SinkWish, kind: 'paid' | 'given'): UploadSink {
    const writer = this.#blobs.openWriter();
    const meter = new PictureMeter();
    let sizeBytes = 0;
    const refused = (error: unknown) => {
      if (error instanceof AppError) return error;
      const failure = this.#health.failed(error, sizeBytes);
      return kind === 'paid' ? notKept(failure) : failure;
    };
    return {
      write: async (chunk, isLent) => {
        sizeBytes += chunk.byteLength;
        meter.push(chunk);
        check({ sizeBytes, isPicture: meter.mimeType !== undefined });
        try {
          await writer.write(chunk, isLent);
        } catch (error) {
          throw refused(error);
        }
      },
      ...(wish.keepBase64 ? { echo: (text) => writer.echo?.(text) } : {}),
      finish: async () => {
        const startMs = performance.now();
        let ofTheRecord: unknown;
        try {
          const stored = await writer.finish((sha256, size) =>
            this.#records.touch(sha256, size, kind === 'paid').catch((error: unknown) => {
              ofTheRecord = error;
              throw error;
            }),
          );
          this.#onStored?.(stored.sizeBytes, startMs);
          return { ...stored, picture: meter.end() };
        } catch (error) {
          // That is the database's failure.
          throw error === ofTheRecord ? error : refused(error);
        }
      },
      measured: () => meter.end(),
      discard: () => writer.discard(),
    };
  }
}
