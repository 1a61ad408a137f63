import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NativeSize, SizeRule } from '../providers/model.js';
import { chooseNativeSize, isNativeSize } from './size-rules.js';

describe('chooseNativeSize', () => {
  it('takes a native size as it is whatever the others cost', () => {
    const sizes: readonly NativeSize[] = [
      { width: 512, height: 512 },
      { width: 1024, height: 1024 },
      { width: 2048, height: 2048 },
    ];
    const rule: SizeRule = { kind: 'list', sizes };
    const prices = fc.tuple(
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 0, max: 9 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...sizes), prices, (size, [small, middle, large]) => {
        const price = ({ width }: NativeSize) => (width === 512 ? small : width === 1024 ? middle : large);
        expect(chooseNativeSize(rule, size, price)?.native).toStrictEqual(size);
      }),
    );
  });

  it('uses all the room of a rule whose edges allow less than its ratio', () => {
    const rule: SizeRule = {
      kind: 'range',
      multipleOf: 32,
      minEdge: 256,
      maxEdge: 1440,
      minPixels: 256 * 256,
      maxPixels: 1440 * 1440,
      minRatio: 1 / 16,
      maxRatio: 16,
      listed: [{ width: 1024, height: 1024 }],
    };
    expect(chooseNativeSize(rule, { width: 2816, height: 256 }, () => 0)?.native).toStrictEqual({
      width: 1440,
      height: 256,
    });
  });

  it('reaches the largest picture of an extreme ratio that just fits between two bounds', () => {
    const rule: SizeRule = {
      kind: 'range',
      multipleOf: 8,
      minEdge: 64,
      maxEdge: 1128,
      minPixels: 425_104,
      maxPixels: 1024 * 1024,
      minRatio: 1 / 3,
      maxRatio: 3,
      listed: [{ width: 1024, height: 1024 }],
    };
    // 376 x 1128 has too few pixels; one step wider is legal.
    expect(isNativeSize(rule, { width: 384, height: 1128 })).toBe(true);
    expect(chooseNativeSize(rule, { width: 64, height: 1130 }, () => 0)?.native).toStrictEqual({
      width: 384,
      height: 1128,
    });
  });
});
