import { boxesOf } from './boxes.js';
import type { Box } from './boxes.js';
import { Cursor } from './cursor.js';
import { readItemLocations } from './item-locations.js';
import type { ItemLocations } from './item-locations.js';

/** A `meta` box is a few hundred bytes; one with hundreds of tiles stays below this. */
const MAX_META_BYTES = 256 * 1024;

/** The index of an AVIF, as far as XMP concerns it. */
export interface AvifIndex {
  readonly meta: Box;
  readonly children: readonly Box[];
  readonly items: readonly ItemEntry[];
  readonly locations: ItemLocations;
}

/** An `infe` box. */
export interface ItemEntry {
  readonly id: number;
  /** Undefined in entries of the first versions, which have none. */
  readonly type: string | undefined;
  readonly contentType: string | undefined;
  readonly encoding: string | undefined;
}

/** Reads a `meta` box; RangeError when it makes no sense. */
export function readAvifIndex(meta: Box): AvifIndex {
  if (meta.body.length > MAX_META_BYTES) throw new RangeError('meta box too large');
  const children = [...boxesOf(meta.body, 4)];
  return {
    meta,
    children,
    items: readItems(onlyChild(children, 'iinf').body),
    locations: readItemLocations(onlyChild(children, 'iloc').body),
  };
}

/** The one box of a type; RangeError when there is none or more than one. */
export function onlyChild(children: readonly Box[], type: string): Box {
  const [box, ...more] = children.filter((child) => child.type === type);
  if (box === undefined || more.length > 0) throw new RangeError(`not one ${type} box`);
  return box;
}

function readItems(iinf: Buffer): ItemEntry[] {
  const entriesAt = iinf.readUInt8(0) === 0 ? 6 : 8;
  return [...boxesOf(iinf, entriesAt)].map(({ body }) => {
    const cursor = new Cursor(body);
    const version = cursor.uint(1);
    cursor.take(3);
    const id = cursor.uint(version < 3 ? 2 : 4);
    cursor.take(2);
    if (version < 2) return { id, type: undefined, contentType: undefined, encoding: undefined };
    const type = cursor.take(4).toString('latin1');
    cursor.zeroEndedText();
    if (type !== 'mime') return { id, type, contentType: undefined, encoding: undefined };
    const contentType = cursor.zeroEndedText();
    return { id, type, contentType, encoding: cursor.left === 0 ? '' : cursor.zeroEndedText() };
  });
}
