import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCredits, fromCredits, isExactCredits, toCredits } from './microcredits.js';

/** Up to a billion credits: as far as six decimals are exact in a double. */
const microcredits = fc.integer({ min: -(10 ** 15), max: 10 ** 15 });

describe('microcredits', () => {
  it('come back unchanged from credits', () => {
    fc.assert(fc.property(microcredits, (amount) => fromCredits(toCredits(amount)) === amount));
  });

  it('come back unchanged from their plain decimal', () => {
    fc.assert(
      fc.property(microcredits, (amount) => {
        const text = formatCredits(amount);
        expect(text).toMatch(/^-?\d+(\.\d{0,5}[1-9])?$/);
        expect(fromCredits(Number(text))).toBe(amount);
      }),
    );
  });

  it('add up without a rest, unlike decimals', () => {
    expect(0.1 + 0.2).not.toBe(0.3);
    expect(toCredits(fromCredits(0.1) + fromCredits(0.2))).toBe(0.3);
  });

  it.each([
    [1_500_000, '1.5'],
    [0, '0'],
    [1, '0.000001'],
    [-33_600, '-0.0336'],
    [4_000_000, '4'],
    [1_000_000_000_000_000, '1000000000'],
  ])('are written plainly: %i is %s', (amount, text) => {
    expect(formatCredits(amount)).toBe(text);
  });

  it.each([0.000_000_1, 1.000_000_5, NaN, Infinity, -Infinity, 1e13])(
    'are not made of %d credits',
    (credits) => {
      expect(() => fromCredits(credits)).toThrow(/^broken invariant: /);
    },
  );

  it('are made of exactly those amounts that are said to be exact', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.double({ min: 0, max: 1e-5 })), (credits) => {
        if (isExactCredits(credits)) expect(Number.isSafeInteger(fromCredits(credits))).toBe(true);
        else expect(() => fromCredits(credits)).toThrow();
      }),
    );
  });
});
