import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QUALITIES } from '../providers/model.js';
import { nearestQuality } from './quality.js';

describe('nearestQuality', () => {
  it('takes the asked quality itself wherever the model has it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...QUALITIES), fc.subarray([...QUALITIES]), (asked, others) => {
        const available = [...new Set([...others, asked])];
        expect(nearestQuality(asked, available)).toStrictEqual({ quality: asked, exact: true });
      }),
    );
  });

  it.each([
    ['standard', ['low', 'medium', 'high'], 'medium'],
    ['hd', ['low', 'medium', 'high'], 'high'],
    ['medium', ['standard', 'hd'], 'standard'],
    ['high', ['standard', 'hd'], 'hd'],
  ] as const)('knows that %s of %j is called %s', (asked, available, quality) => {
    expect(nearestQuality(asked, available)).toStrictEqual({ quality, exact: true });
  });

  it.each([
    ['max', ['low', 'medium', 'high'], 'high'],
    ['xhigh', ['standard', 'hd'], 'hd'],
    ['low', ['standard', 'hd'], 'standard'],
    ['low', ['high', 'medium'], 'medium'],
  ] as const)(
    'takes for %s of %j the nearest, %s, and says that it is another',
    (asked, available, quality) => {
      expect(nearestQuality(asked, available)).toStrictEqual({ quality, exact: false });
    },
  );

  it('takes the cheaper of two equally near ones', () => {
    expect(nearestQuality('medium', ['low', 'high'])).toStrictEqual({ quality: 'low', exact: false });
    expect(nearestQuality('xhigh', ['high', 'max'])).toStrictEqual({ quality: 'high', exact: false });
  });

  it('finds nothing for a model without qualities', () => {
    expect(nearestQuality('low', [])).toBeUndefined();
  });
});
