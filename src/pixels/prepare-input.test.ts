import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture } from './decode.js';
import { finishPicture } from './finish.js';
import { placeOn } from './input-geometry.js';
import { normaliseInput, prepareInput } from './prepare-input.js';
import type { InputPlan } from './prepare-input.js';
import { PictureError } from './sharp-runtime.js';

const PIXELS = { maxPixels: 4_000_000 };
const LIMITS = { ...PIXELS, minEdge: 8, maxEdge: 2000 };

/** Colours that change smoothly, so that scaling and lossy encoding keep them near. */
function ramp(width: number, height: number, channels: 3 | 4 = 3): Sharp {
  const pixels = Buffer.alloc(width * height * channels, 255);
  for (let at = 0; at < width * height; at += 1) {
    const x = (at % width) / width;
    const y = Math.floor(at / width) / height;
    pixels.set([40 + 180 * x, 40 + 180 * y, 90], at * channels);
    if (channels === 4) pixels[at * 4 + 3] = 100 + 100 * x;
  }
  return sharp(pixels, { raw: { width, height, channels } });
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  return failure instanceof PictureError ? `${failure.reason}: ${failure.message}` : String(failure);
}

/** The greatest difference of any channel of any pixel. */
async function distance(a: Uint8Array, b: Uint8Array): Promise<number> {
  const [left, right] = await Promise.all([decodePicture(a), decodePicture(b)]);
  expect([left.width, left.height]).toStrictEqual([right.width, right.height]);
  return left.rgba.reduce((most, value, at) => Math.max(most, Math.abs(value - (right.rgba[at] ?? -999))), 0);
}

