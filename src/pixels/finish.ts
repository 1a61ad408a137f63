import { invariant } from '../errors.js';
import { markLosslessly } from '../provenance/mark-losslessly.js';
import { checkPixels, encodePicture, withPicture } from './sharp-runtime.js';
import type { PixelLimits } from './sharp-runtime.js';
import type { XmpFacts } from './xmp.js';

export { PictureError } from './sharp-runtime.js';
export type { PixelLimits } from './sharp-runtime.js';

export interface FinishPlan {
  /** Pixels to deliver, exactly. */
  readonly width: number;
  readonly height: number;
  readonly format: 'png' | 'jpeg' | 'webp' | 'avif';
  /** 0 to 100 for the lossy formats, PNG has none; undefined: JPEG and WebP 90, AVIF 60. */
  readonly quality: number | undefined;
  /** `crop`: scaled until the target is covered, then cut evenly from both sides. */
  readonly fit: 'crop';
  /** CSS colour behind transparent pixels where the format has no alpha; undefined: white. */
  readonly flattenOn: string | undefined;
  readonly xmp: XmpFacts | undefined;
}

export interface FinishedPicture {
  readonly bytes: Uint8Array;
  readonly mimeType: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/avif';
  readonly width: number;
  readonly height: number;
}

/**
 * Delivers a picture as planned; equal input and plan give equal bytes. The first frame counts. A stored orientation is
 * applied before anything else. Colours come out as 8-bit sRGB without a profile, which every viewer shows alike; what
 * lies outside sRGB is mapped into it. Metadata of the input is dropped (a C2PA signature would be broken by the change), the plan's XMP is
 * written. Scaling is Lanczos from the full pixels, never the decoder's own coarse shrinking. Throws PictureError.
 */
export async function finishPicture(
  input: Uint8Array,
  plan: FinishPlan,
  limits: PixelLimits,
): Promise<FinishedPicture> {
  checkPixels(plan.width, plan.height, limits.maxPixels);
  const { data, info } = await withPicture(input, limits, (picture) => {
    let pipeline = picture.resize({
      width: plan.width,
      height: plan.height,
      fit: 'cover',
      position: 'centre',
      kernel: 'lanczos3',
      fastShrinkOnLoad: false,
    });
    if (plan.format === 'jpeg') pipeline = pipeline.flatten({ background: plan.flattenOn ?? '#ffffff' });
    return encodePicture(pipeline, plan).toBuffer({ resolveWithObject: true });
  });
  invariant(
    info.width === plan.width && info.height === plan.height,
    'the finished picture has the planned size',
  );
  const bytes = plan.xmp === undefined ? data : markLosslessly(data, plan.xmp);
  invariant(bytes !== undefined, 'a fresh picture can be marked');
  return { bytes, mimeType: `image/${plan.format}` as const, width: info.width, height: info.height };
}
