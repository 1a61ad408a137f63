import { readAvifMeta } from './avif-meta.js';
import { skip, take } from './picture-walk.js';
import type { PictureDraft, Walk } from './picture-walk.js';

/** A `meta` box is a few hundred bytes; one with hundreds of tiles stays below this. */
const MAX_META_BYTES = 256 * 1024;
const MAX_FTYP_BYTES = 1024;
const C2PA_UUID = 'd8fec3d61b0e483c92975828877ec481';
/** Boxes that belong to the file wherever they stand; others behind the last byte needed are taken as garbage. */
const FILE_BOXES = new Set(['meta', 'mdat', 'free', 'skip', 'uuid', 'moov', 'moof', 'wide']);

/** Whether a `ftyp` box may be that long. */
export function isFileTypeSize(fileTypeBytes: number): boolean {
  return fileTypeBytes >= 16 && fileTypeBytes <= MAX_FTYP_BYTES && fileTypeBytes % 4 === 0;
}

/** Whether the body of a `ftyp` box has AVIF among its brands: a main brand, a version, further brands. */
export function namesAvif(fileType: Buffer): boolean {
  for (let at = 0; at + 4 <= fileType.length; at += 4) {
    const brand = fileType.toString('latin1', at, at + 4);
    if (at !== 4 && (brand === 'avif' || brand === 'avis')) return true;
  }
  return false;
}

/**
 * Walks an AVIF's boxes behind its `ftyp`. The format has no end marker: a picture is whole when all extents of its items
 * lie in the file (`requiredBytes`) and no box is cut.
 */
export function* walkAvif(draft: PictureDraft, fileTypeBytes: number): Walk {
  let at = fileTypeBytes;
  let hasMeta = false;
  for (;;) {
    const head = yield take(8);
    const type = head.toString('latin1', 4, 8);
    const isWhole = hasMeta && at >= draft.requiredBytes;
    if (isWhole && !FILE_BOXES.has(type)) return;
    if (!/^[\x20-\x7e]{4}$/.test(type)) {
      draft.complete = false;
      return;
    }
    let headBytes = 8;
    let size = head.readUInt32BE(0);
    if (size === 0) {
      // Reaches to the end of the file, wherever that is.
      draft.complete = hasMeta;
      yield skip(Infinity);
      return;
    }
    draft.complete = false;
    if (size === 1) {
      size = Number((yield take(8)).readBigUInt64BE(0));
      headBytes = 16;
    }
    let left = size - headBytes;
    if (left < 0) return;
    if (type === 'meta') {
      if (left > MAX_META_BYTES) return;
      const meta = readAvifMeta(yield take(left));
      if (meta === undefined) return;
      left = 0;
      hasMeta = true;
      draft.width = meta.width;
      draft.height = meta.height;
      draft.hasAlpha = meta.hasAlpha;
      draft.requiredBytes = meta.requiredBytes;
    } else if (type === 'uuid' && left >= 16) {
      if ((yield take(16)).toString('hex') === C2PA_UUID) draft.c2pa = true;
      left -= 16;
    }
    yield skip(left);
    at += size;
    draft.complete = hasMeta;
  }
}
