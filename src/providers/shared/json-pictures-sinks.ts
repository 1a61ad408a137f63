import { invariant } from '../../errors.js';
import type { ImageSink, StoredImage } from '../provider.js';
import type { PictureStep } from './json-pictures-options.js';

/**
 * Carries the scanner's steps out on sinks, in order and one at a time. One operation may run while the next bytes are read
 * from the network; they are decoded when it is done, because its bytes are the decoder's.
 */
export class PictureSinks {
  readonly #openSink: (path: readonly (string | number)[]) => ImageSink;
  readonly #sinks: ImageSink[] = [];
  readonly #pictures: StoredImage[] = [];
  #current: ImageSink | undefined;
  #busy: Promise<void> = Promise.resolve();
  #isBusy = false;

  constructor(openSink: (path: readonly (string | number)[]) => ImageSink) {
    this.#openSink = openSink;
  }

  /** Resolves when all steps are under way and at most one is unfinished. Throws what the sinks throw. */
  async run(steps: readonly PictureStep[]): Promise<void> {
    for (const step of steps) {
      if (step.type === 'text') {
        this.#current?.echo?.(step.text);
        continue;
      }
      await this.#busy;
      if (step.type === 'open') {
        this.#current = this.#openSink(step.path);
        this.#sinks.push(this.#current);
        continue;
      }
      invariant(this.#current !== undefined, 'picture bytes outside a picture');
      this.#busy =
        step.type === 'bytes' ? this.#current.write(step.bytes, true) : this.#finish(this.#current);
      this.#isBusy = true;
      // Whoever awaits it next gets the failure; until then it must not count as unhandled.
      this.#busy.catch(() => undefined);
    }
  }

  /** Resolves when all that was given is taken. Throws what the sinks throw. */
  async idle(): Promise<void> {
    if (!this.#isBusy) return;
    await this.#busy;
    this.#isBusy = false;
  }

  /** The stored pictures in the order of their references. Throws what the sinks throw. */
  async settle(): Promise<readonly StoredImage[]> {
    await this.#busy;
    return this.#pictures;
  }

  /** Drops every picture of this body, finished or not. Never throws: the failure that led here is the one to tell. */
  async discard(): Promise<void> {
    await Promise.allSettled([this.#busy]);
    await Promise.allSettled(this.#sinks.map((sink) => sink.discard()));
  }

  async #finish(sink: ImageSink): Promise<void> {
    this.#pictures.push(await sink.finish());
  }
}
