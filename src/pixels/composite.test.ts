import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { blendMasked, featherPixels } from './composite-blend.js';
import { compositeMasked } from './composite.js';
import type { CompositePlan } from './composite.js';
import { decodePicture } from './decode.js';
import { finishPicture } from './finish.js';
import type { MaskPlane } from './mask.js';
import { scaleMask } from './mask.js';
import { measureBuffer } from './measure.js';
import { PictureError } from './sharp-runtime.js';

const LIMITS = { maxPixels: 4_000_000 };

/** Noise that depends on the seed only. */
function noise(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => Math.imul(at + seed * 7919, 2_654_435_761) >>> 23);
}

function picture(width: number, height: number, channels: 3 | 4, seed: number): Promise<Buffer> {
  return sharp(noise(width * height * channels, seed), { raw: { width, height, channels } })
    .png()
    .toBuffer();
}

function disc(width: number, height: number, radius: number, value = 0): MaskPlane {
  const alpha = Uint8Array.from({ length: width * height }, (_, at) =>
    Math.hypot((at % width) - width / 2, Math.floor(at / width) - height / 2) < radius ? value : 255,
  );
  return { width, height, alpha };
}

type Given = Pick<CompositePlan, 'source' | 'result' | 'mask'> & Partial<CompositePlan>;
const plan = (given: Given): CompositePlan => ({
  width: given.mask.width,
  height: given.mask.height,
  format: 'png',
  quality: undefined,
  xmp: undefined,
  ...given,
});

/** Weights of a mask, 0 to 255: what an opaque white result leaves on an opaque black source. */
function weightsOf({ width, height, alpha }: MaskPlane): number[] {
  const source = new Uint8Array(width * height * 4);
  for (let at = 3; at < source.length; at += 4) source[at] = 255;
  const isOpaque = blendMasked({
    width,
    height,
    source,
    result: new Uint8Array(source.length).fill(255),
    alpha,
  });
  expect(isOpaque).toBe(true);
  return Array.from(alpha, (_, at) => source[at * 4] ?? -1);
}

describe('blendMasked', () => {
  it('never touches a kept pixel and never goes beyond what a soft one allows', () => {
    const value = fc.oneof(fc.constantFrom(0, 255), fc.nat(255));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(value, { minLength: 1, maxLength: 300 }),
        (w, all) => {
          const height = Math.ceil(all.length / w);
          const alpha = Uint8Array.from({ length: w * height }, (_, at) => all[at] ?? 255);
          const [source, result] = [noise(w * height * 4, 1), noise(w * height * 4, 2)];
          const before = source.slice();
          blendMasked({ width: w, height, source, result, alpha });
          for (const [at, kept] of alpha.entries()) {
            if (kept !== 255) continue;
            expect([...source.subarray(at * 4, at * 4 + 4)]).toStrictEqual([
              ...before.subarray(at * 4, at * 4 + 4),
            ]);
          }
          for (const [at, weight] of weightsOf({ width: w, height, alpha }).entries())
            expect(weight).toBeLessThanOrEqual(255 - (alpha[at] ?? 255));
        },
      ),
    );
  });

  it('grows from the border inwards over one per cent of the edge', () => {
    expect([64, 400, 1024, 4096].map((edge) => featherPixels(edge, edge + 9))).toStrictEqual([1, 4, 10, 24]);
    // A band from the left edge of the picture, which is no border, to column 300.
    const alpha = Uint8Array.from({ length: 600 * 500 }, (_, at) => (at % 600 < 300 ? 0 : 255));
    const row = weightsOf({ width: 600, height: 500, alpha }).slice(250 * 600, 251 * 600);
    expect(row.slice(0, 296)).toStrictEqual(Array.from({ length: 296 }, () => 255));
    expect(row.slice(300)).toStrictEqual(Array.from({ length: 300 }, () => 0));
    const edge = row.slice(295, 301);
    expect(edge).toStrictEqual([...edge].sort((a, b) => b - a));
    expect(new Set(edge).size).toBeGreaterThan(4);
  });

  it('repaints the middle of every region in full, however small', () => {
    for (const radius of [0.8, 2, 20]) {
      const mask = disc(600, 520, radius);
      // A large region close by must not take the small one's middle away.
      for (let y = 0; y < 520; y += 1) mask.alpha.fill(0, y * 600, y * 600 + 297 - Math.ceil(radius));
      expect(weightsOf(mask)[260 * 600 + 300], String(radius)).toBe(255);
    }
    expect(new Set(weightsOf({ width: 50, height: 40, alpha: new Uint8Array(2000) }))).toStrictEqual(
      new Set([255]),
    );
  });

  it('mixes transparency so that hidden colours do not show', () => {
    const alpha = Uint8Array.of(128);
    const source = Uint8Array.of(200, 0, 0, 255);
    blendMasked({ width: 1, height: 1, source, result: Uint8Array.of(0, 255, 0, 0), alpha });
    expect([...source]).toStrictEqual([200, 0, 0, 128]);
    const clear = Uint8Array.of(200, 0, 0, 0);
    blendMasked({ width: 1, height: 1, source: clear, result: Uint8Array.of(0, 255, 0, 0), alpha });
    expect([...clear]).toStrictEqual([0, 255, 0, 0]);
  });
});

