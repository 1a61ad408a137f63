import type { AvifIndex } from './avif-index.js';
import type { Box } from './boxes.js';
import { writeBox } from './boxes.js';
import { bigEndian, writeItemLocations } from './item-locations.js';
import type { ItemLocation, ItemLocations } from './item-locations.js';

/** Boxes of a still picture. Others, as those of films, may count bytes of the file. */
const STILL_BOXES = new Set(['ftyp', 'meta', 'mdat', 'free', 'skip']);
const MAX_SHORT_ID = 0xffff;

/**
 * The file with the packet in an `mdat` box at its end. A new item gets its entries in `iinf`, `iloc` and `iref`, by which the
 * index grows and all that lies behind it moves; an item that is there only changes its place. Undefined when the structure
 * isn't simple; RangeError when a field has no room.
 */
export function markAvif(
  bytes: Buffer,
  boxes: readonly Box[],
  index: AvifIndex,
  xmpId: number | undefined,
  packet: Buffer,
): Buffer | undefined {
  if (!isSimple(boxes, index)) return undefined;
  const { meta, locations } = index;
  const id = xmpId ?? freeId(index);
  const primaryId = readPrimaryId(index);
  if (id > MAX_SHORT_ID || primaryId === undefined) return undefined;
  const isNew = xmpId === undefined;
  const build = (place: number, growth: number): Buffer | undefined => {
    const moved = moveItems(locations, meta, growth);
    if (moved === undefined) return undefined;
    return buildMeta(
      index,
      placeItem(moved, id, place, packet.length),
      isNew ? { id, primaryId } : undefined,
    );
  };
  // The index is as long wherever the items lie, so its growth is known before the offsets are.
  const draft = build(0, 0);
  if (draft === undefined) return undefined;
  const growth = draft.length - (meta.to - meta.from);
  const finished = build(bytes.length + growth + 8, growth);
  if (finished === undefined) return undefined;
  return Buffer.concat([
    bytes.subarray(0, meta.from),
    finished,
    bytes.subarray(meta.to),
    writeBox('mdat', packet),
  ]);
}

function isSimple(boxes: readonly Box[], { meta, children, items, locations }: AvifIndex): boolean {
  const { offsetBytes, lengthBytes } = locations;
  const isReadAlike = writeItemLocations(locations).equals(childBody(children, 'iloc'));
  return (
    boxes.every(({ type, isPlain }) => STILL_BOXES.has(type) && isPlain) &&
    boxes.filter(({ type }) => type === 'meta').length === 1 &&
    children.every(({ isPlain }) => isPlain) &&
    children.filter(({ type }) => type === 'iref').length <= 1 &&
    items.every(({ type }) => type !== undefined) &&
    countOfItems(children) === items.length &&
    offsetBytes > 0 &&
    lengthBytes > 0 &&
    isReadAlike &&
    meta.body.readUInt32BE(0) === 0
  );
}

function childBody(children: readonly Box[], type: string): Buffer {
  return children.find((child) => child.type === type)?.body ?? Buffer.alloc(0);
}

function countOfItems(children: readonly Box[]): number {
  const iinf = childBody(children, 'iinf');
  return iinf.readUInt8(0) === 0 ? iinf.readUInt16BE(4) : iinf.readUInt32BE(4);
}

function freeId({ items, locations }: AvifIndex): number {
  return [...items, ...locations.items].reduce((most, { id }) => Math.max(most, id), 0) + 1;
}

/** The item that the packet describes; undefined when its number does not fit the entries written here. */
function readPrimaryId({ children }: AvifIndex): number | undefined {
  const pitm = childBody(children, 'pitm');
  const id = pitm.readUInt8(0) === 0 ? pitm.readUInt16BE(4) : pitm.readUInt32BE(4);
  return id > MAX_SHORT_ID ? undefined : id;
}

/** Adds to the offsets of all that lies behind the index; undefined when something can't be moved alone. */
function moveItems(locations: ItemLocations, meta: Box, growth: number): ItemLocations | undefined {
  const items: ItemLocation[] = [];
  for (const item of locations.items) {
    if (item.reference !== 0 || item.method > 1) return undefined;
    if (item.method === 1) {
      items.push(item);
      continue;
    }
    const isMovable = item.extents.every(({ offset, length }) => {
      const from = item.base + offset;
      return length > 0 && (from >= meta.to || from + length <= meta.from);
    });
    if (!isMovable) return undefined;
    const extents = item.extents.map((extent) =>
      item.base + extent.offset >= meta.to ? { ...extent, offset: extent.offset + growth } : extent,
    );
    items.push({ ...item, extents });
  }
  return { ...locations, items };
}

/** Lets an item, new or old, lie in one piece at an offset of the file. */
function placeItem(locations: ItemLocations, id: number, offset: number, length: number): ItemLocations {
  const placed = { id, method: 0, reference: 0, base: 0, extents: [{ index: 0, offset, length }] };
  const isThere = locations.items.some((item) => item.id === id);
  const items = isThere
    ? locations.items.map((item) => (item.id === id ? placed : item))
    : [...locations.items, placed];
  return { ...locations, items };
}

interface NewItem {
  readonly id: number;
  readonly primaryId: number;
}

function buildMeta(index: AvifIndex, locations: ItemLocations, added: NewItem | undefined): Buffer {
  const parts = [index.meta.body.subarray(0, 4)];
  for (const { type, body, from, to } of index.children) {
    if (type === 'iloc') parts.push(writeBox('iloc', writeItemLocations(locations)));
    else if (type === 'iinf' && added !== undefined) parts.push(withEntry(body, added.id));
    else if (type === 'iref' && added !== undefined)
      parts.push(writeBox('iref', body, reference(added, body)));
    else parts.push(index.meta.body.subarray(from, to));
  }
  if (added !== undefined && !index.children.some(({ type }) => type === 'iref')) {
    const head = bigEndian(0, 4);
    parts.push(writeBox('iref', head, reference(added, head)));
  }
  return writeBox('meta', ...parts);
}

/** The `iinf` box with one more entry. */
function withEntry(iinf: Buffer, id: number): Buffer {
  const countBytes = iinf.readUInt8(0) === 0 ? 2 : 4;
  const count = iinf.readUIntBE(4, countBytes) + 1;
  const entry = Buffer.concat([
    bigEndian(0x0200_0000, 4),
    bigEndian(id, 2),
    bigEndian(0, 2),
    Buffer.from('mime\0application/rdf+xml\0', 'latin1'),
  ]);
  return writeBox(
    'iinf',
    iinf.subarray(0, 4),
    bigEndian(count, countBytes),
    iinf.subarray(4 + countBytes),
    writeBox('infe', entry),
  );
}

/** "Describes the primary item", in the width of numbers that the `iref` box has. */
function reference({ id, primaryId }: NewItem, iref: Buffer): Buffer {
  const idBytes = iref.readUInt8(0) === 0 ? 2 : 4;
  return writeBox('cdsc', bigEndian(id, idBytes), bigEndian(1, 2), bigEndian(primaryId, idBytes));
}
