import sharp from 'sharp';
import { fitMask, readMask, scaleMask, type MaskPlane } from '../../src/pixels/mask.js';
import { withPicture, withPixels } from '../../src/pixels/sharp-runtime.js';

/** Ways in which the picture of an edit can come. */
export const SOURCE_KINDS = ['png', 'jpeg', 'webp', 'alpha', 'gif', 'exif', 'avif', 'png16'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

export const MASK_SHAPES = ['rectangle', 'ellipse', 'half'] as const;
export type MaskShape = (typeof MASK_SHAPES)[number];

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A picture made for a test; width and height are those of its upright pixels. */
export interface MadePicture extends Size {
  readonly bytes: Buffer;
  readonly mimeType: string;
}

/** Decoded pixels, four bytes each. */
export interface Rgba extends Size {
  readonly data: Uint8Array;
}

const LIMITS = { maxPixels: 50_000_000 };
const made = new Map<string, Promise<MadePicture>>();

function remember(name: string, make: () => Promise<MadePicture>): Promise<MadePicture> {
  const picture = made.get(name) ?? make();
  made.set(name, picture);
  return picture;
}

/**
 * A scene of soft colours and hard edges that differs everywhere; made once per kind and size. `exif` is a JPEG stored on its
 * side, `alpha` a PNG that is transparent on the left and opaque on the right, `gif` has two frames.
 */
export function createSource(kind: SourceKind, size: Size): Promise<MadePicture> {
  return remember(`${kind} ${size.width}x${size.height}`, () => encodeSource(kind, size));
}

async function encodeSource(kind: SourceKind, { width, height }: Size): Promise<MadePicture> {
  const channels = kind === 'alpha' ? 4 : 3;
  const picture = (turned = false) =>
    sharp(scene(width, height, channels, turned), {
      raw: turned ? { width: height, height: width, channels } : { width, height, channels },
    });
  switch (kind) {
    case 'png':
    case 'alpha':
      return { bytes: await picture().png().toBuffer(), mimeType: 'image/png', width, height };
    case 'png16': {
      const bytes = await picture().toColourspace('rgb16').png().toBuffer();
      return { bytes, mimeType: 'image/png', width, height };
    }
    case 'jpeg':
      return { bytes: await picture().jpeg().toBuffer(), mimeType: 'image/jpeg', width, height };
    case 'exif': {
      const bytes = await picture(true).withMetadata({ orientation: 6 }).jpeg().toBuffer();
      return { bytes, mimeType: 'image/jpeg', width, height };
    }
    case 'webp':
      return { bytes: await picture().webp().toBuffer(), mimeType: 'image/webp', width, height };
    case 'avif':
      return { bytes: await picture().avif({ effort: 0 }).toBuffer(), mimeType: 'image/avif', width, height };
    case 'gif': {
      const frames = await Promise.all([picture().png().toBuffer(), picture().negate().png().toBuffer()]);
      const bytes = await sharp(frames, { join: { animated: true } })
        .gif({ effort: 1 })
        .toBuffer();
      return { bytes, mimeType: 'image/gif', width, height };
    }
  }
}

/** @param turned stored on its side, so that orientation 6 shows it upright */
function scene(width: number, height: number, channels: 3 | 4, turned: boolean): Uint8Array {
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (turned ? (width - 1 - x) * height + y : y * width + x) * channels;
      const tile = (Math.floor(x / 24) + Math.floor(y / 24)) % 2;
      data[at] = (x * 200) / width + tile * 40;
      data[at + 1] = (y * 200) / height + tile * 20;
      data[at + 2] = 60 + ((x + 2 * y) % 128);
      if (channels === 4) data[at + 3] = Math.min(255, (x * 400) / width);
    }
  }
  return data;
}

/** A PNG whose transparent pixels mark the middle of a source; `half` has half its edges, `ellipse` a soft border. */
export function createMask(shape: MaskShape, source: Size): Promise<MadePicture> {
  return remember(`${shape} ${source.width}x${source.height}`, () => encodeMask(shape, source));
}

async function encodeMask(shape: MaskShape, source: Size): Promise<MadePicture> {
  const part = shape === 'half' ? 2 : 1;
  const [width, height] = [Math.round(source.width / part), Math.round(source.height / part)];
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = [(x + 0.5) / width - 0.5, (y + 0.5) / height - 0.5];
      const alpha =
        shape === 'ellipse'
          ? Math.min(255, Math.max(0, (Math.hypot(u, v) - 0.2) * 2550))
          : Math.max(Math.abs(u), Math.abs(v)) < 0.25
            ? 0
            : 255;
      data[(y * width + x) * 4 + 3] = alpha;
    }
  }
  const bytes = await sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
  return { bytes, mimeType: 'image/png', width, height };
}

/** Every pixel of a picture, upright, in sRGB with 8 bits per channel. */
export function decodeRgba(bytes: Uint8Array): Promise<Rgba> {
  return withPicture(bytes, LIMITS, async (picture) => {
    const { data, info } = await picture.toColourspace('srgb').ensureAlpha().raw().toUint8Array();
    return { data, width: info.width, height: info.height };
  });
}

/** Brings pixels to another size as the source of a masked edit is brought to it. */
export async function resample(pixels: Rgba, { width, height }: Size): Promise<Rgba> {
  if (pixels.width === width && pixels.height === height) return pixels;
  return withPixels({ ...pixels, channels: 4 }, LIMITS, async (picture) => {
    const sized = picture.resize({ width, height, fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad: false });
    return { data: await sized.raw().toBuffer(), width, height };
  });
}

/** The mask of an edit over the pixels of what is delivered. */
export async function maskOver(mask: MadePicture, source: Size, delivered: Size): Promise<MaskPlane> {
  const plane = await fitMask(await readMask(mask.bytes, LIMITS), source, LIMITS);
  return scaleMask(plane, delivered.width, delivered.height, LIMITS);
}

/** How a delivered picture differs from its source on the two sides of a mask. */
export interface Difference {
  /** Pixels outside the mask with any other byte. */
  readonly changedOutside: number;
  /** Mean difference of a colour outside the mask, on white, 0 to 255. */
  readonly meanOutside: number;
  /** Share of the pixels that the mask frees wholly that differ, 0 to 1. */
  readonly changedInside: number;
}

export function compareAround(source: Rgba, delivered: Rgba, mask: MaskPlane): Difference {
  const [below, above] = [asPixels(source.data), asPixels(delivered.data)];
  let [outside, changedOutside, sum, inside, changedInside] = [0, 0, 0, 0, 0];
  for (let at = 0; at < below.length; at += 1) {
    const keep = mask.alpha[at];
    const changed = below[at] !== above[at];
    if (keep === 0) {
      inside += 1;
      if (changed) changedInside += 1;
    } else if (keep === 255) {
      outside += 1;
      if (!changed) continue;
      changedOutside += 1;
      for (let channel = at * 4; channel < at * 4 + 3; channel += 1)
        sum += Math.abs(onWhite(source.data, channel, at) - onWhite(delivered.data, channel, at));
    }
  }
  return {
    changedOutside,
    meanOutside: sum / Math.max(1, outside * 3),
    changedInside: changedInside / Math.max(1, inside),
  };
}

function onWhite(data: Uint8Array, channel: number, pixel: number): number {
  return 255 - ((255 - (data[channel] ?? 0)) * (data[pixel * 4 + 3] ?? 0)) / 255;
}

/** The same memory, four bytes at a time. */
function asPixels(data: Uint8Array): Int32Array {
  return new Int32Array(data.buffer, data.byteOffset, data.length / 4);
}
