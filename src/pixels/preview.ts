import { encodePicture, withPicture, type PixelLimits } from './sharp-runtime.js';

/** Small pictures are looked at and thrown away: half the bytes for what nobody sees at their size. */
const QUALITY = 78;

/**
 * A small WebP of a picture that is in memory: upright, its first frame, sRGB, with its transparency.
 * @param width in pixels; narrower pictures stay as they are. The height follows.
 * Throws PictureError.
 */
export function makePreview(input: Uint8Array, width: number, limits: PixelLimits): Promise<Buffer> {
  return withPicture(input, limits, (picture) =>
    encodePicture(picture.toColourspace('srgb').resize({ width, withoutEnlargement: true }), {
      format: 'webp',
      quality: QUALITY,
    }).toBuffer(),
  );
}
