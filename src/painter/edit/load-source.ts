import sharp from 'sharp';
import { Canvas } from '../canvas.js';
import { EditSourceError } from '../edit-request.js';
import { measureBuffer } from '../../pixels/measure.js';

const mostSourcePixels = 150_000_000;

/** Straight RGBA pixels. */
export interface Pixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
}

/** A picture scaled to cover a size, centred. Throws EditSourceError; `name` says which picture it was. */
export async function loadSource(
  bytes: Uint8Array,
  width: number,
  height: number,
  name: string,
): Promise<Pixels> {
  checkKind(bytes, name);
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: mostSourcePixels, failOn: 'error' })
      .toColourspace('srgb')
      .resize(width, height, { fit: 'cover', position: 'centre', kernel: 'cubic' })
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength);
    return { data: pixels, width: info.width, height: info.height, hasAlpha: seesThrough(pixels) };
  } catch (error) {
    throw unreadable(name, error);
  }
}

/** What a mask asks to repaint: 0 (keep) to 1, one value per pixel. Throws EditSourceError. */
export async function loadMask(
  bytes: Uint8Array,
  width: number,
  height: number,
): Promise<Float32Array<ArrayBuffer>> {
  checkKind(bytes, 'mask');
  try {
    const data = await sharp(bytes, { limitInputPixels: mostSourcePixels, failOn: 'error' })
      .ensureAlpha()
      .extractChannel('alpha')
      .resize(width, height, { fit: 'cover', position: 'centre', kernel: 'linear' })
      .raw()
      .toBuffer();
    return Float32Array.from(data, (alpha) => 1 - alpha / 255);
  } catch (error) {
    throw unreadable('mask', error);
  }
}

/** The picture at another size, as an opaque sheet to work on. */
export async function toCanvas(pixels: Pixels, width: number, height: number): Promise<Canvas> {
  const canvas = new Canvas(width, height);
  if (width === pixels.width && height === pixels.height) canvas.data.set(pixels.data);
  else canvas.data.set(await resizePixels(pixels.data, pixels, width, height, 'cubic'));
  for (let at = 3; at < canvas.data.length; at += 4) canvas.data[at] = 255;
  return canvas;
}

/** Straight RGBA at another size. */
export async function resizePixels(
  data: Uint8ClampedArray | Uint8Array,
  size: { readonly width: number; readonly height: number },
  width: number,
  height: number,
  kernel: 'cubic' | 'nearest',
): Promise<Buffer> {
  return sharp(data, {
    raw: { width: size.width, height: size.height, channels: 4 },
    limitInputPixels: false,
  })
    .resize(width, height, { fit: 'fill', kernel })
    .raw()
    .toBuffer();
}

/** sharp would also read SVG, TIFF and others that nobody may send. */
function checkKind(bytes: Uint8Array, name: string): void {
  if (measureBuffer(bytes) === undefined)
    throw new EditSourceError(`The ${name} of the edit is no PNG, JPEG or WebP picture.`);
}

function unreadable(name: string, cause: unknown): EditSourceError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new EditSourceError(`The ${name} of the edit can't be decoded${reason}.`);
}

function seesThrough(data: Uint8ClampedArray): boolean {
  for (let at = 3; at < data.length; at += 4) if ((data[at] ?? 255) < 255) return true;
  return false;
}
