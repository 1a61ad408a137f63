import fc from 'fast-check';
import { expect, it } from 'vitest';
import { safeFilename } from './file-name.js';

const SEED = 7_2026;

it.each([
  [undefined, 'file.png'],
  ['', 'file.png'],
  ['fox', 'fox.png'],
  ['fox.PNG', 'fox.PNG'],
  ['fox.jpg', 'fox.jpg.png'],
  ['/etc/../fox.png', 'fox.png'],
  ['NUL', '_NUL.png'],
  ['com1.tar.png', '_com1.tar.png'],
  ['a\nb\u0000c.png', 'abc.png'],
  ['x\u202Egnp.exe', 'xgnp.exe.png'],
  ['.hidden', 'hidden.png'],
])('%j becomes %j', (given, name) => {
  expect(safeFilename(given, 'image/png')).toBe(name);
});

it('is safe whatever it is made of, and stays as it is once it is safe', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (given) => {
      const name = safeFilename(given, 'image/webp');
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      expect(name).toMatch(/^[^/\\<>:"|?*\p{C}]+\.webp$/iu);
      expect(name).not.toMatch(/^[. ]|\.\.$/);
      expect(safeFilename(name, 'image/webp')).toBe(name);
    }),
    { numRuns: 500, seed: SEED },
  );
});
