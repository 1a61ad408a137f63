import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beside, justify, lineOf, linesWithin, type Laid } from './justify.js';

const NOON = 1_764_000_000;
const wish = { width: 1000, rowHeight: 200, gap: 6, headingHeight: 50, open: false };

const pictures = fc
  .array(
    fc.record({ width: fc.integer({ min: 64, max: 4096 }), height: fc.integer({ min: 64, max: 4096 }) }),
    {
      maxLength: 80,
    },
  )
  .map((sizes): Laid[] =>
    sizes.map((size, index) => ({ ...size, id: `p${index}`, created: NOON - index * 9_000 })),
  );

describe('the grid', () => {
  it('shows every picture once, in order, inside of its width and at its proportions', () => {
    fc.assert(
      fc.property(pictures, (all) => {
        const { lines, height } = justify(all, wish);
        const tiles = lines.flatMap((line) => line.tiles);
        expect(tiles.map(({ index }) => index)).toStrictEqual(all.map((_, index) => index));
        let top = 0;
        for (const line of lines) {
          expect(line.top).toBeGreaterThanOrEqual(top);
          top = line.top + line.height;
          for (const tile of line.tiles) {
            expect(tile.left).toBeGreaterThanOrEqual(0);
            expect(tile.left + tile.width).toBeLessThanOrEqual(wish.width + 1);
            const picture = all[tile.index];
            const wanted = (line.height * (picture?.width ?? 0)) / (picture?.height ?? 1);
            // Whole pixels; the last one of a row takes what the others left over.
            expect(Math.abs(tile.width - wanted)).toBeLessThanOrEqual(
              line.tiles.length * 0.5 + wanted / line.height + 1,
            );
          }
        }
        expect(height).toBeGreaterThanOrEqual(top);
      }),
    );
  });

  it('lays what it showed at the same place when more follow', () => {
    fc.assert(
      fc.property(pictures, fc.nat(80), (all, count) => {
        const before = justify(all.slice(0, count), { ...wish, open: true });
        const after = justify(all, wish);
        expect(after.lines.slice(0, before.lines.length)).toStrictEqual(before.lines);
      }),
    );
  });

  it('finds the lines of a stretch and of a picture', () => {
    fc.assert(
      fc.property(pictures, fc.nat(5000), fc.nat(2000), (all, from, length) => {
        const grid = justify(all, wish);
        const [start, end] = linesWithin(grid, from, from + length);
        const expected = grid.lines.filter(
          (line) => line.top + line.height > from && line.top < from + length,
        );
        expect(grid.lines.slice(start, Math.max(start, end))).toStrictEqual(expected);
        all.forEach((_, index) => {
          const line = grid.lines[lineOf(grid, index) ?? -1];
          expect(line?.tiles.some((tile) => tile.index === index)).toBe(true);
        });
        expect(lineOf(grid, all.length)).toBeUndefined();
      }),
    );
  });

  it('goes to the nearest picture of the next row, over the heading of a day, and nowhere at the edge', () => {
    const square = (created: number, index: number): Laid => ({
      id: `p${index}`,
      created,
      width: 100,
      height: 100,
    });
    const day = 24 * 3_600;
    const all = [...Array.from({ length: 5 }, () => NOON), NOON - day, NOON - day].map(square);
    const grid = justify(all, wish);
    expect(beside(grid, 4, 'right')).toBe(5);
    expect(beside(grid, 0, 'left')).toBeUndefined();
    expect(beside(grid, 0, 'down')).toBe(5);
    expect(beside(grid, 4, 'down')).toBe(6);
    expect(beside(grid, 6, 'up')).toBe(1);
    expect(beside(grid, 6, 'down')).toBeUndefined();
  });
});
