import path from 'node:path';
import type { Piscina } from 'piscina';
import { invariant } from '../errors.js';
import { markLosslessly } from '../provenance/mark-losslessly.js';
import type { BlendJob } from './composite-blend.js';
import type { Blended } from './composite-worker.js';
import type { FinishedPicture, FinishPlan } from './finish.js';
import { recognisePicture } from './input-types.js';
import { scaleMask } from './mask.js';
import type { MaskPlane } from './mask.js';
import { checkPixels, encodePicture, withPicture, withPixels } from './sharp-runtime.js';
import type { PixelLimits } from './sharp-runtime.js';
import { openThreads } from '../threads.js';

export interface CompositePlan extends Pick<FinishPlan, 'width' | 'height' | 'format' | 'quality' | 'xmp'> {
  /** The picture that was edited. */
  readonly source: Uint8Array;
  /** What the model made of it; its middle is used, as `finishPicture` cuts it. */
  readonly result: Uint8Array;
  readonly mask: MaskPlane;
  /** CSS colour behind transparent pixels where the format has no alpha; undefined: white. */
  readonly flattenOn?: string | undefined;
}

/** Threads start with the first masked edit and end when there was none for a minute; idle ones don't hold the process. */
let pool: Piscina<BlendJob, Blended> | undefined;

/**
 * Lays the repainted area onto the source. Every pixel that the mask keeps is the source's own, transparency included (at other
 * sizes: the source resampled), exactly in PNG, as far as the format goes in the lossy ones. The area's inner edge is soft,
 * and nothing shows outside of it. Throws PictureError.
 */
export async function compositeMasked(plan: CompositePlan, limits: PixelLimits): Promise<FinishedPicture> {
  const { width, height, format } = plan;
  checkPixels(width, height, limits.maxPixels);
  const mask = await scaleMask(plan.mask, width, height, limits);
  const source = await decodeTo(plan.source, 'fill', plan, limits);
  const result = await decodeTo(plan.result, 'cover', plan, limits);
  const job = { width, height, source, result, alpha: mask.alpha.slice() };
  pool ??= openPool();
  const { pixels, isOpaque } = await pool.run(job, {
    transferList: [job.source.buffer, job.result.buffer, job.alpha.buffer],
    ...(limits.signal === undefined ? {} : { signal: limits.signal }),
  });
  const encoded = await withPixels({ data: pixels, width, height, channels: 4 }, limits, (picture) => {
    let pipeline = picture;
    if (format === 'jpeg') pipeline = pipeline.flatten({ background: plan.flattenOn ?? '#ffffff' });
    else if (isOpaque) pipeline = pipeline.removeAlpha();
    return encodePicture(pipeline, plan).toBuffer();
  });
  const bytes = plan.xmp === undefined ? encoded : markLosslessly(encoded, plan.xmp);
  invariant(bytes !== undefined, 'a fresh picture can be marked');
  return { bytes, mimeType: `image/${format}`, width, height };
}

/** RGBA of a picture at the planned size, in memory of its own that can change hands. */
async function decodeTo(
  bytes: Uint8Array,
  fit: 'fill' | 'cover',
  size: { readonly width: number; readonly height: number },
  limits: PixelLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  recognisePicture(bytes);
  const { data } = await withPicture(bytes, limits, (picture) =>
    picture
      .toColourspace('srgb')
      .ensureAlpha()
      .resize({
        width: size.width,
        height: size.height,
        fit,
        position: 'centre',
        kernel: 'lanczos3',
        fastShrinkOnLoad: false,
      })
      .raw()
      .toUint8Array(),
  );
  const { buffer } = data;
  invariant(
    buffer instanceof ArrayBuffer && buffer.byteLength === data.length,
    'the pixels own their memory',
  );
  return new Uint8Array(buffer);
}

function openPool(): Piscina<BlendJob, Blended> {
  const ending = path.extname(import.meta.url);
  return openThreads<BlendJob, Blended>(new URL(`./composite-worker${ending}`, import.meta.url), {
    name: 'blend',
    maxThreads: 1,
  });
}
