import type { PaintRequest } from './paint-request.js';

/** A picture to change and how. Same request, same bytes. */
export interface EditRequest extends Pick<
  PaintRequest,
  'width' | 'height' | 'seed' | 'detail' | 'format' | 'quality' | 'label' | 'xmp'
> {
  /** The instruction, such as "make it winter at dawn". */
  readonly prompt: string;
  readonly avoid: readonly string[];
  /**
   * Encoded PNG, JPEG or WebP pictures, upright. The first is edited, scaled to cover `width` by `height` and centred;
   * the others lend their colours, and a background where one is wanted and none is described.
   */
  readonly sources: readonly Uint8Array[];
  /** Encoded PNG of any size with the first source's ratio; its transparent pixels are repainted. */
  readonly mask: Uint8Array | undefined;
  /** Clear what surrounds the subject. An opaque source without this stays opaque; a source's own alpha is kept. */
  readonly transparent: boolean;
}

/** A source or the mask of an edit can't be decoded, or there is no source at all. */
export class EditSourceError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EditSourceError';
  }
}

/** How a painting thread reports that: errors of own classes don't survive the way between threads. */
export interface UnreadableSource {
  readonly unreadable: string;
}
