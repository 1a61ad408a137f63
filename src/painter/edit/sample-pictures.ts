import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { EditRequest } from '../edit-request.js';
import { editFull } from './edit-full.js';
import { editPlain } from './edit-plain.js';
import { readInstruction } from './read-instruction.js';

/** What the edit tests share: small painted sources, edits without a thread of their own, and ways to compare pixels. */
export const sampleEdge = 192;

/** One of the painted sources; how they are made stands in `scripts/edit-samples.ts`. */
export async function samplePicture(
  name: 'meadow' | 'lighthouse' | 'bridge' | 'dunes' | 'fox' = 'meadow',
): Promise<Uint8Array> {
  return new Uint8Array(await readFile(new URL(`fixtures/${name}.jpg`, import.meta.url)));
}

export async function sampleRequest(changes: Partial<EditRequest> = {}): Promise<EditRequest> {
  return {
    prompt: 'make it winter',
    avoid: [],
    sources: changes.sources ?? [await samplePicture()],
    mask: undefined,
    width: sampleEdge,
    height: sampleEdge,
    seed: 1,
    detail: 'full',
    format: 'png',
    quality: undefined,
    label: undefined,
    transparent: false,
    xmp: undefined,
    ...changes,
  };
}

/** The encoded edit, made as a painting thread makes it. */
export async function editBytes(changes: Partial<EditRequest>): Promise<Uint8Array> {
  const request = await sampleRequest(changes);
  if (request.detail === 'plain') return editPlain(request);
  return editFull(request, readInstruction(request.prompt, request.avoid, request.mask !== undefined));
}

export interface SamplePixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

export async function pixelsOf(bytes: Uint8Array): Promise<SamplePixels> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

export async function edited(changes: Partial<EditRequest>): Promise<SamplePixels> {
  return pixelsOf(await editBytes(changes));
}

type Mean = readonly [number, number, number];

/** Mean of red, green and blue over a part of the rows. */
export function meanOf(pixels: SamplePixels, fromRow = 0, toRow = 1): Mean {
  const sum: [number, number, number] = [0, 0, 0];
  const first = Math.floor(pixels.height * fromRow);
  const last = Math.floor(pixels.height * toRow);
  for (let at = first * pixels.width; at < last * pixels.width; at++) {
    for (const part of [0, 1, 2] as const) sum[part] += pixels.data[at * pixels.channels + part] ?? 0;
  }
  const count = (last - first) * pixels.width;
  return [sum[0] / count, sum[1] / count, sum[2] / count];
}

export function lumaOf([red, green, blue]: Mean): number {
  return red * 0.3 + green * 0.59 + blue * 0.11;
}

/** Strength of the edges at every pixel, whatever the light. */
export async function edgesOf(pixels: SamplePixels): Promise<Float64Array> {
  const { data, width, height, channels } = pixels;
  const { data: grey } = await sharp(data, { raw: { width, height, channels: channels === 4 ? 4 : 3 } })
    .removeAlpha()
    .greyscale()
    .blur(1)
    .normalise()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const found = new Float64Array(width * height);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const across = (grey[at + 1] ?? 0) - (grey[at - 1] ?? 0);
      const down = (grey[at + width] ?? 0) - (grey[at - width] ?? 0);
      found[at] = Math.sqrt(Math.sqrt(across * across + down * down));
    }
  }
  return found;
}

export function correlation(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const count = one.length;
  let [first, second] = [0, 0];
  for (let index = 0; index < count; index++) {
    first += one[index] ?? 0;
    second += other[index] ?? 0;
  }
  let [product, left, right] = [0, 0, 0];
  for (let index = 0; index < count; index++) {
    const a = (one[index] ?? 0) - first / count;
    const b = (other[index] ?? 0) - second / count;
    product += a * b;
    left += a * a;
    right += b * b;
  }
  return product / Math.sqrt(left * right);
}

/** Mean absolute difference of the colours, 0 to 255. */
export function differenceOf(one: SamplePixels, other: SamplePixels): number {
  let sum = 0;
  const count = one.width * one.height;
  for (let index = 0; index < count; index++) {
    for (let part = 0; part < 3; part++)
      sum += Math.abs(
        (one.data[index * one.channels + part] ?? 0) - (other.data[index * other.channels + part] ?? 0),
      );
  }
  return sum / (count * 3);
}

/** A mask whose right half is repainted. */
export async function rightHalf(width: number, height: number): Promise<Uint8Array> {
  const data = Buffer.alloc(width * height * 4, 255);
  for (let at = 0; at < width * height; at++) if (at % width >= width / 2) data[at * 4 + 3] = 0;
  return sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
}
