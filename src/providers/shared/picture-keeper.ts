import type { ImageSink, StoredImage } from '../provider.js';

/** A picture that arrived whole, and where in the body it stood. */
export interface KeptPicture {
  readonly path: readonly (string | number)[];
  readonly image: StoredImage;
}

/**
 * Opens the sinks of one answer and knows what became of them. A picture that arrived whole survives the failure of the
 * body around it, because it is paid for; whatever no one has taken in the end is dropped by `discardUntaken`.
 */
export class PictureKeeper {
  readonly #open: () => ImageSink;
  readonly #whole = new Map<StoredImage, { readonly picture: KeptPicture; readonly sink: ImageSink }>();

  constructor(open: () => ImageSink) {
    this.#open = open;
  }

  /** Opens a sink whose `discard` no longer acts once it has finished. */
  openSink(path: readonly (string | number)[]): ImageSink {
    const sink = this.#open();
    let finished = false;
    return {
      write: (chunk, isLent) => sink.write(chunk, isLent),
      echo: (text) => sink.echo?.(text),
      finish: async () => {
        const image = await sink.finish();
        finished = true;
        this.#whole.set(image, { picture: { path: [...path], image }, sink });
        return image;
      },
      discard: async () => {
        if (!finished) await sink.discard();
      },
    };
  }

  /** Pictures that arrived whole and were not taken, in order of arrival. */
  untaken(): readonly KeptPicture[] {
    return [...this.#whole.values()].map(({ picture }) => picture);
  }

  /** Hands a picture on: from now on it belongs to whoever gets it. */
  take(image: StoredImage): StoredImage {
    this.#whole.delete(image);
    return image;
  }

  /** Drops what no one took, e.g. drafts. Never throws: leftovers cost space, not money. */
  async discardUntaken(): Promise<void> {
    const left = [...this.#whole.values()];
    this.#whole.clear();
    await Promise.allSettled(left.map(({ sink }) => sink.discard()));
  }
}
