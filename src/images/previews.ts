import PQueue from 'p-queue';
import { AppError } from '../errors.js';
import type { PictureStore } from '../files/picture-store.js';
import { finishPicture } from '../pixels/finish.js';
import { PictureError } from '../pixels/sharp-runtime.js';
import type { XmpFacts } from '../pixels/xmp.js';
import type { Size } from '../providers/model.js';
import type { GeneratedImage } from './generation.js';
import type { PreviewStore, StoredPreview } from './preview-store.js';

/** A closed ladder: nobody can have pictures made at will. */
const WIDTHS = [320, 640] as const;

/** Of a picture that is looked at small. */
const QUALITY = 80;

/** One of the two pictures that are worked on at a time: what is paid for never waits for thumbnails alone. */
const RENDERINGS_AT_ONCE = 1;
const MAX_WAITING = 64;
const RETRY_AFTER_MS = 2000;

/** Previews narrower than the picture itself, in its own shape. */
export function previewSizes({ width, height }: Size): readonly Size[] {
  return WIDTHS.filter((narrower) => narrower < width).map((narrower) => ({
    width: narrower,
    height: Math.max(1, Math.round((height * narrower) / width)),
  }));
}

interface PreviewParts {
  readonly pictures: PictureStore;
  readonly records: PreviewStore;
  readonly maxPixels: number;
}

/** Small versions of pictures as WebP: made when they are first looked at, once for all who wait, and kept with their picture. */
export class Previews {
  readonly #parts: PreviewParts;
  readonly #queue = new PQueue({ concurrency: RENDERINGS_AT_ONCE });
  readonly #making = new Map<string, Promise<StoredPreview | undefined>>();

  constructor(parts: PreviewParts) {
    this.#parts = parts;
  }

  /**
   * A preview of a picture that is there.
   * @returns undefined for a width that it has not, and when the picture was removed meanwhile
   * @throws AppError queue_full, invalid_image for a picture that this gateway does not decode
   */
  async open(image: GeneratedImage, width: number): Promise<StoredPreview | undefined> {
    const size = previewSizes(image).find((known) => known.width === width);
    if (size === undefined) return undefined;
    return (await this.#parts.records.find(image.id, width)) ?? this.#makeOnce(image, size);
  }

  #makeOnce(image: GeneratedImage, size: Size): Promise<StoredPreview | undefined> {
    const key = `${image.id}/${size.width}`;
    const known = this.#making.get(key);
    if (known !== undefined) return known;
    if (this.#queue.size >= MAX_WAITING) {
      throw new AppError('queue_full', {
        message: 'Too many previews are waiting. Try again in a moment.',
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    const making = this.#queue
      .add(() => this.#make(image, size))
      .finally(() => {
        this.#making.delete(key);
      });
    this.#making.set(key, making);
    return making;
  }

  async #make(image: GeneratedImage, size: Size): Promise<StoredPreview | undefined> {
    const { pictures, records, maxPixels } = this.#parts;
    const xmp = await this.#factsOf(image);
    const plan = {
      ...size,
      format: 'webp',
      quality: QUALITY,
      fit: 'crop',
      flattenOn: undefined,
      xmp,
    } as const;
    try {
      const bytes = await pictures.readBuffer(image.sha256);
      const made = await finishPicture(bytes, plan, { maxPixels });
      return await records.record(image.id, size.width, await pictures.storeBuffer(made.bytes));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      if (!(error instanceof PictureError)) throw error;
      throw new AppError('invalid_image', {
        message: `There is no preview of this picture. ${error.message}`,
        cause: error,
      });
    }
  }

  /** A preview says of itself what its picture is, and which one that was. */
  async #factsOf({ generationId, sha256, origin }: GeneratedImage): Promise<XmpFacts | undefined> {
    const model = await this.#parts.records.findModel(generationId);
    if (origin === undefined || model === undefined) return undefined;
    return {
      digitalSourceType: origin.sourceType,
      creatorTool: 'Atelier',
      model,
      recipeHash: origin.recipeHash,
      original: { sha256 },
    };
  }
}
