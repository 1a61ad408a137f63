import PQueue from 'p-queue';
import { makePreview } from '../pixels/preview.js';
import type { PictureStore } from './picture-store.js';

/** Widths that links to previews are signed for, in pixels. */
export const PREVIEW_WIDTHS = [320, 640] as const;

/** Whole pictures that are in memory at once to be made smaller. */
const AT_ONCE = 2;
/** Of finished previews; some thousand of the small ones. */
const KEPT_BYTES = 32 * 1024 * 1024;

/** Makes small versions of stored pictures when they are asked for; those that were asked for last stay in memory. */
export class Previews {
  readonly #pictures: Pick<PictureStore, 'readBuffer'>;
  readonly #maxPixels: number;
  readonly #queue = new PQueue({ concurrency: AT_ONCE });
  readonly #kept = new Map<string, Buffer>();
  readonly #running = new Map<string, Promise<Buffer>>();
  #keptBytes = 0;

  constructor(pictures: Pick<PictureStore, 'readBuffer'>, maxPixels: number) {
    this.#pictures = pictures;
    this.#maxPixels = maxPixels;
  }

  /** A preview as WebP. Throws PictureError; when the bytes are gone what the store throws. @param width in pixels */
  async read(sha256: string, width: number): Promise<Buffer> {
    const name = `${sha256} ${width}`;
    const kept = this.#kept.get(name);
    if (kept !== undefined) {
      // What was asked for last is at the end.
      this.#kept.delete(name);
      this.#kept.set(name, kept);
      return kept;
    }
    const running = this.#running.get(name) ?? this.#make(name, sha256, width);
    this.#running.set(name, running);
    return running;
  }

  async #make(name: string, sha256: string, width: number): Promise<Buffer> {
    try {
      const preview = await this.#queue.add(async () =>
        makePreview(await this.#pictures.readBuffer(sha256), width, { maxPixels: this.#maxPixels }),
      );
      this.#keep(name, preview);
      return preview;
    } finally {
      this.#running.delete(name);
    }
  }

  #keep(name: string, preview: Buffer): void {
    this.#kept.set(name, preview);
    this.#keptBytes += preview.length;
    for (const [oldest, { length }] of this.#kept) {
      if (this.#keptBytes <= KEPT_BYTES) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= length;
    }
  }
}
