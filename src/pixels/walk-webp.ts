import { skip, take } from './picture-walk.js';
import type { PictureDraft, Walk } from './picture-walk.js';

/** Walks a WebP's chunks after the twelve bytes of its RIFF header, up to the size that the header names. */
export function* walkWebp(draft: PictureDraft, riffBytes: number): Walk {
  let left = riffBytes - 4;
  let hasCanvas = false;
  let hasImage = false;
  while (left >= 8) {
    const head = yield take(8);
    left -= 8;
    const type = head.toString('latin1', 0, 4);
    const length = head.readUInt32LE(4);
    if (length > left) return;
    let read = 0;
    if (type === 'VP8X' || type === 'VP8 ' || type === 'VP8L') {
      read = type === 'VP8L' ? 5 : 10;
      if (length < read) return;
      const body = yield take(read);
      if (type === 'VP8X') {
        hasCanvas = true;
        draft.width = body.readUIntLE(4, 3) + 1;
        draft.height = body.readUIntLE(7, 3) + 1;
        if (((body[0] ?? 0) & 0x10) !== 0) draft.hasAlpha = true;
      } else {
        const size = type === 'VP8 ' ? lossySize(body) : losslessSize(body);
        if (size === undefined) return;
        hasImage = true;
        if (!hasCanvas) ({ width: draft.width, height: draft.height } = size);
        if (size.hasAlpha) draft.hasAlpha = true;
      }
    }
    // Chunks are padded to even sizes; the last one's padding may be missing from the file's own count.
    const padded = Math.min(length + (length & 1), left);
    yield skip(padded - read);
    left -= padded;
    if (type === 'ANMF') hasImage = true;
    if (type === 'ALPH') draft.hasAlpha = true;
    if (type === 'C2PA') draft.c2pa = true;
  }
  yield skip(Math.max(0, left));
  draft.complete = hasImage;
}

interface FrameSize {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
}

function lossySize(body: Buffer): FrameSize | undefined {
  const isKeyFrame = ((body[0] ?? 1) & 1) === 0;
  if (!isKeyFrame || body.readUIntBE(3, 3) !== 0x9d012a) return undefined;
  return { width: body.readUInt16LE(6) & 0x3fff, height: body.readUInt16LE(8) & 0x3fff, hasAlpha: false };
}

function losslessSize(body: Buffer): FrameSize | undefined {
  if (body[0] !== 0x2f) return undefined;
  const bits = body.readUInt32LE(1);
  return {
    width: (bits & 0x3fff) + 1,
    height: ((bits >>> 14) & 0x3fff) + 1,
    hasAlpha: ((bits >>> 28) & 1) === 1,
  };
}
