import type { Metadata, Sharp } from 'sharp';
import { bordersOf, placeOn } from './input-geometry.js';
import type { Canvas } from './input-geometry.js';
import { isSaneProfile, isSrgbProfile } from './input-profile.js';
import { recognisePicture } from './input-types.js';
import { checkPixels, encodePicture, PictureError, withPicture } from './sharp-runtime.js';
import type { PixelLimits } from './sharp-runtime.js';
import { stripAside } from './strip-aside.js';
import type { Stripped } from './stripped.js';

export type InputMime = 'image/png' | 'image/jpeg' | 'image/webp';

export interface InputLimits extends PixelLimits {
  /** Bounds on each edge, in pixels. */
  readonly minEdge: number;
  readonly maxEdge: number;
  /** The picture was made by a model and never saw a camera: nothing is taken out of it. */
  readonly keepMetadata?: boolean;
}

export interface NormalisedInput {
  /** undefined: the given bytes are fine as they are. */
  readonly bytes: Uint8Array | undefined;
  readonly mimeType: InputMime;
  /** Upright pixels. */
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  /** What was done, in plain words; empty when nothing was. */
  readonly changes: readonly string[];
}

export interface InputPlan extends Canvas {
  readonly format: 'png' | 'jpeg' | 'webp';
  /** CSS colour behind transparent pixels where the format has no alpha; undefined: white. */
  readonly background?: string;
  /** What the route takes at most. */
  readonly maxBytes?: number;
}

export interface PreparedPicture {
  readonly bytes: Uint8Array;
  readonly mimeType: InputMime;
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
}

/** Tried in turn while the picture has too many bytes; below the last one a model would see mostly blocks. */
const QUALITIES = [95, 88, 80, 70, 60, 50, 40, 30];
/** libjpeg's remark about bytes that belong to nothing. */
const STRAY_BYTES = /^VipsJpeg: Corrupt JPEG data: \d+ extraneous bytes before marker 0x[0-9a-f]{2}$/;
const CANONICAL: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/webp']);

/**
 * Makes an uploaded picture the canonical source of an edit: png, jpeg or webp, one frame, upright, at most 8 bits per
 * channel, RGB or grey, without metadata. A picture that is all this keeps its bytes, an embedded RGB profile included. From
 * one that only has metadata it is taken without touching the pixels; every other is re-encoded to PNG without loss, in sRGB,
 * its transparency kept. Every picture is decoded to its last row.
 * @throws PictureError undecodable, unsupported_type, too_many_pixels or too_small, with a message for callers
 */
export async function normaliseInput(bytes: Uint8Array, limits: InputLimits): Promise<NormalisedInput> {
  const measured = recognisePicture(bytes);
  checkEdges(measured, limits);
  const { mimeType } = measured;
  const stripped = isInputMime(mimeType) ? await stripAside(bytes, mimeType) : undefined;
  return withWhole(bytes, mimeType, stripped, limits, async (picture) => {
    const metadata = await picture.metadata();
    const changes = changesFor(metadata, mimeType, bytes);
    const isClean = limits.keepMetadata === true || stripped?.removed.size === 0;
    if (changes.length === 0 && isInputMime(mimeType) && (isClean || stripped !== undefined)) {
      await decodeFully(picture);
      const { width, height, hasAlpha } = measured;
      const facts = { mimeType, width, height, hasAlpha };
      return isClean || stripped === undefined
        ? { ...facts, bytes: undefined, changes }
        : { ...facts, bytes: stripped.bytes, changes: [`removed: ${[...stripped.removed].join(', ')}`] };
    }
    const { data, info } = await encodePicture(picture.toColourspace('srgb'), {
      format: 'png',
      quality: undefined,
    }).toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    return {
      bytes: data,
      mimeType: 'image/png',
      width,
      height,
      hasAlpha: hasAlpha(info.channels),
      changes: changes.length === 0 ? ['encoded anew, without its metadata'] : changes,
    };
  });
}

/**
 * Decodes a picture strictly. Missing JPEG data is only a remark to the decoder, which paints grey instead, so that remarks
 * count as damage there; but for those about stray bytes, which real photographs have: their picture is whole all the same.
 */
async function withWhole<T>(
  bytes: Uint8Array,
  mimeType: string,
  stripped: Stripped | undefined,
  limits: InputLimits,
  work: (picture: Sharp) => Promise<T>,
): Promise<T> {
  if (mimeType !== 'image/jpeg') return withPicture(bytes, limits, work, 'error');
  try {
    return await withPicture(bytes, limits, work, 'warning');
  } catch (error) {
    if (!isAboutStrayBytes(error)) throw error;
    // Without the stray bytes that stand between segments the decoder gets to say what else there is.
    if (stripped?.removed.has('stray bytes') === true) {
      await withPicture(stripped.bytes, limits, decodeFully, 'warning').catch((other: unknown) => {
        if (!isAboutStrayBytes(other)) throw other;
      });
    }
    return withPicture(bytes, limits, work, 'error');
  }
}

/** True when the decoder had nothing worse to say. */
function isAboutStrayBytes(error: unknown): boolean {
  if (!(error instanceof PictureError) || !(error.cause instanceof Error)) return false;
  const lines = error.cause.message.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 0 && lines.every((line) => STRAY_BYTES.test(line));
}