describe('compositeMasked', () => {
  it.each([3, 4] as const)(
    'keeps every byte outside, paints every byte deep inside (%i channels)',
    async (channels) => {
      const [source, result] = [await picture(150, 100, channels, 1), await picture(150, 100, channels, 2)];
      const mask = disc(150, 100, 30);
      const { bytes, ...rest } = await compositeMasked(plan({ source, result, mask }), LIMITS);
      expect(rest).toStrictEqual({ mimeType: 'image/png', width: 150, height: 100 });
      expect(measureBuffer(bytes)).toMatchObject({
        width: 150,
        height: 100,
        hasAlpha: channels === 4,
        complete: true,
      });
      const [made, before, painted] = await Promise.all(
        [bytes, source, result].map((each) => decodePicture(each)),
      );
      const pixel = (from: typeof made, at: number) => [...(from?.rgba.subarray(at * 4, at * 4 + 4) ?? [])];
      let changed = 0;
      for (const [at, kept] of mask.alpha.entries()) {
        if (kept === 255) expect(pixel(made, at)).toStrictEqual(pixel(before, at));
        else if (pixel(made, at).join() === pixel(painted, at).join()) changed += 1;
      }
      expect(changed).toBeGreaterThan(2500);
    },
  );

  it('resamples the source the way a finished picture is, and cuts the result likewise', async () => {
    const [source, result] = [await picture(200, 100, 3, 1), await picture(150, 150, 3, 2)];
    const finish = {
      format: 'png',
      quality: undefined,
      fit: 'crop',
      flattenOn: undefined,
      xmp: undefined,
    } as const;
    const mask = disc(200, 100, 40);
    const size = { width: 120, height: 60 };
    const { bytes } = await compositeMasked(plan({ source, result, mask, ...size }), LIMITS);
    const small = await scaleMask(mask, size.width, size.height, LIMITS);
    const [made, before, painted] = await Promise.all([
      decodePicture(bytes),
      decodePicture((await finishPicture(source, { ...finish, ...size }, LIMITS)).bytes),
      decodePicture((await finishPicture(result, { ...finish, ...size }, LIMITS)).bytes),
    ]);
    for (const [at, kept] of small.alpha.entries()) {
      const from = kept === 255 ? before : painted;
      if (kept !== 255 && kept !== 0) continue;
      const isEdge = kept === 0 && Math.hypot((at % 120) - 60, Math.floor(at / 120) - 30) > 20;
      if (isEdge) continue;
      expect(made.rgba.subarray(at * 4, at * 4 + 4)).toStrictEqual(from.rgba.subarray(at * 4, at * 4 + 4));
    }
  });

  it('writes every format, with provenance, transparent pixels laid on the asked colour', async () => {
    const source = await sharp({ create: { width: 64, height: 64, channels: 4, background: '#ff000000' } })
      .png()
      .toBuffer();
    const result = await picture(64, 64, 3, 2);
    const xmp = {
      digitalSourceType: 'compositeWithTrainedAlgorithmicMedia',
      creatorTool: 'Atelier',
      model: 'm',
      recipeHash: undefined,
    } as const;
    for (const format of ['png', 'jpeg', 'webp', 'avif'] as const) {
      const made = await compositeMasked(
        plan({ source, result, mask: disc(64, 64, 9), format, flattenOn: '#00ff00', xmp }),
        LIMITS,
      );
      expect(made.mimeType).toBe(`image/${format}`);
      const metadata = await sharp(made.bytes).metadata();
      expect(metadata).toMatchObject({ width: 64, height: 64, hasAlpha: format !== 'jpeg' });
      expect(metadata.xmp?.toString()).toContain('compositeWithTrainedAlgorithmicMedia');
      const [red = 255, green = 0, , alpha] = (await decodePicture(made.bytes)).rgba;
      if (format === 'jpeg') expect([red < 20, green > 235]).toStrictEqual([true, true]);
      else expect(alpha).toBe(0);
    }
  });

  it('can be asked twice with the same mask, and gives equal bytes', async () => {
    const given = plan({
      source: await picture(70, 50, 4, 1),
      result: await picture(70, 50, 4, 2),
      mask: disc(70, 50, 20),
    });
    const [first, second] = await Promise.all([
      compositeMasked(given, LIMITS),
      compositeMasked(given, LIMITS),
    ]);
    expect(Buffer.from(first.bytes).equals(second.bytes)).toBe(true);
  });

  it('refuses broken pictures and sizes out of bounds', async () => {
    const whole = await picture(64, 64, 3, 1);
    const good = { source: whole, result: whole, mask: disc(64, 64, 9) };
    for (const [bad, reason] of [
      [{ ...good, result: whole.subarray(0, -30) }, 'undecodable'],
      [{ ...good, source: Buffer.from('text') }, 'unsupported_type'],
      [{ ...good, width: 3000, height: 3000 }, 'too_many_pixels'],
    ] as const) {
      const failure = await compositeMasked(plan(bad), LIMITS).catch((error: unknown) => error);
      expect(failure instanceof PictureError && failure.reason).toBe(reason);
    }
  });
});
