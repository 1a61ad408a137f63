import { describe, expect, it } from 'vitest';
import { correlation, edgesOf, edited, lumaOf, meanOf, pixelsOf, samplePicture } from './sample-pictures.js';

describe('an edit keeps the composition', () => {
  it.each([
    ['make it winter', 0.45],
    ['make it autumn', 0.7],
    ['sunset', 0.6],
    ['turn day into night', 0.55],
    ['make it sepia', 0.7],
  ])('for %j', async (prompt, least) => {
    const before = await edgesOf(await pixelsOf(await samplePicture()));
    const after = await edgesOf(await edited({ prompt }));
    const other = await edgesOf(await pixelsOf(await samplePicture('lighthouse')));
    const kept = correlation(before, after);
    expect(kept).toBeGreaterThan(least);
    expect(kept).toBeGreaterThan(correlation(before, other) + 0.2);
  });
});

describe('an edit moves colours', () => {
  it('to white ground in winter', async () => {
    const before = meanOf(await pixelsOf(await samplePicture()), 0.7, 1);
    const after = meanOf(await edited({ prompt: 'make it winter' }), 0.7, 1);
    expect(lumaOf(after)).toBeGreaterThan(lumaOf(before) + 25);
    const green = (mean: readonly [number, number, number]): number => mean[1] - (mean[0] + mean[2]) / 2;
    expect(green(after)).toBeLessThan(green(before) * 0.4);
  });

  it('to darkness at night, and to blue', async () => {
    const before = meanOf(await pixelsOf(await samplePicture()));
    const after = meanOf(await edited({ prompt: '夜晚' }));
    expect(lumaOf(after)).toBeLessThan(lumaOf(before) * 0.6);
    expect(after[2]).toBeGreaterThan(after[0] * 1.15);
  });

  it('to red and ochre in autumn', async () => {
    const after = meanOf(await edited({ prompt: 'make it autumn' }), 0.6, 1);
    const before = meanOf(await pixelsOf(await samplePicture()), 0.6, 1);
    expect(before[1]).toBeGreaterThan(before[0]);
    expect(after[0]).toBeGreaterThan(after[1] * 1.1);
  });

  it('to light paper in a woodblock print of a dark picture', async () => {
    const night = await samplePicture('bridge');
    const before = lumaOf(meanOf(await pixelsOf(night)));
    const after = lumaOf(
      meanOf(await edited({ sources: [night], prompt: 'ukiyo-e woodblock print' }), 0.1, 0.9),
    );
    expect(before).toBeLessThan(80);
    expect(after).toBeGreaterThan(95);
  });

  it('visibly but gently when nothing was understood, by the seed', async () => {
    const before = await pixelsOf(await samplePicture());
    const one = await edited({ prompt: 'xyzzy', seed: 1 });
    const other = await edited({ prompt: 'xyzzy', seed: 2 });
    expect(correlation(before.data, one.data)).toBeGreaterThan(0.8);
    expect(
      Math.abs(lumaOf(meanOf(before)) - lumaOf(meanOf(one))) + Math.abs(meanOf(before)[0] - meanOf(one)[0]),
    ).toBeGreaterThan(4);
    expect(one.data.equals(other.data)).toBe(false);
  });
});

describe('a further source', () => {
  it('lends its colours, and nothing else', async () => {
    const before = await pixelsOf(await samplePicture());
    const lent = await samplePicture('dunes');
    const alone = await edited({ prompt: 'xyzzy' });
    const both = await edited({ prompt: 'xyzzy', sources: [await samplePicture(), lent] });
    const warmth = (mean: readonly [number, number, number]): number => mean[0] - mean[2];
    expect(warmth(meanOf(both))).toBeGreaterThan(warmth(meanOf(alone)) + 15);
    expect(correlation(await edgesOf(before), await edgesOf(both))).toBeGreaterThan(0.6);
  });
});
