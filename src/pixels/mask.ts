/**
 * Masks mean one thing: transparent = repaint. They are read once into a plane and written in each protocol's way.
 */
import { bordersOf, placeOn } from './input-geometry.js';
import type { Canvas } from './input-geometry.js';
import { recognisePicture } from './input-types.js';
import { checkPixels, PictureError, withPicture, withPixels } from './sharp-runtime.js';
import type { PixelLimits } from './sharp-runtime.js';

/** One byte per pixel, rows from the top: 255 keep, 0 repaint, between them repaint in part. */
export interface MaskPlane {
  readonly width: number;
  readonly height: number;
  readonly alpha: Uint8Array;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const KEEP = 255;
/** How far the ratios of mask and picture may differ. */
const RATIO_SLACK = 0.01;
/** Masks are flat areas, small at any level; this one takes half the time of the usual. */
const MASK_PNG = { compressionLevel: 3 };

/**
 * Reads the transparency of a mask picture, upright.
 * @throws PictureError `no_alpha` without an alpha channel, `nothing_to_repaint` when every pixel is opaque, else as any input
 */
export async function readMask(bytes: Uint8Array, limits: PixelLimits): Promise<MaskPlane> {
  const mask = await withPicture(checked(bytes), limits, async (picture) => {
    const { hasAlpha } = await picture.metadata();
    if (!hasAlpha) {
      throw new PictureError(
        'no_alpha',
        'The mask has no alpha channel; its transparent pixels mark what is repainted.',
      );
    }
    const { data, info } = await picture.extractChannel('alpha').raw().toUint8Array();
    return { width: info.width, height: info.height, alpha: data };
  });
  if (mask.alpha.every((value) => value === KEEP)) {
    throw new PictureError(
      'nothing_to_repaint',
      'The mask is opaque everywhere; its transparent pixels mark what is repainted.',
    );
  }
  return mask;
}

/** Scales a mask; pixels that are covered in part come out between keep and repaint. Same size: the same mask. */
export async function scaleMask(
  mask: MaskPlane,
  width: number,
  height: number,
  limits: PixelLimits,
): Promise<MaskPlane> {
  return placeMask(mask, { width, height, fit: 'exact' }, limits);
}

/**
 * Brings a mask to its source's pixels.
 * @throws PictureError `mask_ratio` when the shapes differ by more than 1 % and more than rounding explains
 */
export async function fitMask(mask: MaskPlane, source: Size, limits: PixelLimits): Promise<MaskPlane> {
  const ratio = source.width / source.height;
  const isNear =
    Math.abs(mask.width - mask.height * ratio) <= Math.max(1, RATIO_SLACK * mask.width) ||
    Math.abs(mask.height - mask.width / ratio) <= Math.max(1, RATIO_SLACK * mask.height);
  if (!isNear) {
    throw new PictureError(
      'mask_ratio',
      `The mask (${mask.width}x${mask.height}) must have the shape of its picture (${source.width}x${source.height}).`,
    );
  }
  return scaleMask(mask, source.width, source.height, limits);
}

/** An RGBA PNG on a route's canvas: black, alpha 0 where repainted. What `contain` fills is kept. */
export async function alphaMaskPng(
  mask: MaskPlane,
  canvas: Canvas,
  limits: PixelLimits,
): Promise<Uint8Array> {
  const placed = await placeMask(mask, canvas, limits);
  const black = new Uint8Array(placed.width * placed.height * 3);
  return withAlpha({ ...placed, data: black }, placed, limits);
}

/** An 8-bit grey PNG on a route's canvas: white where repainted. What `contain` fills is kept, black. */
export async function whiteMaskPng(
  mask: MaskPlane,
  canvas: Canvas,
  limits: PixelLimits,
): Promise<Uint8Array> {
  const { width, height, alpha } = await placeMask(mask, canvas, limits);
  return withPixels({ data: alpha, width, height, channels: 1 }, limits, (picture) =>
    picture.negate().toColourspace('b-w').png(MASK_PNG).toBuffer(),
  );
}

/**
 * The source on a route's canvas with the mask as its only transparency, for protocols that want the hole in the picture. What
 * was transparent in the source itself is laid on white, so that it is no hole. The colours below the hole stay.
 */
export async function alphaCutoutPng(
  source: Uint8Array,
  mask: MaskPlane,
  canvas: Canvas,
  limits: PixelLimits,
): Promise<Uint8Array> {
  const placed = await placeMask(mask, canvas, limits);
  const data = await withPicture(checked(source), limits, async (picture) => {
    const place = placeOn(canvas, (await picture.metadata()).autoOrient);
    const { data: pixels } = await picture
      .toColourspace('srgb')
      .flatten({ background: '#ffffff' })
      .resize({
        width: place.width,
        height: place.height,
        fit: 'fill',
        kernel: 'lanczos3',
        fastShrinkOnLoad: false,
      })
      .extend({ ...bordersOf(canvas, place), extendWith: 'copy' })
      .raw()
      .toUint8Array();
    return pixels;
  });
  return withAlpha({ ...placed, data }, placed, limits);
}

/** Puts a mask on a canvas as its picture lies there. */
async function placeMask(mask: MaskPlane, canvas: Canvas, limits: PixelLimits): Promise<MaskPlane> {
  if (mask.width === canvas.width && mask.height === canvas.height) return mask;
  checkPixels(canvas.width, canvas.height, limits.maxPixels);
  const place = placeOn(canvas, mask);
  const { width, height, alpha } = mask;
  return withPixels({ data: alpha, width, height, channels: 1 }, limits, async (picture) => {
    const { data, info } = await picture
      // Linear: the wider kernels swing over and would touch pixels beside the area.
      .resize({ width: place.width, height: place.height, fit: 'fill', kernel: 'linear' })
      .extend({ ...bordersOf(canvas, place), background: '#ffffff' })
      .extractChannel(0)
      .raw()
      .toUint8Array();
    return { width: info.width, height: info.height, alpha: data };
  });
}

/** Writes RGB pixels and an alpha plane of the same size as one PNG. */
function withAlpha(
  pixels: Size & { readonly data: Uint8Array },
  mask: MaskPlane,
  limits: PixelLimits,
): Promise<Uint8Array> {
  const { width, height, data } = pixels;
  return withPixels({ data, width, height, channels: 3 }, limits, (picture) =>
    picture
      .joinChannel(Buffer.from(mask.alpha.buffer, mask.alpha.byteOffset, mask.alpha.byteLength), {
        raw: { width, height, channels: 1 },
      })
      .png(MASK_PNG)
      .toBuffer(),
  );
}

function checked(bytes: Uint8Array): Uint8Array {
  recognisePicture(bytes);
  return bytes;
}
