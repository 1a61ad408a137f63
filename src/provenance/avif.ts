import { onlyChild, readAvifIndex } from './avif-index.js';
import type { AvifIndex, ItemEntry } from './avif-index.js';
import { markAvif } from './avif-mark.js';
import { boxesOf, writeBox } from './boxes.js';
import type { Box } from './boxes.js';
import { Cursor, readOrNote } from './cursor.js';
import type { Found } from './found.js';
import { MAX_PACKET_BYTES } from './found.js';
import type { ItemLocation } from './item-locations.js';

const C2PA_UUID = 'd8fec3d61b0e483c92975828877ec481';
const XMP_TYPE = 'application/rdf+xml';
const MAX_FILE_BOXES = 1024;

/** Finds C2PA (`uuid` or `jumb` box) and XMP (item of type `mime`) in an AVIF. */
export function findInAvif(bytes: Buffer, problems: Set<string>): Found {
  const boxes: Box[] = [];
  const isWhole = readOrNote(problems, 'A box of the AVIF is cut.', () => {
    for (const box of boxesOf(bytes)) {
      if (boxes.length === MAX_FILE_BOXES) throw new RangeError('too many boxes');
      boxes.push(box);
    }
    return true;
  });
  const meta = boxes.find(({ type }) => type === 'meta');
  const index =
    meta === undefined
      ? undefined
      : readOrNote(problems, 'The index of the AVIF makes no sense.', () => readAvifIndex(meta));
  const xmpItems = index?.items.filter((item) => item.contentType === XMP_TYPE) ?? [];
  const packets = xmpItems.map((item, at) =>
    at > 0
      ? undefined
      : readOrNote(problems, 'The XMP item of the AVIF can not be read.', () => readItem(bytes, index, item)),
  );
  return {
    c2pa: findCredentials(boxes, problems),
    packets,
    put: (packet) => {
      if (index === undefined || isWhole !== true || xmpItems.length > 1) return undefined;
      return readOrNote(problems, 'The AVIF has no room for an item.', () =>
        markAvif(bytes, boxes, index, xmpItems[0]?.id, packet),
      );
    },
  };
}

function findCredentials(boxes: readonly Box[], problems: Set<string>): Found['c2pa'] {
  for (const { type, body } of boxes) {
    if (type === 'uuid' && body.toString('hex', 0, 16) === C2PA_UUID) {
      const store = readOrNote(problems, 'The C2PA box of the AVIF is damaged.', () =>
        storeOf(body.subarray(16)),
      );
      return { place: 'uuid box', boxes: store };
    }
    if (type === 'jumb' && body.toString('latin1', 4, 12) === 'jumdc2pa')
      return { place: 'jumb box', boxes: writeBox('jumb', body) };
  }
  return undefined;
}

/** Version and flags, purpose, offset of a merkle box, boxes (C2PA specification, BMFF); some writers leave out what stands before the boxes. */
function storeOf(body: Buffer): Buffer {
  if (body.toString('latin1', 4, 8) === 'jumb') return body;
  const cursor = new Cursor(body);
  cursor.take(4);
  cursor.zeroEndedText();
  cursor.take(8);
  return cursor.take(cursor.left);
}

function readItem(bytes: Buffer, index: AvifIndex | undefined, item: ItemEntry): Buffer {
  const location = index?.locations.items.find(({ id }) => id === item.id);
  if (index === undefined || location === undefined || item.encoding !== '')
    throw new RangeError('no plain item');
  const source = sourceOf(bytes, index, location);
  const parts: Buffer[] = [];
  let total = 0;
  for (const { offset, length } of location.extents) {
    const from = location.base + offset;
    // A length of nought means all that follows, which nobody writes for XMP.
    if (length === 0 || from + length > source.length) throw new RangeError('extent outside the file');
    total += length;
    if (total > MAX_PACKET_BYTES) throw new RangeError('packet too large');
    parts.push(source.subarray(from, from + length));
  }
  return Buffer.concat(parts);
}

function sourceOf(bytes: Buffer, index: AvifIndex, location: ItemLocation): Buffer {
  if (location.reference === 0 && location.method === 0) return bytes;
  if (location.method === 1) return onlyChild(index.children, 'idat').body;
  throw new RangeError('item in another file or item');
}
