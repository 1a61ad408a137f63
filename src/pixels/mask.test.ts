import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture } from './decode.js';
import { placeOn } from './input-geometry.js';
import { alphaCutoutPng, alphaMaskPng, fitMask, readMask, scaleMask, whiteMaskPng } from './mask.js';
import type { MaskPlane } from './mask.js';
import { PictureError } from './sharp-runtime.js';

const LIMITS = { maxPixels: 4_000_000 };

/** A PNG in mid grey whose alpha is the plane. */
function maskPicture(mask: MaskPlane, format: 'png' | 'webp' = 'png', deep = false): Promise<Buffer> {
  const { width, height, alpha } = mask;
  const pixels = Buffer.alloc(width * height * 4, 128);
  for (const [at, value] of alpha.entries()) pixels[at * 4 + 3] = value;
  const picture = sharp(pixels, { raw: { width, height, channels: 4 } });
  if (deep) return picture.toColourspace('rgb16').png().toBuffer();
  return (format === 'png' ? picture.png() : picture.webp({ lossless: true })).toBuffer();
}

function planeOf(width: number, height: number, valueAt: (x: number, y: number) => number): MaskPlane {
  const alpha = Uint8Array.from({ length: width * height }, (_, at) =>
    valueAt(at % width, Math.floor(at / width)),
  );
  return { width, height, alpha };
}

const leftHalf = (width: number, height: number) => planeOf(width, height, (x) => (x < width / 2 ? 0 : 255));

async function reasonOf(work: Promise<unknown>): Promise<readonly [string, string]> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  return failure instanceof PictureError ? [failure.reason, failure.message] : ['', String(failure)];
}

/** The alpha bytes, or the first colour's, of a PNG. */
async function channelOf(png: Uint8Array, channel: 0 | 3): Promise<number[]> {
  const { rgba } = await decodePicture(png);
  return Array.from({ length: rgba.length / 4 }, (_, at) => rgba[at * 4 + channel] ?? -1);
}

describe('readMask', () => {
  it('reads every alpha value as it stands, at 8 and 16 bits', async () => {
    const plane = planeOf(32, 8, (x, y) => y * 32 + x);
    for (const picture of [
      await maskPicture(plane),
      await maskPicture(plane, 'webp'),
      await maskPicture(plane, 'png', true),
    ]) {
      const mask = await readMask(picture, LIMITS);
      expect([mask.width, mask.height, ...mask.alpha]).toStrictEqual([32, 8, ...plane.alpha]);
    }
  });

  it('turns a mask upright like its picture', async () => {
    const turned = await sharp(await maskPicture(leftHalf(20, 10)))
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    const mask = await readMask(turned, LIMITS);
    expect([mask.width, mask.height, mask.alpha[0], mask.alpha.at(-1)]).toStrictEqual([10, 20, 0, 255]);
  });

  it('takes a mask that is transparent everywhere', async () => {
    const mask = await readMask(await maskPicture(planeOf(9, 9, () => 0)), LIMITS);
    expect(mask.alpha.every((value) => value === 0)).toBe(true);
  });

  it('refuses what says nothing of repainting', async () => {
    const opaque = await maskPicture(planeOf(9, 9, () => 255));
    expect((await reasonOf(readMask(opaque, LIMITS)))[0]).toBe('nothing_to_repaint');
    const flat = sharp({ create: { width: 9, height: 9, channels: 3, background: '#fff' } });
    for (const picture of [await flat.clone().png().toBuffer(), await flat.clone().jpeg().toBuffer()]) {
      const [reason, message] = await reasonOf(readMask(picture, LIMITS));
      expect([reason, message]).toStrictEqual(['no_alpha', expect.stringContaining('transparent pixels')]);
    }
    const whole = await maskPicture(leftHalf(90, 90));
    expect((await reasonOf(readMask(whole.subarray(0, -20), LIMITS)))[0]).toBe('undecodable');
    expect((await reasonOf(readMask(whole, { maxPixels: 100 })))[0]).toBe('too_many_pixels');
    expect((await reasonOf(readMask(Buffer.from('<svg/>'), LIMITS)))[0]).toBe('unsupported_type');
  });
});

