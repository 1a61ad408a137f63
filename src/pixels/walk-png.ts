import { crc32 } from 'node:zlib';
import { skip, sum, take } from './picture-walk.js';
import type { PictureDraft, Walk } from './picture-walk.js';

const MAX_UINT31 = 0x7fffffff;
/** Legal bit depths of each colour type. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/**
 * Walks a PNG's chunks after the signature. The checksums of critical chunks are verified, as decoders do: a picture with a
 * damaged one is none.
 */
export function* walkPng(draft: PictureDraft): Walk {
  let hasData = false;
  for (let first = true; ; first = false) {
    const head = yield take(8);
    const length = head.readUInt32BE(0);
    const type = head.toString('latin1', 4, 8);
    const typeSum = crc32(head.subarray(4, 8));
    if (length > MAX_UINT31 || !/^[A-Za-z]{4}$/.test(type) || first !== (type === 'IHDR')) return;
    if (type === 'IHDR') {
      if (length !== 13) return;
      const header = yield take(13 + 4);
      if (crc32(header.subarray(0, 13), typeSum) !== header.readUInt32BE(13)) return;
      const colourType = header[9] ?? -1;
      if (DEPTHS[colourType]?.includes(header[8] ?? 0) !== true) return;
      draft.width = header.readUInt32BE(0);
      draft.height = header.readUInt32BE(4);
      if (draft.width > MAX_UINT31 || draft.height > MAX_UINT31) return;
      draft.hasAlpha = colourType === 4 || colourType === 6;
      continue;
    }
    if (isCritical(type)) {
      const found = (yield sum(length, typeSum)).readUInt32BE(0);
      if ((yield take(4)).readUInt32BE(0) !== found) return;
    } else {
      yield skip(length + 4);
    }
    if (type === 'IDAT') hasData = true;
    if (type === 'tRNS') draft.hasAlpha = true;
    if (type === 'caBX') draft.c2pa = true;
    if (type === 'IEND') {
      draft.complete = hasData && length === 0;
      return;
    }
  }
}

/** Those that a decoder can't do without have a capital letter first. */
function isCritical(type: string): boolean {
  return /^[A-Z]/.test(type);
}
