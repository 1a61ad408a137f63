import sharp, { type Sharp } from 'sharp';
import type { PaintFormat, PaintRequest } from './paint-request.js';
import { buildXmp } from '../pixels/xmp.js';

export const mimeTypes = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  avif: 'image/avif',
} as const satisfies Record<PaintFormat, string>;

/** Straight (not premultiplied) pixels with 3 or 4 channels. */
export interface Raster {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  /** Enlarging keeps hard edges instead of smoothing them. */
  readonly hardEdges: boolean;
}

/** What of a request says how its picture is written. */
export type Delivery = Pick<
  PaintRequest,
  'width' | 'height' | 'format' | 'quality' | 'detail' | 'transparent' | 'xmp'
>;

/** Brings a raster to the asked size and writes it in the asked format, with its metadata. */
export async function encodeRaster(raster: Raster, request: Delivery): Promise<Uint8Array> {
  const { width, height, channels } = raster;
  let image = sharp(raster.data, { raw: { width, height, channels }, limitInputPixels: false });
  if (width !== request.width || height !== request.height) {
    const kernel = raster.hardEdges ? 'nearest' : 'cubic';
    image = image.resize(request.width, request.height, { fit: 'fill', kernel });
  }
  if (channels === 4 && (!request.transparent || request.format === 'jpeg'))
    image = image.flatten({ background: '#ffffff' });
  image = writeFormat(image, request);
  if (request.xmp !== undefined) image = image.withXmp(buildXmp(request.xmp));
  const { data } = await image.toUint8Array();
  return data;
}

function writeFormat(image: Sharp, request: Delivery): Sharp {
  const plain = request.detail === 'plain';
  const lossy =
    request.quality === undefined ? {} : { quality: Math.min(100, Math.max(1, Math.round(request.quality))) };
  switch (request.format) {
    case 'png':
      return image.png({ compressionLevel: plain ? 1 : 2, adaptiveFiltering: !plain });
    case 'jpeg':
      return image.jpeg({ quality: 90, ...lossy, chromaSubsampling: plain ? '4:2:0' : '4:4:4' });
    case 'webp':
      return image.webp({ quality: 88, ...lossy, effort: plain ? 0 : 2 });
    case 'avif':
      return image.avif({ quality: 62, ...lossy, effort: plain ? 0 : 1 });
  }
}
