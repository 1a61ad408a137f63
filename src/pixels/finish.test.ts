import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExifTool } from 'exiftool-vendored';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodePicture } from './decode.js';
import { finishPicture, PictureError } from './finish.js';
import type { FinishPlan } from './finish.js';
import { measureBuffer } from './measure.js';

const LIMITS = { maxPixels: 4_000_000 };
const FORMATS = ['png', 'jpeg', 'webp', 'avif'] as const;

const plan = (given: Partial<FinishPlan> = {}): FinishPlan => ({
  width: 64,
  height: 64,
  format: 'png',
  quality: undefined,
  fit: 'crop',
  flattenOn: undefined,
  xmp: undefined,
  ...given,
});

/** Four coloured bands from left to right: red, green, blue, white. */
const BANDS = ['#ff0000', '#00ff00', '#0000ff', '#ffffff'];
function bands(width: number, height: number): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at += 1) {
    const colour = BANDS[Math.floor(((at % width) * 4) / width)] ?? '#000000';
    pixels.write(colour.slice(1), at * 3, 'hex');
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

function noise(width: number, height: number): Sharp {
  const pixels = Buffer.from(
    Array.from({ length: width * height * 3 }, (_, at) => Math.imul(at, 2_654_435_761) >>> 24),
  );
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

async function pixelAt(bytes: Uint8Array, x: number, y: number): Promise<number[]> {
  const { rgba, width } = await decodePicture(bytes);
  return [...rgba.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  const failure = await work.then(
    () => 'nothing wrong',
    (error: unknown) => error,
  );
  return failure instanceof PictureError ? failure.reason : String(failure);
}

describe('finishPicture', () => {
  it.each(FORMATS)('delivers exact pixels as %s', async (format) => {
    const input = await bands(123, 77);
    for (const [width, height] of [
      [123, 77],
      [64, 64],
      [200, 100],
      [65, 301],
    ] as const) {
      const finished = await finishPicture(input, plan({ width, height, format }), LIMITS);
      expect(finished).toMatchObject({ width, height, mimeType: `image/${format}` });
      expect(measureBuffer(finished.bytes)).toStrictEqual({
        mimeType: `image/${format}`,
        width,
        height,
        hasAlpha: false,
        complete: true,
        c2pa: false,
      });
      expect(await decodePicture(finished.bytes)).toMatchObject({ width, height, format });
    }
  });

  it.each(FORMATS)('gives equal bytes for equal plans as %s', async (format) => {
    const input = await bands(200, 150);
    const first = await finishPicture(input, plan({ format }), LIMITS);
    const second = await finishPicture(input, plan({ format }), LIMITS);
    expect(Buffer.from(first.bytes).equals(second.bytes)).toBe(true);
  });

  it('cuts evenly from both sides', async () => {
    const { bytes } = await finishPicture(await bands(400, 100), plan({ width: 200, height: 100 }), LIMITS);
    expect(await pixelAt(bytes, 0, 50)).toStrictEqual([0, 255, 0, 255]);
    expect(await pixelAt(bytes, 199, 50)).toStrictEqual([0, 0, 255, 255]);
  });

  it('changes no pixel when nothing but the format changes', async () => {
    const input = await sharp(await bands(64, 64))
      .webp({ lossless: true })
      .toBuffer();
    const { bytes } = await finishPicture(input, plan(), LIMITS);
    const [before, after] = await Promise.all([decodePicture(input), decodePicture(bytes)]);
    expect(Buffer.from(after.rgba).equals(before.rgba)).toBe(true);
  });

  it('applies a stored orientation before it cuts', async () => {
    const input = await sharp(await bands(80, 40))
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer();
    expect(measureBuffer(input)).toMatchObject({ width: 80, height: 40 });
    const { bytes } = await finishPicture(input, plan({ width: 40, height: 80 }), LIMITS);
    const [red = 0, green = 0, blue = 255] = await pixelAt(bytes, 20, 5);
    expect([red > 200, green < 60, blue < 60]).toStrictEqual([true, true, true]);
    expect((await sharp(bytes).metadata()).orientation).toBeUndefined();
  });

  it('keeps transparency where the format has it, else paints what is behind', async () => {
    const input = await sharp({ create: { width: 64, height: 64, channels: 4, background: '#ff000000' } })
      .png()
      .toBuffer();
    for (const format of ['png', 'webp', 'avif'] as const) {
      const { bytes } = await finishPicture(input, plan({ format, flattenOn: '#00ff00' }), LIMITS);
      expect((await pixelAt(bytes, 9, 9))[3]).toBe(0);
    }
    const onWhite = await finishPicture(input, plan({ format: 'jpeg' }), LIMITS);
    expect(await pixelAt(onWhite.bytes, 9, 9)).toStrictEqual([255, 255, 255, 255]);
    const onGreen = await finishPicture(input, plan({ format: 'jpeg', flattenOn: '#00ff00' }), LIMITS);
    const [red = 255, green = 0] = await pixelAt(onGreen.bytes, 9, 9);
    expect(green - red).toBeGreaterThan(240);
  });

  it('delivers 8-bit sRGB without a profile, mapping what was wider', async () => {
    for (const space of ['srgb', 'rgb16']) {
      const wide = await sharp(await bands(64, 64))
        .withIccProfile('p3')
        .toColourspace(space)
        .png()
        .toBuffer();
      expect(await sharp(wide).metadata()).toMatchObject({
        depth: space === 'srgb' ? 'uchar' : 'ushort',
        hasProfile: true,
      });
      const { bytes } = await finishPicture(wide, plan(), LIMITS);
      expect(await sharp(bytes).metadata()).toMatchObject({
        depth: 'uchar',
        space: 'srgb',
        hasProfile: false,
      });
      const [red = 0, green = 255, blue = 255] = await pixelAt(bytes, 5, 5);
      expect([red > 250, green < 5, blue < 5]).toStrictEqual([true, true, true]);
      expect((await decodePicture(wide)).rgba.subarray(0, 4)).toStrictEqual(
        Buffer.from([red, green, blue, 255]),
      );
    }
  });

  it('obeys the asked quality', async () => {
    const input = await noise(256, 256).png().toBuffer();
    for (const format of ['jpeg', 'webp', 'avif'] as const) {
      const sizes: number[] = [];
      for (const quality of [0, 30, 100]) {
        sizes.push((await finishPicture(input, plan({ format, quality }), LIMITS)).bytes.length);
      }
      expect(sizes).toStrictEqual([...sizes].sort((a, b) => a - b));
    }
  });

  it('refuses too many pixels before decoding, coming in or going out', async () => {
    const input = await sharp({ create: { width: 3000, height: 3000, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    expect(await reasonOf(finishPicture(input, plan(), LIMITS))).toBe('too_many_pixels');
    expect(await reasonOf(decodePicture(input, LIMITS))).toBe('too_many_pixels');
    expect(
      await reasonOf(finishPicture(await bands(9, 9), plan({ width: 3000, height: 3000 }), LIMITS)),
    ).toBe('too_many_pixels');
  });

  it('refuses what is no picture, is damaged or is of a kind nobody asked for', async () => {
    const noisy = noise(64, 64);
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
    );
    const inputs = [Buffer.alloc(0), Buffer.from('text'), svg, await noisy.clone().tiff().toBuffer()];
    for (const format of FORMATS) {
      const whole = await noisy.clone().toFormat(format).toBuffer();
      inputs.push(whole.subarray(0, whole.length / 2));
    }
    for (const input of inputs)
      expect(await reasonOf(finishPicture(input, plan(), LIMITS))).toBe('undecodable');
  });

  it('gives up a picture that waits when its signal fires', async () => {
    const input = await bands(9, 9);
    const signal = AbortSignal.abort(new Error('no longer wanted'));
    await expect(finishPicture(input, plan(), { ...LIMITS, signal })).rejects.toThrow('no longer wanted');
  });

  it('writes provenance that exiftool reads in every format', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'finish-'));
    const exiftool = new ExifTool({ maxProcs: 1 });
    const tags = z.object({
      DigitalSourceType: z.string(),
      CreatorTool: z.string(),
      Model: z.string(),
      RecipeHash: z.string(),
    });
    try {
      const input = await bands(80, 60);
      for (const format of FORMATS) {
        const xmp = {
          digitalSourceType: 'compositeWithTrainedAlgorithmicMedia',
          creatorTool: 'Atelier <1> & "more"',
          model: 'gpt-image-2 狐',
          recipeHash: 'sha256:0123',
        } as const;
        const { bytes } = await finishPicture(input, plan({ format, xmp }), LIMITS);
        expect(measureBuffer(bytes)).toMatchObject({ complete: true, width: 64 });
        const path = join(folder, `picture.${format}`);
        await writeFile(path, bytes);
        expect(tags.parse(await exiftool.read(path))).toStrictEqual({
          DigitalSourceType:
            'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia',
          CreatorTool: xmp.creatorTool,
          Model: xmp.model,
          RecipeHash: xmp.recipeHash,
        });
      }
    } finally {
      await exiftool.end();
      await rm(folder, { recursive: true });
    }
  }, 30_000);
});
