import { expect, it } from 'vitest';
import { moveStep, placeAt } from './move-step.js';

it.each([
  [0, 2, 'bca'],
  [2, 0, 'cab'],
  [1, 1, 'abc'],
  [0, -1, 'abc'],
  [1, 9, 'acb'],
  [5, 0, 'abc'],
])('moves the entry at %d to %d', (from, to, expected) => {
  expect(moveStep(['a', 'b', 'c'], from, to).join('')).toBe(expected);
});

it('finds the place under the pointer, the last one below all', () => {
  const middles = [10, 30, 50];
  expect([0, 20, 49, 200].map((y) => placeAt(middles, y))).toStrictEqual([0, 1, 2, 2]);
});
