/**
 * sharp, set up for a server: the one place that imports it with its settings. Its work runs on native threads beside the
 * event loop; those are libuv's, which files and name lookups need too, so only few pictures are worked on at a time.
 */
import { availableParallelism } from 'node:os';
import PQueue from 'p-queue';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { measureBuffer } from './measure.js';

// Every picture is read once, so libvips' cache of operations would only hold memory.
sharp.cache(false);
// One thread per picture: with several pictures under way, more threads each would only contend.
sharp.concurrency(1);

/** Of libuv's four threads at least two stay free for files. */
const pixelQueue = new PQueue({ concurrency: Math.min(2, availableParallelism()) });

/** Bound on one picture's work; AVIF at 4096x4096, the slowest, takes 2 to 11 s. */
const MAX_WORK_SECONDS = 60;

/** A picture that can't be worked on. */
export class PictureError extends Error {
  readonly reason: 'undecodable' | 'too_many_pixels';

  constructor(reason: PictureError['reason'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'PictureError';
    this.reason = reason;
  }
}

export interface PixelLimits {
  /** Bound on width times height, before and after. */
  readonly maxPixels: number;
  /** Gives up a picture that still waits for its turn. */
  readonly signal?: AbortSignal;
}

/**
 * Decodes a picture and gives it to `work`, in turn. Only what `measureBuffer` recognises gets in, because sharp would also
 * read SVG, TIFF and others that nobody asked for. Throws PictureError; the signal's reason when aborted in the queue.
 */
export async function withPicture<T>(
  input: Uint8Array,
  limits: PixelLimits,
  work: (picture: Sharp) => Promise<T>,
): Promise<T> {
  const measured = measureBuffer(input);
  if (measured === undefined || measured.width === 0 || measured.height === 0) {
    throw new PictureError('undecodable', 'The bytes are no PNG, JPEG, WebP, AVIF or GIF picture.');
  }
  checkPixels(measured.width, measured.height, limits.maxPixels);
  return pixelQueue.add(
    async () => {
      try {
        const picture = sharp(input, {
          limitInputPixels: limits.maxPixels,
          sequentialRead: true,
          // Damage and truncation fail; remarks such as an odd colour profile don't.
          failOn: 'error',
          autoOrient: true,
        });
        return await work((await toSrgb(picture)).timeout({ seconds: MAX_WORK_SECONDS }));
      } catch (error) {
        if (error instanceof Error && error.message.includes('exceeds pixel limit'))
          throw tooMany(limits.maxPixels, error);
        throw new PictureError('undecodable', 'The picture cannot be decoded.', error);
      }
    },
    limits.signal === undefined ? {} : { signal: limits.signal },
  );
}

/**
 * sharp converts embedded profiles to sRGB by itself, except that 16-bit pictures come out as if they had been Display P3 all
 * along (observed with 0.35.5): those are told to. `metadata` reads headers only.
 */
async function toSrgb(picture: Sharp): Promise<Sharp> {
  const { depth, hasProfile } = await picture.metadata();
  return depth === 'ushort' && hasProfile ? picture.withIccProfile('srgb', { attach: false }) : picture;
}

/** Throws PictureError `too_many_pixels`. */
export function checkPixels(width: number, height: number, maxPixels: number): void {
  if (width * height > maxPixels) throw tooMany(maxPixels);
}

function tooMany(maxPixels: number, cause?: unknown): PictureError {
  return new PictureError('too_many_pixels', `A picture may have at most ${maxPixels} pixels.`, cause);
}
