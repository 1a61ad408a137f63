import { Cursor } from './cursor.js';

const MAX_DEPTH = 24;
const MAX_ITEMS = 20_000;
const INDEFINITE = 31;
/** What ends something of indefinite length. */
const BREAK = Symbol('break');

/**
 * Reads one CBOR item (RFC 8949) as JSON would hold it. Byte strings and values without a JSON form become undefined, tags are
 * passed over, and of maps only the entries with text keys are kept. RangeError on nonsense or too much of anything.
 */
export function readCbor(bytes: Buffer): unknown {
  const value = new CborReader(bytes).read(0);
  if (value === BREAK) throw new RangeError('break outside of anything');
  return value;
}

class CborReader {
  readonly #cursor: Cursor;
  #items = 0;

  constructor(bytes: Buffer) {
    this.#cursor = new Cursor(bytes);
  }

  read(depth: number): unknown {
    this.#countItem();
    if (depth > MAX_DEPTH) throw new RangeError('CBOR nested too deep');
    const head = this.#cursor.uint(1);
    const major = head >> 5;
    const info = head & 31;
    switch (major) {
      case 0:
        return this.#count(info);
      case 1:
        return -1 - this.#count(info);
      case 2:
        this.#strings(major, info);
        return undefined;
      case 3:
        return Buffer.concat(this.#strings(major, info)).toString('utf8');
      case 4:
        return [...this.#sequence(info, 1, depth)];
      case 5:
        return this.#map(info, depth);
      case 6:
        this.#count(info);
        return this.read(depth + 1);
      default:
        return this.#simple(info);
    }
  }

  #countItem(): void {
    this.#items += 1;
    if (this.#items > MAX_ITEMS) throw new RangeError('too many CBOR items');
  }

  #count(info: number): number {
    if (info < 24) return info;
    if (info > 27) throw new RangeError('reserved length');
    return this.#cursor.uint(2 ** (info - 24));
  }

  /** A string, or the pieces of one of indefinite length, which must be of its own kind. */
  #strings(major: number, info: number): Buffer[] {
    if (info !== INDEFINITE) return [this.#cursor.take(this.#count(info))];
    const pieces: Buffer[] = [];
    for (;;) {
      this.#countItem();
      const head = this.#cursor.uint(1);
      if (head === 0xff) return pieces;
      if (head >> 5 !== major) throw new RangeError('mixed pieces of a string');
      pieces.push(this.#cursor.take(this.#count(head & 31)));
    }
  }

  *#sequence(info: number, perEntry: 1 | 2, depth: number): Generator<unknown, void> {
    if (info === INDEFINITE) {
      for (let value = this.read(depth + 1); value !== BREAK; value = this.read(depth + 1)) yield value;
      return;
    }
    for (let left = this.#count(info) * perEntry; left > 0; left -= 1) {
      const value = this.read(depth + 1);
      if (value === BREAK) throw new RangeError('break in a counted sequence');
      yield value;
    }
  }

  #map(info: number, depth: number): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    let key: unknown;
    let isKey = true;
    for (const value of this.#sequence(info, 2, depth)) {
      if (isKey) key = value;
      else if (typeof key === 'string') entries.push([key, value]);
      isKey = !isKey;
    }
    return Object.fromEntries(entries);
  }

  #simple(info: number): unknown {
    if (info === 20 || info === 21) return info === 21;
    if (info === 22) return null;
    if (info === INDEFINITE) return BREAK;
    if (info < 24) return undefined;
    if (info > 27) throw new RangeError('reserved simple value');
    const field = this.#cursor.take(2 ** (info - 24));
    if (info === 26) return field.readFloatBE(0);
    return info === 27 ? field.readDoubleBE(0) : undefined;
  }
}
