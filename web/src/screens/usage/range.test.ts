import { describe, expect, it } from 'vitest';
import { daysOf, listDays, readView, writeView } from './range.js';

const now = new Date('2026-03-02T23:30:00Z');
const daysAt = (query: string) => daysOf(readView(new URLSearchParams(query)), now);

describe('the range of the usage screen', () => {
  it.each([
    ['', '2026-02-01', '2026-03-02'],
    ['span=7', '2026-02-24', '2026-03-02'],
    ['span=month', '2026-03-01', '2026-03-02'],
    ['span=last-month', '2026-02-01', '2026-02-28'],
    ['span=dates&from=2026-01-05&to=2026-01-09', '2026-01-05', '2026-01-09'],
    // What can't be is brought to the nearest that can.
    ['span=dates&from=2026-05-01&to=2026-04-01', '2026-03-02', '2026-03-02'],
    ['span=dates&from=2020-01-01', '2025-03-02', '2026-03-02'],
    ['span=dates&from=2026-02-30&to=yesterday', '2026-03-02', '2026-03-02'],
    ['span=century', '2026-02-01', '2026-03-02'],
  ])('%s is %s to %s', (query, from, to) => {
    expect(daysAt(query)).toStrictEqual({ from, to });
  });

  it('has every day once, over the end of a month', () => {
    expect(listDays({ from: '2026-02-27', to: '2026-03-01' })).toStrictEqual([
      '2026-02-27',
      '2026-02-28',
      '2026-03-01',
    ]);
    expect(listDays(daysAt(''))).toHaveLength(30);
  });

  it('is the same after the address was written and read', () => {
    for (const query of ['', '?span=dates&from=2026-01-05&to=2026-01-09&by=key&show=images']) {
      expect(writeView(readView(new URLSearchParams(query)))).toBe(query);
    }
  });
});
