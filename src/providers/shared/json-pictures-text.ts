import { JsonPicturesError } from './json-pictures-error.js';

/** A bounded, growing buffer for the part of a JSON text that is kept. */
export class ByteText {
  readonly #maxBytes: number;
  #buffer = Buffer.allocUnsafe(1024);
  #length = 0;
  /** References written by us don't count against the bound. */
  #referenceBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  /** Throws `too_large` when the bound is passed. */
  append(source: Buffer, from: number, to: number): void {
    if (to <= from) return;
    if (this.#length - this.#referenceBytes + to - from > this.#maxBytes) {
      throw new JsonPicturesError(
        'too_large',
        `The JSON text has more than ${this.#maxBytes} bytes besides its pictures.`,
      );
    }
    this.#reserve(to - from);
    source.copy(this.#buffer, this.#length, from, to);
    this.#length += to - from;
  }

  appendReference(text: string): void {
    this.#reserve(text.length);
    this.#buffer.write(text, this.#length, 'latin1');
    this.#length += text.length;
    this.#referenceBytes += text.length;
  }

  truncate(length: number): void {
    this.#length = length;
  }

  /** The string literal that stands from `from` to the end. Throws `invalid_json`. */
  parseString(from: number): string {
    const literal = this.#buffer.subarray(from, this.#length);
    const inner = literal.subarray(1, -1);
    if (!inner.includes(0x5c)) return inner.toString('utf8');
    try {
      return String(JSON.parse(literal.toString('utf8')));
    } catch {
      // Only the digits of a \u can be wrong here; the parser's message would quote the text.
      throw new JsonPicturesError('invalid_json', 'The JSON text has an unknown escape in a key.');
    }
  }

  /** Broken UTF-8 becomes U+FFFD, as in `Response.json()`: a damaged remark is no reason to lose a paid picture. */
  toString(): string {
    return this.#buffer.toString('utf8', 0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/** The way from the root to the value being read, with one entry per open container. */
export class JsonPath {
  readonly entries: (string | number)[] = [];
  readonly #kinds: ('array' | 'object')[] = [];
  readonly #maxDepth: number;

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  get depth(): number {
    return this.#kinds.length;
  }

  /** Throws `too_deep`. */
  open(kind: 'array' | 'object'): void {
    if (this.#kinds.length >= this.#maxDepth) {
      throw new JsonPicturesError(
        'too_deep',
        `The JSON text is nested deeper than ${this.#maxDepth} levels.`,
      );
    }
    this.#kinds.push(kind);
    this.entries.push(kind === 'array' ? 0 : '');
  }

  /** The kind of the innermost container, now closed; undefined when none was open. */
  close(): 'array' | 'object' | undefined {
    this.entries.pop();
    return this.#kinds.pop();
  }

  /** Goes past a comma and returns the kind of the container it stands in. */
  next(): 'array' | 'object' | undefined {
    const kind = this.#kinds.at(-1);
    const last = this.entries.at(-1);
    if (kind === 'array' && typeof last === 'number') this.entries[this.entries.length - 1] = last + 1;
    return kind;
  }

  name(key: string): void {
    this.entries[this.entries.length - 1] = key;
  }
}

/** Digits, signs, points and letters: what numbers and literals are made of. Their grammar is left to JSON.parse. */
export function isScalar(byte: number): boolean {
  const letter = byte | 0x20;
  const isWord = (byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x7a);
  return isWord || byte === 0x2d || byte === 0x2e || byte === 0x2b;
}

/** Where the byte stands next, the chunk's length when it doesn't. */
export function find(chunk: Buffer, byte: number, from: number): number {
  const found = chunk.indexOf(byte, from);
  return found < 0 ? chunk.length : found;
}
