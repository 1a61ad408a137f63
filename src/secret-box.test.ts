import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecretBox } from './secret-box.js';

const [FIRST, SECOND] = ['a'.repeat(32), 'b'.repeat(32)];

describe('SecretBox', () => {
  const box = new SecretBox([FIRST, SECOND], 'tests');

  it('opens what it sealed, in its place, and nothing that was changed in any bit', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), (place, text, anywhere) => {
        const sealed = box.seal(place, text);
        expect(box.open(place, sealed)).toStrictEqual({ text, secretNumber: 1 });
        expect(box.open(`${place}x`, sealed)).toBeUndefined();
        const bytes = Buffer.from(sealed, 'base64url');
        const bit = anywhere % (bytes.length * 8);
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(box.open(place, bytes.toString('base64url'))).toBeUndefined();
        expect(box.open(place, sealed.slice(0, anywhere % sealed.length))).toBeUndefined();
      }),
    );
  });

  it('never seals a text twice in the same way', () => {
    const all = Array.from({ length: 100 }, () => box.seal('place', 'text'));
    expect(new Set(all).size).toBe(100);
  });

  it('opens with each of its secrets, and has keys of its own for each use', () => {
    const before = new SecretBox([SECOND], 'tests').seal('place', 'text');
    expect(box.open('place', before)).toStrictEqual({ text: 'text', secretNumber: 2 });
    expect(new SecretBox([FIRST], 'tests').open('place', before)).toBeUndefined();
    expect(new SecretBox([SECOND], 'other').open('place', before)).toBeUndefined();
  });
});