describe('normaliseInput', () => {
  it('leaves a plain picture alone', async () => {
    for (const [picture, mimeType, hasAlpha] of [
      [ramp(40, 30).png(), 'image/png', false],
      [ramp(40, 30, 4).png(), 'image/png', true],
      [ramp(40, 30).png({ palette: true, progressive: true }), 'image/png', false],
      [ramp(40, 30).toColourspace('b-w').png(), 'image/png', false],
      [ramp(40, 30).jpeg({ progressive: true }), 'image/jpeg', false],
      [ramp(40, 30).withIccProfile('p3').jpeg(), 'image/jpeg', false],
      [ramp(40, 30, 4).webp(), 'image/webp', true],
    ] as const) {
      const found = await normaliseInput(await picture.toBuffer(), LIMITS);
      expect(found).toStrictEqual({
        bytes: undefined,
        mimeType,
        width: 40,
        height: 30,
        hasAlpha,
        changes: [],
      });
    }
  });

  it('takes out metadata and leaves the pixels their bytes, unless a model made the picture', async () => {
    const upright = await ramp(40, 30).withMetadata({ orientation: 1 }).jpeg().toBuffer();
    const found = await normaliseInput(upright, LIMITS);
    expect(found).toMatchObject({ mimeType: 'image/jpeg', width: 40, changes: ['removed: EXIF'] });
    expect(upright.includes('Exif') && !Buffer.from(found.bytes ?? []).includes('Exif')).toBe(true);
    expect(await distance(upright, found.bytes ?? new Uint8Array())).toBe(0);
    expect(await normaliseInput(upright, { ...LIMITS, keepMetadata: true })).toMatchObject({
      bytes: undefined,
      changes: [],
    });
  });

  it('takes photographs with stray bytes, and refuses those of which something is missing', async () => {
    const noise = sharp({
      create: {
        width: 90,
        height: 60,
        channels: 3,
        background: '#888',
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
      },
    });
    const marker = (bytes: Buffer, code: number) => bytes.indexOf(Buffer.from([0xff, code]));
    const put = (bytes: Buffer, at: number, ...stray: readonly number[]) =>
      Buffer.concat([bytes.subarray(0, at), Buffer.from(stray), bytes.subarray(at)]);
    for (const progressive of [false, true]) {
      const bytes = await noise.clone().jpeg({ progressive }).toBuffer();
      const tables = marker(bytes, 0xc4);
      for (const odd of [
        put(bytes, tables, 0x12, 0x34),
        put(bytes, tables, 0x00, 0xff, 0x00),
        put(bytes, bytes.lastIndexOf(Buffer.from([0xff, 0xda])), 0x01),
      ]) {
        const found = await normaliseInput(odd, LIMITS);
        expect(found.changes).toStrictEqual(['removed: stray bytes']);
        expect(await distance(found.bytes ?? new Uint8Array(), bytes)).toBe(0);
      }
      const stray = put(bytes, bytes.length - 2, 0x12, 0x34);
      expect((await normaliseInput(stray, LIMITS)).width).toBe(90);
      const half = bytes.subarray(0, marker(bytes, 0xda) + 1200);
      const closed = Buffer.concat([half, Buffer.from([0xff, 0xd9])]);
      for (const cut of [half, closed, put(closed, tables, 0x12, 0x34), bytes.subarray(0, -2)]) {
        expect(await refusal(normaliseInput(cut, LIMITS))).toMatch(/^undecodable: /);
      }
    }
  });

  it('turns everything else into an upright PNG and says what it did', async () => {
    const frames = [ramp(40, 30, 4).png(), ramp(40, 30, 4).negate({ alpha: false }).png()];
    const joined = sharp(await Promise.all(frames.map((frame) => frame.toBuffer())), {
      join: { animated: true },
    });
    for (const [picture, changes, isTurned] of [
      [ramp(40, 30).withMetadata({ orientation: 6 }).jpeg(), ['turned upright as its EXIF says'], true],
      [ramp(40, 30).withMetadata({ orientation: 3 }).png(), ['turned upright as its EXIF says'], false],
      [ramp(40, 30).avif(), ['converted from avif'], false],
      [ramp(40, 30).gif(), ['converted from gif'], false],
      [joined.clone().gif(), ['first frame of the animation', 'converted from gif'], false],
      [joined.clone().webp(), ['first frame of the animation'], false],
      [ramp(40, 30).toColourspace('rgb16').png(), ['reduced to 8 bits per channel'], false],
      [ramp(40, 30).toColourspace('cmyk').jpeg(), ['converted from CMYK to sRGB'], false],
    ] as const) {
      const found = await normaliseInput(await picture.toBuffer(), LIMITS);
      const [width, height] = isTurned ? [30, 40] : [40, 30];
      expect(found).toMatchObject({ mimeType: 'image/png', width, height, changes });
      const metadata = await sharp(found.bytes).metadata();
      expect(metadata).toMatchObject({ format: 'png', width, height, depth: 'uchar', hasProfile: false });
      expect([metadata.orientation, metadata.hasAlpha]).toStrictEqual([undefined, found.hasAlpha]);
      // What was made here is canonical.
      expect(await normaliseInput(found.bytes ?? new Uint8Array(), LIMITS)).toMatchObject({ changes: [] });
    }
  });

  it('loses no pixel of what it re-encodes', async () => {
    const turned = await ramp(40, 30, 4).withMetadata({ orientation: 8 }).png().toBuffer();
    const { bytes = new Uint8Array() } = await normaliseInput(turned, LIMITS);
    expect(await distance(turned, bytes)).toBe(0);
    expect((await decodePicture(bytes)).rgba[3]).toBeGreaterThan(195);
  });

  it('takes the still picture of an animated PNG', async () => {
    const png = await ramp(40, 30).png().toBuffer();
    const control = Buffer.from('000000086163544c000000010000000088f4a8c0', 'hex');
    const found = await normaliseInput(
      Buffer.concat([png.subarray(0, 33), control, png.subarray(33)]),
      LIMITS,
    );
    expect(found.changes).toStrictEqual(['first frame of the animation']);
  });

  it('reads to the last row', async () => {
    for (const picture of [ramp(300, 200).png(), ramp(300, 200).jpeg(), ramp(300, 200).webp()]) {
      const bytes = await picture.toBuffer();
      expect((await normaliseInput(bytes, LIMITS)).changes).toStrictEqual([]);
      expect(await refusal(normaliseInput(bytes.subarray(0, -1), LIMITS))).toMatch(
        /^undecodable: The \w+ picture/,
      );
    }
    // The structure is whole, only the rows' data ends early.
    const png = await ramp(300, 200).png().toBuffer();
    const at = png.indexOf('IDAT');
    const length = png.readUInt32BE(at - 4);
    const cut = Buffer.concat([
      png.subarray(0, at - 4),
      Buffer.alloc(4),
      png.subarray(at, at + 4 + length - 200),
    ]);
    cut.writeUInt32BE(length - 200, at - 4);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(cut.subarray(at)));
    const whole = Buffer.concat([cut, checksum, png.subarray(at + 4 + length + 4)]);
    expect(await refusal(normaliseInput(whole, LIMITS))).toBe('undecodable: The picture cannot be decoded.');
  });

  it('bounds the edges and the pixels', async () => {
    const refuse = async (width: number, height: number) =>
      refusal(normaliseInput(await ramp(width, height).png().toBuffer(), { ...LIMITS, maxPixels: 40_000 }));
    expect(await refuse(7, 100)).toBe(
      "too_small: A picture's edges must have at least 8 pixels; this one has 7x100.",
    );
    expect(await refuse(2001, 10)).toBe(
      "too_many_pixels: A picture's edges may have at most 2000 pixels; this one has 2001x10.",
    );
    expect(await refuse(300, 300)).toBe('too_many_pixels: A picture may have at most 40000 pixels.');
  });

  it.each([
    ['HEIC pictures', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['TIFF pictures', 'II*\0\x08\0\0\0'],
    ['BMP pictures', 'BM\x46\0\0\0\0\0\0\0\x36\0\0\0'],
    [
      'SVG pictures',
      '\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x --><svg xmlns="http://www.w3.org/2000/svg"/>',
    ],
    ['HTML pages', '\n<!DOCTYPE html><title>x</title>'],
    ['PDF files', '%PDF-1.7\n'],
    ['ZIP archives', 'PK\x03\x04'],
    ['JPEG XL pictures', '\xff\x0a\xfa\x1f'],
    ['Videos', '\0\0\0\x18ftypisom\0\0\0\0'],
  ])('names %s when it refuses them', async (name, text) => {
    expect(await refusal(normaliseInput(Buffer.from(text, 'latin1'), LIMITS))).toBe(
      `unsupported_type: ${name} are not accepted; send png, jpeg, webp, avif or gif.`,
    );
  });
});

