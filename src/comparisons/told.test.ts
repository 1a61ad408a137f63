import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Told } from './told.js';

it('comes back as it went, for any number of cells', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 1, 2), { minLength: 1, maxLength: 100 }), (levels) => {
      const told = Told.read(undefined, levels.length);
      for (const [cell, level] of levels.entries()) told.set(cell, level);
      const text = told.format();
      expect(text.length).toBeLessThanOrEqual(34);
      const again = Told.read(text, levels.length);
      expect(levels.map((_level, cell) => again.get(cell))).toEqual(levels);
    }),
  );
});

it('takes what is not its own for nothing', () => {
  for (const text of ['', '$', 'AAAA', 'x'.repeat(300)]) {
    const told = Told.read(text, 24);
    expect(Array.from({ length: 24 }, (_, cell) => told.get(cell))).toEqual(Array(24).fill(0));
  }
});
