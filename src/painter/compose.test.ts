import { describe, expect, it } from 'vitest';
import { compose, type Composition } from './compose.js';
import { readPrompt } from './read-prompt.js';

function composed(prompt: string, seed = 5, width = 1024, height = 1024): Composition {
  return compose(readPrompt(prompt, []), prompt, width, height, seed);
}

describe('compose', () => {
  it.each([
    [
      'a stone bridge over a pond, a paper lantern, summer evening',
      'a stone bridge over a pond, a paper lantern, winter at dawn',
    ],
    [
      'a red sailboat on a lake, mountains behind',
      'a red sailboat on a lake, mountains behind, foggy autumn night, teal and gold',
    ],
    ['a fox in a forest at noon', 'a fox in a forest at midnight in the rain'],
  ])('keeps the composition when only season, hour, weather or palette change: %j', (before, after) => {
    expect(composed(after)).toEqual(composed(before));
  });

  it('moves things when the seed changes, and treats 0 as a seed', () => {
    const places = [0, 1, 2, 3].map((seed) =>
      JSON.stringify(composed('a cottage and a windmill on a hill', seed).placements),
    );
    expect(new Set(places).size).toBe(4);
  });

  it('keeps every placement inside the picture at any ratio', () => {
    for (const [width, height] of [
      [1792, 1024],
      [1024, 1792],
      [2048, 256],
      [256, 2048],
      [2520, 1080],
    ] as const) {
      for (const prompt of [
        'two horses and a train',
        'five balloons over a canyon',
        'a castle, a boat, a bridge and a deer by a river',
      ]) {
        for (const placement of composed(prompt, 3, width, height).placements) {
          expect(placement.x).toBeGreaterThan(0);
          expect(placement.x).toBeLessThan(1);
          expect(placement.y).toBeGreaterThan(0);
          expect(placement.y).toBeLessThanOrEqual(1);
        }
      }
    }
  });

  it.each([
    ['a snow leopard on a cliff', 'portrait'],
    ['a cup of coffee on a table', 'still'],
    ['neon city street in the rain', 'street'],
    ['a sneaker, product photo', 'studio'],
    ['koi underwater', 'underwater'],
    ['a rocket', 'space'],
    ['a fox app icon', 'emblem'],
    ['the idea of justice', 'abstract'],
    ['a lighthouse at sunset', 'landscape'],
  ])('finds the kind of scene for %j', (prompt, kind) => {
    expect(composed(prompt).kind).toBe(kind);
  });
});
