import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  differenceOf,
  edited,
  pixelsOf,
  rightHalf,
  sampleEdge as edge,
  samplePicture,
  type SamplePixels,
} from './sample-pictures.js';

describe('a mask', () => {
  it.each(['make it winter', 'a snowy mountain landscape', 'a red apple', 'remove the tree', 'xyzzy'])(
    'leaves everything outside exactly as it was for %j',
    async (prompt) => {
      const before = await pixelsOf(await samplePicture());
      const after = await edited({ prompt, mask: await rightHalf(128, 128) });
      let [outside, inside] = [0, 0];
      for (let index = 0; index < edge * edge; index++) {
        const same = [0, 1, 2].every(
          (part) => before.data[index * before.channels + part] === after.data[index * after.channels + part],
        );
        if (!same && index % edge < edge / 2 - 2) outside += 1;
        if (!same && index % edge > edge / 2 + 2) inside += 1;
      }
      expect(outside).toBe(0);
      expect(inside).toBeGreaterThan(edge * edge * 0.2);
    },
  );

  it('lets a season fade in from its border', async () => {
    const before = await pixelsOf(await samplePicture());
    const after = await edited({ prompt: 'make it winter', mask: await rightHalf(edge, edge) });
    const change = (column: number): number => {
      let sum = 0;
      for (let row = Math.floor(edge * 0.7); row < edge; row++) {
        const at = row * edge + column;
        sum += Math.abs((before.data[at * before.channels] ?? 0) - (after.data[at * after.channels] ?? 0));
      }
      return sum;
    };
    const columns = (from: number): number => change(from) + change(from + 1) + change(from + 2);
    expect(columns(edge / 2 + 1)).toBeLessThan(columns(edge / 2 + 30) * 0.5);
  });

  it('keeps the outside of a picture that is larger than the sheet it is painted on', async () => {
    const source = await sharp(await samplePicture())
      .resize(1500, 1200)
      .png()
      .toBuffer();
    const mask = await rightHalf(750, 600);
    const after = await edited({ sources: [source], mask, width: 1500, height: 1200, prompt: 'night' });
    const before = await pixelsOf(source);
    const left = (pixels: SamplePixels): Buffer =>
      Buffer.concat(
        [10, 600, 1190].map((row) => pixels.data.subarray(row * 1500 * 3, row * 1500 * 3 + 740 * 3)),
      );
    expect(left(after).equals(left(before))).toBe(true);
  });

  it('is filled with a fresh scene where one is described', async () => {
    const mask = await rightHalf(64, 64);
    const prompt = 'replace the background with a beach at sunset';
    const after = await edited({ mask, prompt });
    expect(differenceOf(await pixelsOf(await samplePicture()), after)).toBeGreaterThan(20);
  });
});

describe('a background', () => {
  it('is swapped without a fringe of the old one', async () => {
    const fox = await samplePicture('fox');
    const greens = (pixels: SamplePixels): number => {
      let count = 0;
      for (let at = 0; at < pixels.data.length; at += pixels.channels) {
        const [red = 0, green = 0, blue = 0] = pixels.data.subarray(at, at + 3);
        if (green > red + 12 && green > blue + 12) count += 1;
      }
      return count / (edge * edge);
    };
    const before = await pixelsOf(fox);
    const after = await edited({ sources: [fox], prompt: 'replace the background with a beach at sunset' });
    expect(greens(before)).toBeGreaterThan(0.1);
    expect(greens(after)).toBeLessThan(0.02);
  });

  it('comes from the second source when none is described', async () => {
    const fox = await samplePicture('fox');
    const dunes = await samplePicture('dunes');
    const after = await edited({ sources: [fox, dunes], prompt: 'change the background' });
    const corner = async (pixels: SamplePixels): Promise<SamplePixels> =>
      pixelsOf(
        await sharp(pixels.data, {
          raw: { width: edge, height: edge, channels: pixels.channels === 4 ? 4 : 3 },
        })
          .extract({ left: 0, top: 0, width: 40, height: 30 })
          .png()
          .toBuffer(),
      );
    const now = await corner(after);
    expect(differenceOf(now, await corner(await pixelsOf(dunes)))).toBeLessThan(
      differenceOf(now, await corner(await pixelsOf(fox))),
    );
  });

  it('is cleared when asked for transparency', async () => {
    const source = await samplePicture('fox');
    const after = await edited({ sources: [source], prompt: 'remove the background', transparent: true });
    expect(after.channels).toBe(4);
    expect(after.data[3]).toBeLessThan(30);
    expect(after.data[(Math.floor(edge * 0.78) * edge + edge / 2) * 4 + 3]).toBeGreaterThan(220);
  });

  it('stays transparent where the source was', async () => {
    const source = await sharp(await samplePicture())
      .ensureAlpha()
      .composite([{ input: Buffer.from(await rightHalf(edge, edge)), blend: 'dest-in' }])
      .png()
      .toBuffer();
    for (const detail of ['full', 'plain'] as const) {
      const after = await edited({ sources: [source], detail, prompt: 'make it night' });
      expect(after.channels).toBe(4);
      expect(after.data[(100 * edge + edge - 20) * 4 + 3]).toBe(0);
      expect(after.data[(100 * edge + 20) * 4 + 3]).toBe(255);
    }
  });
});
