import PQueue from 'p-queue';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import { isBlobMissing } from '../files/blob-store.js';
import { fileLost } from '../files/file-record.js';
import type { FileStore } from '../files/file-store.js';
import type { PictureStore } from '../files/picture-store.js';
import { FetchRefused, type PictureFetcher } from '../net/picture-fetcher.js';
import { fitMask, readMask } from '../pixels/mask.js';
import { normaliseInput } from '../pixels/prepare-input.js';
import { PictureError } from '../pixels/sharp-runtime.js';
import type { ImageSink, StoredImage } from '../providers/provider.js';
import type { Caller } from '../workspaces/workspace-store.js';
import type { EditInputs } from './generation.js';
import type { GenerationStore } from './generation-store.js';
import type { SourceMask, SourcePicture } from './request.js';

/** How a caller names a picture. */
export type GivenPicture =
  | { readonly kind: 'stored'; readonly stored: StoredImage }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'image'; readonly id: string }
  | { readonly kind: 'file'; readonly id: string };

/** A given picture under the name of its field, for messages. */
export interface GivenInput {
  readonly param: string;
  readonly picture: GivenPicture;
}

/** The pictures of an edit as they were given. */
export interface GivenEdit {
  readonly inputs: readonly GivenInput[];
  readonly mask: GivenInput | undefined;
}

export interface IntakeParts {
  readonly pictures: PictureStore;
  readonly generations: GenerationStore;
  readonly files: FileStore;
  readonly fetcher: PictureFetcher;
  readonly clock: Clock;
  readonly maxBytes: number;
  readonly maxPixels: number;
}

/** Smallest and largest edge of an input in pixels: outside there is nothing to edit, or nothing a model would take. */
const MIN_EDGE = 32;
const MAX_EDGE = 16_384;

/** Inputs that are held in memory at once, each while it is decoded. */
const WHOLE_PICTURES = 4;

/** A picture on its way to being a source: stored, not yet looked into. */
interface Arrived {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly imageId: string | undefined;
  readonly fileId: string | undefined;
  readonly continuation: SourcePicture['continuation'];
}

const FROM_OUTSIDE = { imageId: undefined, fileId: undefined, continuation: undefined } as const;

/** The door for pictures: stores, fetches and finds them, and lets only whole ones of known types in. */
export class InputIntake {
  readonly #parts: IntakeParts;
  readonly #queue = new PQueue({ concurrency: WHOLE_PICTURES });

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /**
   * A sink for the bytes of one uploaded picture.
   * @param param the field that it came in
   */
  openSink(param: string): ImageSink {
    const { pictures, maxBytes } = this.#parts;
    return pictures.openUpload(({ sizeBytes }) => {
      if (sizeBytes > maxBytes) throw tooLarge(param, maxBytes);
    });
  }