describe('prepareInput', () => {
  const plan = (given: Partial<InputPlan> = {}): InputPlan => ({
    width: 64,
    height: 64,
    fit: 'exact',
    format: 'png',
    ...given,
  });

  it('gives the canvas in every format', async () => {
    const source = await ramp(200, 150, 4).png().toBuffer();
    for (const format of ['png', 'jpeg', 'webp'] as const) {
      for (const fit of ['exact', 'contain'] as const) {
        const found = await prepareInput(source, plan({ format, fit, width: 90, height: 61 }), PIXELS);
        expect(found).toMatchObject({ mimeType: `image/${format}`, width: 90, height: 61 });
        expect(await sharp(found.bytes).metadata()).toMatchObject({
          format,
          width: 90,
          height: 61,
          hasAlpha: format !== 'jpeg',
        });
        expect(found.hasAlpha).toBe(format !== 'jpeg');
      }
    }
  });

  it('keeps the bytes of a picture that fits', async () => {
    const source = await ramp(64, 64).jpeg().toBuffer();
    expect((await prepareInput(source, plan({ format: 'jpeg' }), PIXELS)).bytes).toBe(source);
    const wide = await ramp(64, 64).withIccProfile('p3').jpeg().toBuffer();
    const prepared = await prepareInput(wide, plan({ format: 'jpeg' }), PIXELS);
    expect((await sharp(prepared.bytes).metadata()).hasProfile).toBe(false);
    expect(await distance(wide, prepared.bytes)).toBeLessThan(8);
  });

  it('lays transparency on the background, white where none is named', async () => {
    const clear = await sharp({ create: { width: 9, height: 9, channels: 4, background: '#ff000000' } })
      .png()
      .toBuffer();
    for (const [background, green] of [
      [{}, 255],
      [{ background: '#000000' }, 0],
    ] as const) {
      const { bytes } = await prepareInput(clear, plan({ format: 'jpeg', ...background }), PIXELS);
      expect((await decodePicture(bytes)).rgba[1]).toBe(green);
    }
  });

  it('goes down with the quality as far as the bytes ask for, never with the pixels', async () => {
    const noise = await sharp({
      create: {
        width: 200,
        height: 200,
        channels: 3,
        background: '#888',
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
      },
    })
      .png()
      .toBuffer();
    const big = plan({ width: 200, height: 200, format: 'jpeg' });
    const full = (await prepareInput(noise, big, PIXELS)).bytes.length;
    const maxBytes = Math.floor(full / 2);
    const less = await prepareInput(noise, { ...big, maxBytes }, PIXELS);
    expect([less.width, less.bytes.length <= maxBytes, less.bytes.length > maxBytes / 3]).toStrictEqual([
      200,
      true,
      true,
    ]);
    const tooMany =
      /^too_many_bytes: The picture has more than 900 bytes as (png|jpeg|webp) of 200x200 pixels\.$/;
    for (const format of ['png', 'jpeg', 'webp'] as const) {
      expect(await refusal(prepareInput(noise, { ...big, format, maxBytes: 900 }, PIXELS))).toMatch(tooMany);
    }
  });

  it('puts a picture on any canvas so that the centre crop is the picture', async () => {
    const edge = fc.integer({ min: 24, max: 160 });
    await fc.assert(
      fc.asyncProperty(edge, edge, edge, edge, async (width, height, canvasWidth, canvasHeight) => {
        const source = await ramp(width, height).png().toBuffer();
        const canvas = plan({ width: canvasWidth, height: canvasHeight, fit: 'contain' });
        const place = placeOn(canvas, { width, height });
        const { bytes } = await prepareInput(source, canvas, PIXELS);
        const cut = {
          format: 'png',
          quality: undefined,
          fit: 'crop',
          flattenOn: undefined,
          xmp: undefined,
        } as const;
        const crop = await finishPicture(bytes, { ...cut, width: place.width, height: place.height }, PIXELS);
        const scaled = await prepareInput(source, plan({ width: place.width, height: place.height }), PIXELS);
        expect(await distance(crop.bytes, scaled.bytes)).toBe(0);
        // Back at the source's own pixels only the resampling of a smooth ramp is left.
        const back = await finishPicture(bytes, { ...cut, width, height }, PIXELS);
        expect(await distance(back.bytes, source)).toBeLessThan(40);
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  it('draws the edges out over the rest', async () => {
    const source = await ramp(80, 40).png().toBuffer();
    const { bytes } = await prepareInput(source, plan({ width: 80, height: 80, fit: 'contain' }), PIXELS);
    const { rgba } = await decodePicture(bytes);
    const row = (y: number) => Buffer.from(rgba.subarray(y * 320, y * 320 + 320)).toString('hex');
    expect([row(0), row(79)]).toStrictEqual([row(20), row(59)]);
  });
});
