/** What the `meta` box of an AVIF tells of its primary item. */
export interface AvifMeta {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  /** Offset in the file behind the last byte of any item. */
  readonly requiredBytes: number;
}

interface Box {
  readonly type: string;
  readonly body: Buffer;
}

const ALPHA_TYPES = ['urn:mpeg:mpegB:cicp:systems:auxiliary:alpha', 'urn:mpeg:hevc:2015:auxid:1'];
/** Real files have a handful; the count is the file's own claim, and extents may take no bytes at all. */
const MAX_EXTENTS = 65_536;

/** Reads the body of a `meta` box; undefined when it makes no sense. */
export function readAvifMeta(body: Buffer): AvifMeta | undefined {
  try {
    const boxes = readBoxes(body, 4);
    const properties = readBoxes(find(boxes, 'iprp'), 0);
    const itemProperties = readBoxes(find(properties, 'ipco'), 0);
    const primaryId = readPrimaryId(find(boxes, 'pitm'));
    const indexes = readAssociations(find(properties, 'ipma'), primaryId);
    const primary = indexes.flatMap((index) => itemProperties[index - 1] ?? []);
    const extents = find(primary, 'ispe');
    const turns = primary.filter((box) => box.type === 'irot').map((box) => box.body.readUInt8(0) & 1);
    const isTurned = turns.includes(1);
    const width = extents.readUInt32BE(4);
    const height = extents.readUInt32BE(8);
    return {
      width: isTurned ? height : width,
      height: isTurned ? width : height,
      hasAlpha: itemProperties.some((box) => box.type === 'auxC' && isAlpha(box.body)),
      requiredBytes: readRequiredBytes(find(boxes, 'iloc')),
    };
  } catch (error) {
    // Reading past the end of a box is how nonsense shows; anything else is a defect of ours.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function isAlpha(body: Buffer): boolean {
  const text = body.toString('latin1', 4);
  return ALPHA_TYPES.some((type) => text === type || text.startsWith(`${type}\0`));
}

function readBoxes(container: Buffer, from: number): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at < container.length;) {
    const size = container.readUInt32BE(at);
    const end = size === 0 ? container.length : at + size;
    if (end < at + 8 || end > container.length) throw new RangeError('box outside its container');
    boxes.push({ type: container.toString('latin1', at + 4, at + 8), body: container.subarray(at + 8, end) });
    at = end;
  }
  return boxes;
}

function find(boxes: readonly Box[], type: string): Buffer {
  const box = boxes.find((candidate) => candidate.type === type);
  if (box === undefined) throw new RangeError(`no ${type} box`);
  return box.body;
}

function readPrimaryId(pitm: Buffer): number {
  return pitm.readUInt8(0) === 0 ? pitm.readUInt16BE(4) : pitm.readUInt32BE(4);
}

/** Indexes (from 1) of the properties of one item. */
function readAssociations(ipma: Buffer, itemId: number): number[] {
  const cursor = new Cursor(ipma);
  const isLongId = cursor.read(1) > 0;
  const isLongIndex = (cursor.read(3) & 1) === 1;
  const found: number[] = [];
  for (let entries = cursor.read(4); entries > 0; entries -= 1) {
    const id = cursor.read(isLongId ? 4 : 2);
    for (let count = cursor.read(1); count > 0; count -= 1) {
      const index = isLongIndex ? cursor.read(2) & 0x7fff : cursor.read(1) & 0x7f;
      if (id === itemId) found.push(index);
    }
  }
  return found;
}

/** The farthest end of any item that lies in the file itself (construction method 0). */
function readRequiredBytes(iloc: Buffer): number {
  const cursor = new Cursor(iloc);
  const version = cursor.read(1);
  cursor.read(3);
  const sizes = cursor.read(2);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexSize = version === 0 ? 0 : sizes & 15;
  let required = 0;
  let extents = 0;
  for (let items = cursor.read(version < 2 ? 2 : 4); items > 0; items -= 1) {
    cursor.read(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : cursor.read(2) & 15;
    cursor.read(2);
    const base = cursor.read(baseSize);
    for (let count = cursor.read(2); count > 0; count -= 1) {
      extents += 1;
      if (extents > MAX_EXTENTS) throw new RangeError('too many extents');
      cursor.read(indexSize);
      const offset = cursor.read(offsetSize);
      const length = cursor.read(lengthSize);
      if (method === 0) required = Math.max(required, base + offset + length);
    }
  }
  return required;
}

/** Reads big-endian numbers one after the other; RangeError past the end. */
class Cursor {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  read(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (bytes === 0) return 0;
    return bytes === 8 ? Number(this.#buffer.readBigUInt64BE(at)) : this.#buffer.readUIntBE(at, bytes);
  }
}
