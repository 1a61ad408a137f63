/**
 * Reads JSON bodies that carry pictures as base64 strings: each picture is decoded as it arrives and streamed into a sink,
 * so memory is bounded by chunks and `maxRestBytes`, never by the pictures.
 */
import { z } from 'zod';
import type { ImageSink, StoredImage } from '../provider.js';
import { PICTURE_KEY } from './json-pictures-options.js';
import type { ScanOptions } from './json-pictures-options.js';
import { JsonPictureScanner } from './json-pictures-scanner.js';
import { PictureSinks } from './json-pictures-sinks.js';

export { JsonPicturesError } from './json-pictures-error.js';
export type { PictureDecision } from './json-pictures-options.js';

/** Larger chunks are cut, so that a body given as one buffer is not decoded into memory as a whole. */
const MAX_PIECE_BYTES = 64 * 1024;

export interface ReadJsonOptions extends ScanOptions {
  /** Opens the sink of the picture at a path. */
  openSink(path: readonly (string | number)[]): ImageSink;
}

export interface JsonWithPictures {
  /** The parsed text, each picture replaced by `{ $picture: index }`. */
  readonly value: unknown;
  /** All finished pictures, in order of appearance. */
  readonly pictures: readonly StoredImage[];
}

/**
 * What stands in the place of a picture: its index in `pictures`. A body cannot forge one, because a text that has this
 * key itself is refused.
 */
export const pictureRef = z.strictObject({ [PICTURE_KEY]: z.int().min(0) });

/**
 * Reads a JSON body. An empty string where a picture may stand stays an empty string. On any failure every sink that was
 * opened is discarded before it is thrown: JsonPicturesError for the text, else whatever the body or a sink threw.
 */
export async function readJsonWithPictures(
  body: AsyncIterable<Uint8Array>,
  options: ReadJsonOptions,
): Promise<JsonWithPictures> {
  const reader = new JsonPictureReader(options);
  try {
    for await (const chunk of body) await reader.push(chunk);
    return await reader.end();
  } catch (error) {
    await reader.discard();
    throw error;
  }
}

/** One JSON text pushed piece by piece, for bodies that hold several. The owner calls `discard` when anything throws. */
export class JsonPictureReader {
  readonly #scanner: JsonPictureScanner;
  readonly #sinks: PictureSinks;

  constructor(options: ReadJsonOptions) {
    this.#scanner = new JsonPictureScanner(options);
    this.#sinks = new PictureSinks((path) => options.openSink(path));
  }

  async push(chunk: Uint8Array): Promise<void> {
    for (let from = 0; from < chunk.length; from += MAX_PIECE_BYTES) {
      await this.#sinks.idle();
      const steps = this.#scanner.push(chunk.subarray(from, from + MAX_PIECE_BYTES));
      if (steps.length > 0) await this.#sinks.run(steps);
    }
  }

  async end(): Promise<JsonWithPictures> {
    const value = this.#scanner.end();
    const pictures = await this.#sinks.settle();
    this.#scanner.release();
    return { value, pictures };
  }

  async discard(): Promise<void> {
    await this.#sinks.discard();
    this.#scanner.release();
  }
}
