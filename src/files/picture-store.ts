import type { Readable } from 'node:stream';
import { PictureMeter } from '../pixels/measure.js';
import { ProviderError, type ImageSink, type StoredImage } from '../providers/provider.js';
import type { BlobRecords } from './blob-records-store.js';
import type { BlobStore, ByteRange } from './blob-store.js';

/** Pictures in the blob store: measured while they are written, durable before they are named. */
export class PictureStore {
  readonly #blobs: BlobStore;
  readonly #records: BlobRecords;
  readonly #maxBytes: number;

  constructor(blobs: BlobStore, records: BlobRecords, maxBytes: number) {
    this.#blobs = blobs;
    this.#records = records;
    this.#maxBytes = maxBytes;
  }

  /** Takes one picture from a provider. @throws ProviderError bad_response from `write` beyond the byte limit */
  openSink(): ImageSink {
    const writer = this.#blobs.openWriter();
    const meter = new PictureMeter();
    const maxBytes = this.#maxBytes;
    let sizeBytes = 0;
    return {
      write: async (chunk) => {
        sizeBytes += chunk.byteLength;
        if (sizeBytes > maxBytes) {
          throw new ProviderError({
            kind: 'bad_response',
            retryable: false,
            billed: 'unknown',
            message: `The provider delivered a picture of more than ${maxBytes} bytes.`,
          });
        }
        meter.push(chunk);
        await writer.write(chunk);
      },
      finish: async () => {
        const stored = await writer.finish((sha256, size) => this.#records.touch(sha256, size));
        return { ...stored, picture: meter.end() };
      },
      discard: () => writer.discard(),
    };
  }

  /** Stores a whole picture that is in memory anyway. */
  async storeBuffer(bytes: Uint8Array): Promise<StoredImage> {
    const sink = this.openSink();
    try {
      await sink.write(bytes);
      return await sink.finish();
    } catch (error) {
      await sink.discard();
      throw error;
    }
  }

  /** Keeps a blob that exists already from being removed until somebody refers to it. */
  async touch(sha256: string, sizeBytes: number): Promise<void> {
    await this.#records.touch(sha256, sizeBytes);
  }

  /** The whole picture in memory, for pixel work. */
  async readBuffer(sha256: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.#blobs.read(sha256)) {
      if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  read(sha256: string, range?: ByteRange): Readable {
    return this.#blobs.read(sha256, range);
  }
}