describe('fitMask', () => {
  it('takes the same shape at any scale and names both sizes otherwise', async () => {
    const size = fc.integer({ min: 16, max: 400 });
    await fc.assert(
      fc.asyncProperty(size, size, fc.double({ min: 0.3, max: 2, noNaN: true }), async (w, h, scale) => {
        const mask = leftHalf(Math.max(1, Math.round(w * scale)), Math.max(1, Math.round(h * scale)));
        const fitted = await fitMask(mask, { width: w, height: h }, LIMITS);
        expect([fitted.width, fitted.height, fitted.alpha.length]).toStrictEqual([w, h, w * h]);
        expect([fitted.alpha[0], fitted.alpha.at(-1)]).toStrictEqual([0, 255]);
      }),
      { numRuns: 40 },
    );
    const [reason, message] = await reasonOf(fitMask(leftHalf(100, 90), { width: 100, height: 100 }, LIMITS));
    expect(reason).toBe('mask_ratio');
    expect(message).toContain('100x90');
    expect(message).toContain('100x100');
  });

  it('touches nothing beside the area but the pixels on its border', async () => {
    for (const width of [50, 128, 400]) {
      const { alpha } = await scaleMask(leftHalf(200, 10), width, 10, LIMITS);
      const row = [...alpha.subarray(0, width)];
      const border = width / 2;
      const near = Math.ceil(width / 200) + 1;
      expect(row.slice(0, border - near).every((value) => value === 0)).toBe(true);
      expect(row.slice(border + near).every((value) => value === 255)).toBe(true);
    }
  });
});

describe('masks for protocols', () => {
  const values = fc.uint8Array({ minLength: 48, maxLength: 48 });

  it('lose no value at the same size', async () => {
    await fc.assert(
      fc.asyncProperty(values, async (alpha) => {
        const mask = { width: 8, height: 6, alpha };
        const canvas = { width: 8, height: 6, fit: 'exact' } as const;
        expect(await channelOf(await alphaMaskPng(mask, canvas, LIMITS), 3)).toStrictEqual([...alpha]);
        const white = await whiteMaskPng(mask, canvas, LIMITS);
        expect(await channelOf(white, 0)).toStrictEqual([...alpha].map((value) => 255 - value));
      }),
      { numRuns: 40 },
    );
  });

  it('are RGBA in black and 8-bit grey', async () => {
    const canvas = { width: 40, height: 30, fit: 'exact' } as const;
    const alpha = await alphaMaskPng(leftHalf(80, 60), canvas, LIMITS);
    expect(await sharp(alpha).metadata()).toMatchObject({
      format: 'png',
      channels: 4,
      width: 40,
      height: 30,
    });
    expect(new Set(await channelOf(alpha, 0))).toStrictEqual(new Set([0]));
    const white = await whiteMaskPng(leftHalf(80, 60), canvas, LIMITS);
    expect(await sharp(white).metadata()).toMatchObject({ channels: 1, depth: 'uchar', space: 'b-w' });
  });

  it('keep what contain fills', async () => {
    const mask = planeOf(80, 40, () => 0);
    const canvas = { width: 64, height: 64, fit: 'contain' } as const;
    const place = placeOn(canvas, mask);
    expect(place).toStrictEqual({ width: 64, height: 32, left: 0, top: 16 });
    const alpha = await channelOf(await alphaMaskPng(mask, canvas, LIMITS), 3);
    const white = await channelOf(await whiteMaskPng(mask, canvas, LIMITS), 0);
    for (let y = 0; y < 64; y += 1) {
      const inside = y >= 16 && y < 48;
      expect([alpha[y * 64], white[y * 64 + 63]]).toStrictEqual(inside ? [0, 255] : [255, 0]);
    }
  });

  it('cut the hole into the picture and nothing else', async () => {
    const clear = sharp({ create: { width: 60, height: 40, channels: 4, background: '#10203000' } });
    const grey = sharp({ create: { width: 60, height: 40, channels: 3, background: '#808080' } });
    const canvas = { width: 60, height: 60, fit: 'contain' } as const;
    // CMYK loses a little on the way there and back.
    for (const [source, colour] of [
      [await clear.png().toBuffer(), 255],
      [await grey.clone().toColourspace('b-w').png().toBuffer(), 128],
      [await grey.clone().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(), 128],
    ] as const) {
      const png = await alphaCutoutPng(source, leftHalf(60, 40), canvas, LIMITS);
      expect(await sharp(png).metadata()).toMatchObject({
        channels: 4,
        space: 'srgb',
        width: 60,
        height: 60,
      });
      const { rgba } = await decodePicture(png);
      const at = (x: number, y: number) => [...rgba.subarray((y * 60 + x) * 4, (y * 60 + x) * 4 + 4)];
      expect([at(5, 30)[3], at(55, 30)[3], at(5, 2)[3]]).toStrictEqual([0, 255, 255]);
      for (const [x, y] of [
        [5, 30],
        [55, 30],
        [5, 2],
      ] as const)
        expect(Math.abs((at(x, y)[0] ?? 0) - colour)).toBeLessThan(16);
    }
  });
});
