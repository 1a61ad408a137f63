import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange } from './range.js';

describe('parseRange', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=0-9', { start: 0, end: 9 }],
    ['bytes=3-', { start: 3, end: 9 }],
    ['bytes=3-100', { start: 3, end: 9 }],
    ['bytes=9-9', { start: 9, end: 9 }],
    ['bytes=-1', { start: 9, end: 9 }],
    ['bytes=-100', { start: 0, end: 9 }],
    [' bytes=2-4 ', { start: 2, end: 4 }],
  ])('reads %j of ten bytes', (header, range) => {
    expect(parseRange(header, 10)).toStrictEqual(range);
  });

  it.each(['bytes=10-', 'bytes=10-12', 'bytes=-0', 'bytes=999999999999999-'])(
    'can not satisfy %s of ten bytes',
    (header) => {
      expect(parseRange(header, 10)).toBe('unsatisfiable');
    },
  );

  it.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=0-1,3-4',
    'bytes=a-b',
    'bytes=1.5-2',
    'bytes=--1',
    'items=0-1',
    'bytes=0x1-2',
    `bytes=${'9'.repeat(400)}-`,
  ])('takes %j for no range at all', (header) => {
    expect(parseRange(header, 10)).toBeUndefined();
  });

  it('can satisfy nothing of nothing', () => {
    expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable');
    expect(parseRange('bytes=-5', 0)).toBe('unsatisfiable');
  });

  it('never leaves the bytes that are there, whatever the header says', () => {
    const number = fc.oneof(fc.constant(''), fc.nat(200).map(String), fc.maxSafeNat().map(String));
    const header = fc.oneof(
      fc.tuple(number, number).map(([first, last]) => `bytes=${first}-${last}`),
      fc.string(),
    );
    fc.assert(
      fc.property(header, fc.nat(100), (text, sizeBytes) => {
        const range = parseRange(text, sizeBytes);
        if (range === undefined || range === 'unsatisfiable') return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.start).toBeLessThanOrEqual(range.end);
        expect(range.end).toBeLessThan(sizeBytes);
      }),
      { numRuns: 500 },
    );
  });
});
