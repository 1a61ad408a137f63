import type { Picture } from '../providers/provider.js';

/** What a walk learns. `complete` is set when the end marker was reached and the structure before it made sense. */
export interface PictureDraft {
  mimeType: Picture['mimeType'] | undefined;
  width: number;
  height: number;
  hasAlpha: boolean;
  c2pa: boolean;
  complete: boolean;
  /** Where the last byte that the picture needs lies, for formats that name it instead of marking an end. */
  requiredBytes: number;
}

/**
 * What a walk asks of the bytes. `take` is answered with exactly that many bytes, so it must stay small; the answer is only
 * valid up to the next request. `marker` skips entropy-coded JPEG data and is answered with the code of the marker that
 * ends it, as one byte. `sum` passes over bytes and is answered with their CRC-32, continued from `start`, as four bytes.
 */
export type WalkRequest =
  | { readonly ask: 'take'; readonly bytes: number }
  | { readonly ask: 'skip'; readonly bytes: number }
  | { readonly ask: 'sum'; readonly bytes: number; readonly start: number }
  | { readonly ask: 'marker' };

/**
 * A walk through one format's structure, written as if all bytes were there; it returns at the end marker or at the first
 * nonsense. A truncated picture simply never resumes it.
 */
export type Walk = Generator<WalkRequest, void, Buffer>;

export const take = (bytes: number) => ({ ask: 'take', bytes }) as const;
export const skip = (bytes: number) => ({ ask: 'skip', bytes }) as const;
export const sum = (bytes: number, start: number) => ({ ask: 'sum', bytes, start }) as const;
export const marker = { ask: 'marker' } as const;
