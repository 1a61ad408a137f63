import { withPicture, type PixelLimits } from './sharp-runtime.js';

/** A small version of a picture: PNG, upright, its first frame, at most so many pixels wide and high. */
export interface Thumbnail {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Makes a small version of a picture that is in memory; smaller ones stay as large as they are. Throws PictureError. */
export async function makeThumbnail(
  input: Uint8Array,
  maxEdge: number,
  limits: PixelLimits,
): Promise<Thumbnail> {
  const { data, info } = await withPicture(input, limits, (picture) =>
    picture
      .toColourspace('srgb')
      .resize({
        width: maxEdge,
        height: maxEdge,
        fit: 'inside',
        withoutEnlargement: true,
        kernel: 'lanczos3',
      })
      .png({ compressionLevel: 2 })
      .toBuffer({ resolveWithObject: true }),
  );
  return { bytes: data, width: info.width, height: info.height };
}
