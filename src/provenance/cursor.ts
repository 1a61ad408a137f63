/** Reads big-endian fields one after the other; RangeError past the end, which is how nonsense shows. */
export class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** An unsigned number of 0 to 8 bytes; RangeError above what a number holds exactly. */
  uint(bytes: number): number {
    const field = this.take(bytes);
    if (bytes === 0) return 0;
    const value = bytes === 8 ? Number(field.readBigUInt64BE(0)) : field.readUIntBE(0, bytes);
    if (!Number.isSafeInteger(value)) throw new RangeError('number too large');
    return value;
  }

  take(bytes: number): Buffer {
    if (bytes > this.left) throw new RangeError('past the end');
    this.#at += bytes;
    return this.#bytes.subarray(this.#at - bytes, this.#at);
  }

  /** Text in UTF-8 up to a zero byte, which is passed over. */
  zeroEndedText(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw new RangeError('text without an end');
    return this.take(end + 1 - this.#at)
      .subarray(0, -1)
      .toString('utf8');
  }
}

/** Runs a reader over foreign bytes; undefined and a remark when they make no sense. Any other error is a defect of ours. */
export function readOrNote<T>(problems: Set<string>, problem: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.add(problem);
    return undefined;
  }
}
