import { describe, expect, it } from 'vitest';
import { arrange, COLOURS, ticksFor } from './series.js';

const days = ['2026-02-28', '2026-03-01'];
const row = (day: string, model: string, credits: number, images = 1) => ({
  day,
  model,
  credits,
  images,
  generations: 1,
  failed: 0,
});
const byModel = ({ model = '' }: { readonly model?: string | undefined }) => ({ id: model, name: model });

describe('arranging a report', () => {
  it('gives each model its days and sums, the dearest first, and each day its total', () => {
    const { series, totals } = arrange(
      [row('2026-02-28', 'a', 1, 5), row('2026-02-28', 'b', 2), row('2026-03-01', 'b', 3)],
      days,
      'credits',
      byModel,
    );
    expect(series.map(({ id, values, sums }) => [id, values, sums.credits])).toStrictEqual([
      ['b', [2, 3], 5],
      ['a', [1, 0], 1],
    ]);
    expect(totals.map(({ sums }) => [sums.credits, sums.images])).toStrictEqual([
      [3, 6],
      [3, 1],
    ]);
  });

  it('counts pictures where those are shown, and leaves out days outside of the range', () => {
    const { series } = arrange(
      [row('2026-02-28', 'a', 1, 5), row('2026-02-28', 'b', 2), row('2026-03-02', 'c', 9)],
      days,
      'images',
      byModel,
    );
    expect(series.map(({ id, values }) => [id, values])).toStrictEqual([
      ['a', [5, 0]],
      ['b', [1, 0]],
    ]);
  });

  it('tells six apart; the others share a colour', () => {
    const rows = 'abcdefgh'.split('').map((model, index) => row('2026-03-01', model, 20 - index));
    const colours = arrange(rows, days, 'credits', byModel).series.map(({ colour }) => colour);
    expect(colours).toStrictEqual([...COLOURS, COLOURS[6]]);
  });
});

describe('the scale', () => {
  it.each([
    [0, [0]],
    [0.034, [0, 0.02, 0.04]],
    [1, [0, 0.5, 1]],
    [7, [0, 4, 8]],
    [99, [0, 50, 100]],
    [101, [0, 100, 200]],
  ])('of %d is %j', (greatest, ticks) => {
    expect(ticksFor(greatest, false).map((tick) => Number(tick.toPrecision(6)))).toStrictEqual(ticks);
  });

  it('has no halves of pictures', () => {
    expect(ticksFor(1, true)).toStrictEqual([0, 1]);
    expect(ticksFor(5, true)).toStrictEqual([0, 5]);
    expect(ticksFor(6, true)).toStrictEqual([0, 3, 6]);
  });
});
