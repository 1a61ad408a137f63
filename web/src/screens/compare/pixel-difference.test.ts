import { describe, expect, it } from 'vitest';
import { differenceOf } from './pixel-difference.js';

const picture = (...pixels: readonly (readonly [number, number, number])[]) =>
  new Uint8ClampedArray(pixels.flatMap((pixel) => [...pixel, 255]));

describe('the difference of two pictures', () => {
  it('is none between a picture and itself', () => {
    const one = picture([10, 20, 30], [200, 0, 255]);
    expect(differenceOf(one, one)).toMatchObject({ share: 0, mean: 0, greatest: 0 });
  });

  it('counts the channel that differs most, in either direction', () => {
    const a = picture([10, 20, 30], [200, 0, 255], [7, 7, 7], [0, 0, 0]);
    const b = picture([12, 20, 30], [200, 100, 255], [7, 7, 7], [0, 0, 0]);
    expect(differenceOf(a, b)).toMatchObject({ share: 0.5, mean: (2 + 100) / 4, greatest: 100 });
    expect(differenceOf(b, a)).toMatchObject({ share: 0.5, mean: (2 + 100) / 4, greatest: 100 });
  });

  it('marks what differs and leaves the rest grey', () => {
    const { pixels } = differenceOf(
      picture([100, 100, 100], [0, 0, 0], [0, 0, 0], [0, 0, 0]),
      picture([100, 100, 100], [32, 0, 0], [64, 0, 0], [255, 0, 0]),
    );
    expect([...pixels]).toEqual([
      ...[30, 30, 30, 255],
      ...[128, 56, 32, 255],
      ...[255, 112, 64, 255],
      ...[255, 246, 220, 255],
    ]);
  });

  it('is refused between pictures of different sizes', () => {
    expect(() => differenceOf(picture([0, 0, 0]), picture())).toThrow(RangeError);
  });
});