  /**
   * Brings what was given into the store as upright PNG, JPEG or WebP pictures.
   * @throws AppError naming the field: invalid_request, invalid_image, invalid_image_url, payload_too_large, not_found,
   *   file_not_found, file_lost, image_expired
   */
  async take(given: GivenEdit, caller: Caller): Promise<EditInputs> {
    if (given.inputs.length === 0) {
      throw new AppError('invalid_request', {
        message: '`image` is required: a file, an address, a data URI, a `file_id` or an `image_id`.',
        param: 'image',
      });
    }
    const inputs = await Promise.all(given.inputs.map((input) => this.#takePicture(input, caller)));
    const [first] = inputs;
    const mask =
      given.mask === undefined || first === undefined
        ? undefined
        : await this.#takeMask(given.mask, first, caller);
    return { inputs, mask };
  }

  async #takePicture(given: GivenInput, caller: Caller): Promise<SourcePicture> {
    const arrived = await this.#arrive(given, caller);
    const { pictures, maxPixels } = this.#parts;
    const normal = await this.#work(given.param, async () =>
      normaliseInput(await this.#read(given.param, arrived), {
        maxPixels,
        minEdge: MIN_EDGE,
        maxEdge: MAX_EDGE,
        keepMetadata: arrived.imageId !== undefined,
      }),
    );
    const { mimeType, width, height, hasAlpha, changes } = normal;
    const { imageId, fileId } = arrived;
    const facts = { mimeType, width, height, hasAlpha, imageId, fileId, changes };
    if (normal.bytes === undefined) {
      const { sha256, sizeBytes, continuation } = arrived;
      return { ...facts, sha256, sizeBytes, continuation };
    }
    const { sha256, sizeBytes } = await pictures.storeBuffer(normal.bytes);
    return { ...facts, sha256, sizeBytes, continuation: undefined };
  }

  async #takeMask(given: GivenInput, source: SourcePicture, caller: Caller): Promise<SourceMask> {
    const arrived = await this.#arrive(given, caller);
    const { maxPixels } = this.#parts;
    return this.#work(given.param, async () => {
      const bytes = await this.#read(given.param, arrived);
      const { mimeType } = await normaliseInput(bytes, { maxPixels, minEdge: 1, maxEdge: MAX_EDGE });
      const plane = await readMask(bytes, { maxPixels });
      await fitMask(plane, source, { maxPixels });
      const { sha256, sizeBytes, fileId } = arrived;
      return { sha256, sizeBytes, mimeType, width: plane.width, height: plane.height, fileId };
    });
  }

  async #read(param: string, { sha256, fileId }: Arrived): Promise<Buffer> {
    try {
      return await this.#parts.pictures.readBuffer(sha256);
    } catch (error) {
      if (!isBlobMissing(error)) throw error;
      throw fileId === undefined ? imageExpired(param) : fileLost(param);
    }
  }

  async #work<T>(param: string, work: () => Promise<T>): Promise<T> {
    try {
      return await this.#queue.add(work);
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      throw new AppError('invalid_image', {
        message: `\`${param}\`: ${error.message}`,
        param,
        facts: { allowed: ['png', 'jpeg', 'webp', 'gif', 'avif'] },
        cause: error,
      });
    }
  }

  async #arrive({ param, picture }: GivenInput, caller: Caller): Promise<Arrived> {
    switch (picture.kind) {
      case 'stored':
        return { ...picture.stored, ...FROM_OUTSIDE };
      case 'url':
        return { ...(await this.#fetch(param, picture.url)), ...FROM_OUTSIDE };
      case 'image':
        return this.#find(param, picture.id, caller);
      case 'file':
        return this.#findFile(param, picture.id, caller);
    }
  }

  async #findFile(param: string, id: string, { workspace, key }: Caller): Promise<Arrived> {
    const { files, pictures, generations, maxBytes } = this.#parts;
    const file = await files.find({ workspaceId: workspace.id, mode: key.mode }, id);
    const unknown = () =>
      new AppError('file_not_found', { message: `\`${param}\` names no file of this workspace.`, param });
    if (file === undefined) throw unknown();
    if (file.lost) throw fileLost(param);
    if (file.sizeBytes > maxBytes) throw tooLarge(param, maxBytes);
    if (!(await pictures.touch(file.sha256))) throw unknown();
    const { sha256, sizeBytes, imageId } = file;
    // A kept picture is still the picture: its model takes it up where it left off.
    const source =
      imageId === undefined ? undefined : await generations.findSource(workspace.id, key.mode, imageId);
    const continuation = source?.image.sha256 === sha256 ? source.continuation : undefined;
    const isThere = continuation === undefined || (await pictures.touch(continuation.sha256));
    return { sha256, sizeBytes, imageId, fileId: id, continuation: isThere ? continuation : undefined };
  }

  async #find(param: string, id: string, caller: Caller): Promise<Arrived> {
    const { workspace, key } = caller;
    const found = await this.#parts.generations.findSource(workspace.id, key.mode, id);
    if (found === undefined) {
      throw new AppError('not_found', { message: `\`${param}\` names no picture of this workspace.`, param });
    }
    const { image, continuation } = found;
    // The next sweep takes it, however much later that comes.
    const isOver = image.fileId === undefined && image.expiresAt <= this.#parts.clock();
    if (image.removed || isOver) {
      throw imageExpired(param);
    }
    const { pictures } = this.#parts;
    if (!(await pictures.touch(image.sha256))) throw imageExpired(param);
    if (continuation !== undefined && !(await pictures.touch(continuation.sha256))) {
      throw imageExpired(param);
    }
    return {
      sha256: image.sha256,
      sizeBytes: image.sizeBytes,
      imageId: id,
      // It goes when its file is deleted.
      fileId: image.fileId,
      continuation,
    };
  }

  async #fetch(param: string, url: string): Promise<StoredImage> {
    const sink = this.openSink(param);
    try {
      const { body } = await this.#parts.fetcher.open(url);
      for await (const chunk of body) await sink.write(chunk);
      return await sink.finish();
    } catch (error) {
      await sink.discard();
      if (error instanceof FetchRefused) {
        throw new AppError('invalid_image_url', {
          message: `\`${param}\`: ${error.message}`,
          param,
          cause: error,
        });
      }
      throw error;
    }
  }
}

function imageExpired(param: string): AppError {
  return new AppError('image_expired', {
    message: `\`${param}\`: the bytes of this picture are gone, most likely because its time is over.`,
    param,
  });
}

function tooLarge(param: string, maxBytes: number): AppError {
  return new AppError('payload_too_large', {
    message: `\`${param}\` has more than ${maxBytes} bytes, the most that this gateway takes as an input.`,
    param,
    facts: { nearest: maxBytes },
  });
}
