import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { providers } from '../providers/registry.js';
import { deriveSeed, foldSeed } from './seeds.js';

const seed = fc.oneof(fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER), fc.maxSafeNat());
const range = fc.oneof(
  fc.constantFrom(
    { min: 0, max: 2_147_483_647 },
    { min: 0, max: 4_294_967_295 },
    { min: 1, max: 2_147_483_647 },
    { min: 0, max: Number.MAX_SAFE_INTEGER },
    { min: 0, max: 999 },
  ),
  fc.record({ min: fc.nat(1000), span: fc.integer({ min: 40, max: 2 ** 40 }) }).map(({ min, span }) => ({
    min,
    max: min + span - 1,
  })),
);

describe('deriveSeed', () => {
  it('gives every image of a request a seed of its own within the model’s range', () => {
    fc.assert(
      fc.property(seed, range, (given, bounds) => {
        const seeds = Array.from({ length: 20 }, (_, position) => deriveSeed(given, position, bounds));
        expect(new Set(seeds).size).toBe(20);
        for (const one of seeds) {
          expect(Number.isSafeInteger(one)).toBe(true);
          expect(one).toBeGreaterThanOrEqual(bounds.min);
          expect(one).toBeLessThanOrEqual(bounds.max);
        }
      }),
    );
  });

  it('keeps the runs of several calls apart where the provider counts up from a call’s seed', () => {
    fc.assert(
      fc.property(seed, range, fc.integer({ min: 1, max: 10 }), (given, bounds, perCall) => {
        // Beyond 2^53 counting up by one is not exact.
        fc.pre(bounds.max < 2 ** 52);
        const taken = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
          .filter((position) => position % perCall === 0)
          .flatMap((position) => {
            const first = deriveSeed(given, position, bounds);
            return Array.from({ length: Math.min(perCall, 10 - position) }, (_, index) => first + index);
          });
        expect(new Set(taken).size).toBe(10);
      }),
    );
  });

  it('gives the first image the given seed, and 0 is a seed', () => {
    expect(deriveSeed(0, 0, { min: 0, max: 100 })).toBe(0);
    expect(deriveSeed(42, 0, { min: 0, max: 100 })).toBe(42);
  });

  it('gives the same seeds every time, and others for another seed', () => {
    const bounds = { min: 0, max: 2_147_483_647 };
    const seedsOf = (given: number) => [0, 1, 2, 3].map((position) => deriveSeed(given, position, bounds));
    expect(seedsOf(7)).toStrictEqual(seedsOf(7));
    expect(seedsOf(0)[1]).not.toBe(seedsOf(1)[1]);
  });
});

describe('foldSeed', () => {
  it('leaves a seed within the range as it is and folds every other one into it', () => {
    fc.assert(
      fc.property(seed, range, (given, bounds) => {
        const folded = foldSeed(given, bounds);
        expect(folded).toBeGreaterThanOrEqual(bounds.min);
        expect(folded).toBeLessThanOrEqual(bounds.max);
        if (given >= bounds.min && given <= bounds.max) expect(folded).toBe(given);
      }),
    );
  });

  it('fits every registered model', () => {
    for (const { slug, params } of providers.flatMap((provider) => provider.models)) {
      if (params.seed === undefined) continue;
      expect(params.seed.max - params.seed.min, slug).toBeGreaterThanOrEqual(39);
    }
  });
});
