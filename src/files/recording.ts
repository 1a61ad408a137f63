import { Readable } from 'node:stream';
import type { Slabs } from '../slabs.js';
import type { ByteRange } from './blob-store.js';

/** One piece of memory of a recording. */
interface Piece {
  readonly memory: Buffer;
  usedBytes: number;
  readonly isSlab: boolean;
}

/**
 * One blob in memory: its bytes, or the base64 text that they come from. What is given to it is copied, into memory that is used
 * again once it is freed and nobody reads it.
 */
export class Recording {
  readonly kind: 'bytes' | 'base64';
  readonly #slabs: Slabs;
  readonly #pieces: Piece[] = [];
  #length = 0;
  #heldBytes = 0;
  #readers = 0;
  #isFreed = false;

  constructor(kind: Recording['kind'], slabs: Slabs) {
    this.kind = kind;
    this.#slabs = slabs;
  }

  /** Bytes that were given to it. */
  get length(): number {
    return this.#length;
  }

  /** Memory that it keeps, in bytes. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether somebody reads it: until then it can't give way. */
  get isRead(): boolean {
    return this.#readers > 0;
  }

  /** The parts of it, in order; to be read only between `pin` and what that returned. */
  get chunks(): readonly Buffer[] {
    return this.#pieces.map(({ memory, usedBytes }) => memory.subarray(0, usedBytes));
  }

  /** How much more memory it would keep with so many bytes more. */
  growth(bytes: number): number {
    const rest = bytes - this.#room();
    if (rest <= 0) return 0;
    const { slabBytes } = this.#slabs;
    return this.#staysSmall(rest) ? rest : Math.ceil(rest / slabBytes) * slabBytes;
  }

  append(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.byteLength;) {
      if (this.#room() === 0) this.#grow(chunk.byteLength - from);
      const piece = this.#pieces.at(-1);
      if (piece === undefined) return;
      const part = chunk.subarray(from, from + piece.memory.length - piece.usedBytes);
      piece.memory.set(part, piece.usedBytes);
      piece.usedBytes += part.byteLength;
      from += part.byteLength;
      this.#length += part.byteLength;
    }
  }

  /** Its last bytes. */
  tail(bytes: number): Buffer {
    return Buffer.concat(this.chunks.slice(-2)).subarray(-bytes);
  }

  /** Keeps its memory as it is. @returns ends that; harmless when called again */
  pin(): () => void {
    this.#readers += 1;
    let isPinned = true;
    return () => {
      if (!isPinned) return;
      isPinned = false;
      this.#readers -= 1;
      if (this.#isFreed) this.free();
    };
  }

  /** Leaves its memory to others as soon as nobody reads it. */
  free(): void {
    this.#isFreed = true;
    if (this.#readers > 0) return;
    for (const { memory, isSlab } of this.#pieces.splice(0)) if (isSlab) this.#slabs.giveBack(memory);
  }

  /** A stream of copies: what a stream handed on may wait for its receiver long after the stream has ended. */
  stream(range: ByteRange | undefined): Readable {
    const unpin = this.pin();
    const { chunks } = this;
    const parts = this.kind === 'base64' ? decode(chunks) : copies(chunks, range);
    return new Readable({
      read() {
        const next = parts.next();
        this.push(next.done === true ? null : next.value);
      },
      destroy(error, done) {
        unpin();
        done(error);
      },
    });
  }

  #room(): number {
    const last = this.#pieces.at(-1);
    return last === undefined ? 0 : last.memory.length - last.usedBytes;
  }

  #staysSmall(moreBytes: number): boolean {
    return (this.#length + moreBytes) * 2 < this.#slabs.slabBytes;
  }

  #grow(bytes: number): void {
    const isSlab = !this.#staysSmall(bytes);
    const memory = isSlab ? this.#slabs.take() : Buffer.allocUnsafeSlow(bytes);
    this.#heldBytes += memory.length;
    this.#pieces.push({ memory, usedBytes: 0, isSlab });
  }
}

/** The bytes of a canonical text: its length is a multiple of four, but those of its chunks need not be. */
function* decode(chunks: readonly Buffer[]): Generator<Buffer, undefined, undefined> {
  let rest = '';
  for (const chunk of chunks) {
    const text = rest + chunk.toString('latin1');
    const end = text.length - (text.length % 4);
    rest = text.slice(end);
    if (end > 0) yield Buffer.from(text.slice(0, end), 'base64');
  }
  return undefined;
}

/** The part of the chunks that the range names; both of its ends belong to it. */
function* copies(
  chunks: readonly Buffer[],
  range: ByteRange | undefined,
): Generator<Buffer, undefined, undefined> {
  const { start, end } = range ?? { start: 0, end: Infinity };
  let from = 0;
  for (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, start - from), Math.max(0, end + 1 - from));
    from += chunk.length;
    if (part.length > 0) yield Buffer.from(part);
  }
  return undefined;
}
