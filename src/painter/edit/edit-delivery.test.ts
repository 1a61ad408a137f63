import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { buildXmp, type XmpFacts } from '../../pixels/xmp.js';
import {
  correlation,
  differenceOf,
  editBytes,
  edited,
  lumaOf,
  meanOf,
  pixelsOf,
  sampleEdge as edge,
  samplePicture,
} from './sample-pictures.js';

const facts: XmpFacts = {
  digitalSourceType: 'algorithmicallyEnhanced',
  creatorTool: 'Atelier',
  model: 'sketch/painter',
  recipeHash: undefined,
  derivedFrom: { sha256: 'ab'.repeat(32) },
};

describe('an edit is delivered', () => {
  it.each([
    ['jpeg', 'full'],
    ['webp', 'full'],
    ['avif', 'full'],
    ['png', 'plain'],
    ['jpeg', 'plain'],
    ['webp', 'plain'],
    ['avif', 'plain'],
  ] as const)('as %s in %s detail, with its metadata', async (format, detail) => {
    const bytes = await editBytes({ format, detail, xmp: facts, prompt: 'night' });
    const found = await sharp(bytes).metadata();
    expect(found.format).toBe(format === 'avif' ? 'heif' : format);
    expect([found.width, found.height]).toEqual([edge, edge]);
    expect(found.xmp?.toString()).toBe(buildXmp(facts));
    const same = await edited({ detail, prompt: 'night' });
    expect(differenceOf(await pixelsOf(bytes), same)).toBeLessThan(detail === 'full' ? 6 : 16);
  });

  it('as PNG with its metadata, and with none when none is given', async () => {
    const [marked, bare] = [await editBytes({ xmp: facts }), await editBytes({})];
    expect((await sharp(marked).metadata()).xmp?.toString()).toBe(buildXmp(facts));
    expect((await sharp(bare).metadata()).xmp).toBeUndefined();
    expect((await pixelsOf(marked)).data.equals((await pixelsOf(bare)).data)).toBe(true);
  });

  it('smaller at a lower quality', async () => {
    const coarse = await editBytes({ format: 'jpeg', quality: 20 });
    const fine = await editBytes({ format: 'jpeg', quality: 95 });
    expect(coarse.length).toBeLessThan(fine.length / 2);
  });

  it.each([
    [64, 64, 'night'],
    [16, 200, 'winter, snowing'],
    [90, 40, 'watercolour'],
    [64, 64, 'low poly'],
    [1200, 700, 'autumn'],
  ])('at exactly %ix%i for %j', async (width, height, prompt) => {
    const after = await edited({ width, height, prompt });
    expect(after).toMatchObject({ width, height });
  });

  it.each([64, 2048])('from a source of %i pixels', async (size) => {
    const source = await sharp(await samplePicture())
      .resize(size, size)
      .jpeg({ quality: 95 })
      .toBuffer();
    const after = await edited({ sources: [source], prompt: 'make it sepia' });
    expect(after).toMatchObject({ width: edge, height: edge });
    const expected = await edited({ prompt: 'make it sepia' });
    expect(correlation(after.data, expected.data)).toBeGreaterThan(size === 64 ? 0.9 : 0.98);
  });

  it('at 2048 pixels with the detail of its source', async () => {
    const source = await sharp({
      create: {
        width: 2048,
        height: 2048,
        channels: 3,
        background: '#808080',
        noise: { type: 'gaussian', mean: 128, sigma: 24 },
      },
    })
      .jpeg()
      .toBuffer();
    const large = { width: 2048, height: 2048, format: 'jpeg' } as const;
    const after = await edited({ ...large, sources: [source], prompt: 'warmer' });
    const { channels } = await sharp(after.data, {
      raw: { width: 2048, height: 2048, channels: after.channels === 4 ? 4 : 3 },
    }).stats();
    expect(channels[0]?.stdev).toBeGreaterThan(18);
  });
});

describe('an edit', () => {
  it.each(['full', 'plain'] as const)('gives the same %s bytes for the same request', async (detail) => {
    const changes = { detail, prompt: 'winter at dawn, snowing' };
    const one = await editBytes(changes);
    expect(Buffer.from(one).equals(await editBytes(changes))).toBe(true);
    expect(Buffer.from(one).equals(await editBytes({ ...changes, seed: 2 }))).toBe(false);
  });

  it('works on a flat sheet of one colour', async () => {
    const flat = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#7799bb' } })
      .png()
      .toBuffer();
    const after = await edited({ sources: [flat], width: 64, height: 64, prompt: 'make it night' });
    expect(lumaOf(meanOf(after))).toBeLessThan(110);
  });

  it.each(['full', 'plain'] as const)('letters a label in %s detail', async (detail) => {
    const plain = await edited({ detail });
    const lettered = await edited({ detail, label: 'gpt-image-2' });
    expect(lettered.data.equals(plain.data)).toBe(false);
    expect(differenceOf(lettered, plain)).toBeLessThan(12);
  });
});
