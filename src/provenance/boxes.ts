/** Boxes of the ISO base media format (ISO/IEC 14496-12), which AVIF and JUMBF are made of. */
export interface Box {
  readonly type: string;
  readonly body: Buffer;
  /** Offset of the box's head in what was read. */
  readonly from: number;
  readonly to: number;
  /** The size is written in the plain four bytes. */
  readonly isPlain: boolean;
}

/** Walks the boxes of a container from an offset; RangeError at the first that reaches out of it. */
export function* boxesOf(container: Buffer, start = 0): Generator<Box, void> {
  for (let from = start; from < container.length;) {
    const size = container.readUInt32BE(from);
    const type = container.toString('latin1', from + 4, from + 8);
    const headBytes = size === 1 ? 16 : 8;
    const to = size === 0 ? container.length : from + (size === 1 ? longSize(container, from) : size);
    if (to < from + headBytes || to > container.length) throw new RangeError('box outside its container');
    yield { type, body: container.subarray(from + headBytes, to), from, to, isPlain: size > 1 };
    from = to;
  }
}

function longSize(container: Buffer, from: number): number {
  return Number(container.readBigUInt64BE(from + 8));
}

/** A box of these parts. */
export function writeBox(type: string, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(parts.reduce((sum, part) => sum + part.length, 8));
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, ...parts]);
}
