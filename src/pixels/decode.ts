import { measureBuffer } from './measure.js';
import { withPicture } from './sharp-runtime.js';
import type { PixelLimits } from './sharp-runtime.js';

export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  readonly format: 'png' | 'jpeg' | 'webp' | 'avif' | 'gif';
  /** Four bytes per pixel in sRGB, row by row. */
  readonly rgba: Uint8Array;
}

const FORMATS = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/gif': 'gif',
} as const;

/** Decodes the first frame fully, a stored orientation applied. Throws PictureError. */
export async function decodePicture(
  bytes: Uint8Array,
  limits: PixelLimits = { maxPixels: 64 * 1024 * 1024 },
): Promise<DecodedPicture> {
  const { data, info } = await withPicture(bytes, limits, (picture) =>
    picture.toColourspace('srgb').ensureAlpha().raw().toBuffer({ resolveWithObject: true }),
  );
  const mimeType = measureBuffer(bytes)?.mimeType ?? 'image/png';
  return { width: info.width, height: info.height, format: FORMATS[mimeType], rgba: data };
}
