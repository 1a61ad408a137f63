import { expect, it } from 'vitest';
import { slopeOf } from './least-squares.js';

it('finds by how much something grows, whatever it begins with', () => {
  expect(
    slopeOf([
      [0, 7],
      [10, 27],
      [20, 47],
    ]),
  ).toBeCloseTo(2);
  expect(
    slopeOf([
      [1, 5],
      [2, 5.5],
      [3, 4.5],
      [4, 5],
    ]),
  ).toBeCloseTo(-0.1);
  expect(
    slopeOf([
      [3, 1],
      [3, 9],
    ]),
  ).toBe(0);
  expect(slopeOf([])).toBe(0);
});
