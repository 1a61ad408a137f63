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

/**
 * Why a picture is refused: its bytes (`undecodable`, `unsupported_type`), its pixels (`too_many_pixels`, `too_small`), what a
 * route takes (`too_many_bytes`), or what a mask has to be.
 */
export type PictureErrorReason =
  | 'undecodable'
  | 'unsupported_type'
  | 'too_many_pixels'
  | 'too_small'
  | 'too_many_bytes'
  | 'no_alpha'
  | 'nothing_to_repaint'
  | 'mask_ratio';

/** A picture that can't be worked on. The message is fit for callers; the cause is not. */
export class PictureError extends Error {
  readonly reason: PictureErrorReason;

  constructor(reason: PictureErrorReason, message: string, cause?: unknown) {
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
 * @param failOn `error`: damage and truncation fail, remarks such as an odd colour profile don't; `warning`: those fail too
 */
export async function withPicture<T>(
  input: Uint8Array,
  limits: PixelLimits,
  work: (picture: Sharp) => Promise<T>,
  failOn: 'error' | 'warning' = 'error',
): Promise<T> {
  const measured = measureBuffer(input);
  if (measured === undefined || measured.width === 0 || measured.height === 0) {
    throw new PictureError('undecodable', 'The bytes are no PNG, JPEG, WebP, AVIF or GIF picture.');
  }
  checkPixels(measured.width, measured.height, limits.maxPixels);
  return inTurn(limits, async () => {
    const picture = sharp(input, {
      limitInputPixels: limits.maxPixels,
      sequentialRead: true,
      failOn,
      autoOrient: true,
    });
    return work((await toSrgb(picture)).timeout({ seconds: MAX_WORK_SECONDS }));
  });
}

/** Pixels without a container: rows from the top, `channels` bytes per pixel (1 grey, 3 RGB, 4 RGBA), sRGB. */
export interface RawPixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
}

/** Gives decoded pixels to `work`, in turn. Throws PictureError; the signal's reason when aborted in the queue. */
export function withPixels<T>(
  pixels: RawPixels,
  limits: PixelLimits,
  work: (picture: Sharp) => Promise<T>,
): Promise<T> {
  const { data, width, height, channels } = pixels;
  checkPixels(width, height, limits.maxPixels);
  return inTurn(limits, () =>
    work(
      sharp(data, { raw: { width, height, channels }, limitInputPixels: limits.maxPixels }).timeout({
        seconds: MAX_WORK_SECONDS,
      }),
    ),
  );
}

/** One of the few pictures at a time. What goes wrong inside comes out as PictureError. */
function inTurn<T>(limits: PixelLimits, work: () => Promise<T>): Promise<T> {
  return pixelQueue.add(
    async () => {
      try {
        return await work();
      } catch (error) {
        if (error instanceof PictureError) throw error;
        if (error instanceof Error && error.message.includes('exceeds pixel limit'))
          throw tooMany(limits.maxPixels, error);
        throw new PictureError('undecodable', 'The picture cannot be decoded.', error);
      }
    },
    limits.signal === undefined ? {} : { signal: limits.signal },
  );
}

export interface Encoding {
  readonly format: 'png' | 'jpeg' | 'webp' | 'avif';
  /** 0 to 100 for the lossy formats, PNG has none; undefined: JPEG and WebP 90, AVIF 60. */
  readonly quality: number | undefined;
}

/** Sets a pipeline's output; PNG is exact, the other formats are lossy. */
export function encodePicture(pipeline: Sharp, { format, quality: asked }: Encoding): Sharp {
  // The encoders count from 1; 0 means the same to a caller.
  const quality = (preset: number) => Math.min(100, Math.max(1, asked ?? preset));
  switch (format) {
    case 'png':
      return pipeline.png({ compressionLevel: 6 });
    case 'jpeg': {
      const value = quality(90);
      // Halved colour resolution frays lettering and line art, which generated pictures are full of.
      return pipeline.jpeg({ quality: value, chromaSubsampling: value >= 90 ? '4:4:4' : '4:2:0' });
    }
    case 'webp':
      return pipeline.webp({ quality: quality(90), effort: 4 });
    case 'avif':
      // The default effort takes five times as long for a few per cent of size.
      return pipeline.avif({ quality: quality(60), effort: 2 });
  }
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
