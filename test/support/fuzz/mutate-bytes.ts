/** Changes of bytes that know nothing of what the bytes mean. */
import type { Dice } from './dice.js';

/** Where texts and formats break most easily. */
const BYTES = [0x00, 0x01, 0x0a, 0x0d, 0x20, 0x22, 0x2d, 0x3a, 0x3b, 0x3d, 0x7f, 0x80, 0xfe, 0xff];
const NUMBERS = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** One change at a place by chance; the given bytes stay as they are. */
export function mutateBytes(bytes: Buffer, dice: Dice): Buffer {
  if (bytes.length === 0) return Buffer.from([dice.pick(BYTES)]);
  const at = dice.roll(bytes.length);
  const copy = Buffer.from(bytes);
  switch (dice.roll(8)) {
    case 0:
      copy[at] = (copy[at] ?? 0) ^ (1 << dice.roll(8));
      return copy;
    case 1:
      copy[at] = dice.pick(BYTES);
      return copy;
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + dice.roll(64))]);
    case 4: {
      const piece = bytes.subarray(at, at + 1 + dice.roll(64));
      const to = dice.roll(bytes.length);
      return Buffer.concat([bytes.subarray(0, to), piece, bytes.subarray(to)]);
    }
    case 5:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(Array.from({ length: 1 + dice.roll(16) }, () => dice.roll(256))),
        bytes.subarray(at),
      ]);
    case 6:
      return writeNumber(copy, at, dice);
    default:
      return copy.fill(dice.pick(BYTES), at, Math.min(copy.length, at + 1 + dice.roll(256)));
  }
}

/** As if it were a length, an offset or a size of whatever format. */
function writeNumber(copy: Buffer, at: number, dice: Dice): Buffer {
  const value = dice.pick(NUMBERS);
  if (at + 4 > copy.length) return copy;
  switch (dice.roll(4)) {
    case 0:
      copy.writeUInt32BE(value, at);
      return copy;
    case 1:
      copy.writeUInt32LE(value, at);
      return copy;
    case 2:
      copy.writeUInt16BE(value % 0x10000, at);
      return copy;
    default:
      copy.writeUInt16LE(value % 0x10000, at);
      return copy;
  }
}
