import { Cursor } from './cursor.js';

/** Real files have a handful; the counts are the file's own claims, and an entry may take no bytes at all. */
const MAX_ENTRIES = 65_536;

/** An `iloc` box (ISO/IEC 14496-12 §8.11.3): where the bytes of each item lie. */
export interface ItemLocations {
  readonly version: number;
  /** Bytes that each kind of field takes: 0, 4 or 8. */
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly baseBytes: number;
  readonly indexBytes: number;
  readonly items: readonly ItemLocation[];
}

export interface ItemLocation {
  readonly id: number;
  /** 0: in the file, 1: in the `idat` box, 2: in another item. */
  readonly method: number;
  /** 0: in this file. */
  readonly reference: number;
  readonly base: number;
  readonly extents: readonly Extent[];
}

export interface Extent {
  readonly index: number;
  readonly offset: number;
  readonly length: number;
}

/** Reads the body of an `iloc` box; RangeError when it makes no sense. */
export function readItemLocations(body: Buffer): ItemLocations {
  const cursor = new Cursor(body);
  const version = cursor.uint(1);
  cursor.take(3);
  const sizes = cursor.uint(2);
  const locations = {
    version,
    offsetBytes: sizes >> 12,
    lengthBytes: (sizes >> 8) & 15,
    baseBytes: (sizes >> 4) & 15,
    indexBytes: version === 0 ? 0 : sizes & 15,
  };
  const { offsetBytes, lengthBytes, baseBytes, indexBytes } = locations;
  const fields = [offsetBytes, lengthBytes, baseBytes, indexBytes];
  if (version > 2 || fields.some((bytes) => bytes !== 0 && bytes !== 4 && bytes !== 8))
    throw new RangeError('unknown kind of iloc box');
  const items: ItemLocation[] = [];
  let entries = 0;
  const count = (more: number): number => {
    entries += more;
    if (entries > MAX_ENTRIES) throw new RangeError('too many items or extents');
    return more;
  };
  for (let left = count(cursor.uint(version < 2 ? 2 : 4)); left > 0; left -= 1) {
    const id = cursor.uint(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : cursor.uint(2) & 15;
    const reference = cursor.uint(2);
    const base = cursor.uint(baseBytes);
    const extents: Extent[] = [];
    for (let more = count(cursor.uint(2)); more > 0; more -= 1) {
      const index = cursor.uint(indexBytes);
      extents.push({ index, offset: cursor.uint(offsetBytes), length: cursor.uint(lengthBytes) });
    }
    items.push({ id, method, reference, base, extents });
  }
  return { ...locations, items };
}

/** Writes the body of an `iloc` box with the field sizes it came with; RangeError when a value has no room. */
export function writeItemLocations(locations: ItemLocations): Buffer {
  const { version, offsetBytes, lengthBytes, baseBytes, indexBytes, items } = locations;
  const idBytes = version < 2 ? 2 : 4;
  const sizes = (offsetBytes << 12) | (lengthBytes << 8) | (baseBytes << 4) | indexBytes;
  const fields = [
    bigEndian(version, 1),
    bigEndian(0, 3),
    bigEndian(sizes, 2),
    bigEndian(items.length, idBytes),
  ];
  for (const { id, method, reference, base, extents } of items) {
    fields.push(bigEndian(id, idBytes));
    if (version > 0) fields.push(bigEndian(method, 2));
    fields.push(bigEndian(reference, 2), bigEndian(base, baseBytes), bigEndian(extents.length, 2));
    for (const { index, offset, length } of extents)
      fields.push(
        bigEndian(index, indexBytes),
        bigEndian(offset, offsetBytes),
        bigEndian(length, lengthBytes),
      );
  }
  return Buffer.concat(fields);
}

/** A number in so many bytes; RangeError when it has no room. */
export function bigEndian(value: number, bytes: number): Buffer {
  const field = Buffer.alloc(bytes);
  if (bytes === 8) field.writeBigUInt64BE(BigInt(value));
  else if (bytes > 0) field.writeUIntBE(value, 0, bytes);
  else if (value !== 0) throw new RangeError('no room for a number');
  return field;
}