/**
 * Brings a source to what a route takes: Lanczos, the edges drawn out where `contain` leaves a rest. A canonical source that
 * has the canvas's pixels and format keeps its bytes.
 * @throws PictureError; `too_many_bytes` when no quality of jpeg or webp, or the png, is within `maxBytes`
 */
export async function prepareInput(
  bytes: Uint8Array,
  plan: InputPlan,
  limits: PixelLimits,
): Promise<PreparedPicture> {
  checkPixels(plan.width, plan.height, limits.maxPixels);
  const measured = recognisePicture(bytes);
  const maxBytes = plan.maxBytes ?? Infinity;
  const mimeType: InputMime = `image/${plan.format}`;
  return withPicture(bytes, limits, async (picture) => {
    const metadata = await picture.metadata();
    const fits =
      measured.mimeType === mimeType && measured.width === plan.width && measured.height === plan.height;
    const { width, height } = plan;
    if (fits && bytes.length <= maxBytes && isPlain(metadata, measured.mimeType, bytes)) {
      return { bytes, mimeType, width, height, hasAlpha: measured.hasAlpha };
    }
    const size = metadata.autoOrient;
    for (const quality of plan.format === 'png' ? [undefined] : QUALITIES) {
      const pipeline = encodePicture(drawOn(picture.clone(), plan, size), { format: plan.format, quality });
      const { data, info } = await pipeline.toBuffer({ resolveWithObject: true });
      if (data.length <= maxBytes) {
        return { bytes: data, mimeType, width, height, hasAlpha: hasAlpha(info.channels) };
      }
    }
    throw new PictureError(
      'too_many_bytes',
      `The picture has more than ${maxBytes} bytes as ${plan.format} of ${width}x${height} pixels.`,
    );
  });
}

/** Puts a picture of the given upright size on a canvas. */
function drawOn(
  picture: Sharp,
  plan: InputPlan,
  size: { readonly width: number; readonly height: number },
): Sharp {
  const place = placeOn(plan, size);
  const scaled = picture
    .toColourspace('srgb')
    .resize({
      width: place.width,
      height: place.height,
      fit: 'fill',
      kernel: 'lanczos3',
      fastShrinkOnLoad: false,
    })
    .extend({ ...bordersOf(plan, place), extendWith: 'copy' });
  return plan.format === 'jpeg' ? scaled.flatten({ background: plan.background ?? '#ffffff' }) : scaled;
}

/** Reads every row, in little memory: what is damaged anywhere fails here. */
async function decodeFully(picture: Sharp): Promise<void> {
  await picture
    .resize({ width: 8, height: 8, fit: 'fill', kernel: 'linear', fastShrinkOnLoad: false })
    .raw()
    .toBuffer();
}

function changesFor(metadata: Metadata, mimeType: string, bytes: Uint8Array): string[] {
  const changes: string[] = [];
  if (isAnimated(metadata, mimeType, bytes)) changes.push('first frame of the animation');
  if ((metadata.orientation ?? 1) > 1) changes.push('turned upright as its EXIF says');
  if (metadata.depth !== 'uchar') changes.push('reduced to 8 bits per channel');
  if (metadata.space === 'cmyk') changes.push('converted from CMYK to sRGB');
  else if (metadata.icc !== undefined && !isSaneProfile(metadata.icc))
    changes.push('odd colour profile removed');
  if (!CANONICAL.has(mimeType)) changes.push(`converted from ${mimeType.slice('image/'.length)}`);
  return changes;
}

/** Canonical, and shown alike by readers that know nothing of colour profiles. */
function isPlain(metadata: Metadata, mimeType: string, bytes: Uint8Array): boolean {
  return (
    changesFor(metadata, mimeType, bytes).length === 0 &&
    (metadata.icc === undefined || isSrgbProfile(metadata.icc))
  );
}

/** The decoder reads animated PNG as a still picture and doesn't tell; its control chunk stands before the data. */
function isAnimated(metadata: Metadata, mimeType: string, bytes: Uint8Array): boolean {
  if ((metadata.pages ?? 1) > 1) return true;
  if (mimeType !== 'image/png') return false;
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = file.indexOf('IDAT');
  const control = file.subarray(0, data < 0 ? file.length : data).indexOf('acTL');
  return control >= 0;
}

function isInputMime(mimeType: string): mimeType is InputMime {
  return CANONICAL.has(mimeType);
}

function hasAlpha(channels: number): boolean {
  return channels === 2 || channels === 4;
}

function checkEdges(size: { readonly width: number; readonly height: number }, limits: InputLimits): void {
  const { minEdge, maxEdge } = limits;
  const found = `; this one has ${size.width}x${size.height}`;
  if (Math.min(size.width, size.height) < minEdge)
    throw new PictureError('too_small', `A picture's edges must have at least ${minEdge} pixels${found}.`);
  if (Math.max(size.width, size.height) > maxEdge)
    throw new PictureError(
      'too_many_pixels',
      `A picture's edges may have at most ${maxEdge} pixels${found}.`,
    );
}
