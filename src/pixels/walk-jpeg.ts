import { marker, skip, take } from './picture-walk.js';
import type { PictureDraft, Walk } from './picture-walk.js';

const EOI = 0xd9;
const SOI = 0xd8;
const SOS = 0xda;
const APP11 = 0xeb;
/** Enough of a JUMBF segment to see which standard its box belongs to. */
const JUMBF_HEAD_BYTES = 28;

/** Walks a JPEG's segments and scans after `FF D8 FF`, whose last byte begins the first marker. */
export function* walkJpeg(draft: PictureDraft): Walk {
  let scanned = false;
  // Inside `marker` requests the FF has been read; the first one was part of the magic.
  let code = yield* markerCode();
  for (;;) {
    if (code === EOI) {
      draft.complete = scanned;
      return;
    }
    if (code === 0 || code === SOI) return;
    if (!standsAlone(code)) {
      const length = (yield take(2)).readUInt16BE(0) - 2;
      if (length < 0) return;
      if (isFrame(code)) {
        if (length < 6) return;
        const frame = yield take(6);
        draft.height = frame.readUInt16BE(1);
        draft.width = frame.readUInt16BE(3);
        yield skip(length - 6);
      } else if (code === APP11 && length >= JUMBF_HEAD_BYTES) {
        if (isC2pa(yield take(JUMBF_HEAD_BYTES))) draft.c2pa = true;
        yield skip(length - JUMBF_HEAD_BYTES);
      } else {
        yield skip(length);
      }
    }
    if (code === SOS) {
      // A scan needs the frame it belongs to.
      if (draft.width === 0) return;
      scanned = true;
      code = (yield marker)[0] ?? 0;
    } else {
      // Stray bytes between segments are passed over, as every decoder does.
      code = (yield take(1))[0] === 0xff ? yield* markerCode() : ((yield marker)[0] ?? 0);
    }
  }
}

/** The byte after FF; any number of further FF may stand between as filling. */
function* markerCode(): Generator<ReturnType<typeof take>, number, Buffer> {
  for (;;) {
    const code = (yield take(1))[0] ?? 0;
    if (code !== 0xff) return code;
  }
}

function standsAlone(code: number): boolean {
  return code === 0x01 || (code >= 0xd0 && code <= 0xd7);
}

/** SOF0 to SOF15 without DHT, JPG and DAC, which lie between. */
function isFrame(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}

/** `JP`, instance, sequence number, then a `jumb` box whose `jumd` box begins with the C2PA type. */
function isC2pa(head: Buffer): boolean {
  return (
    head.toString('latin1', 0, 2) === 'JP' &&
    head.toString('latin1', 12, 16) === 'jumb' &&
    head.toString('latin1', 20, 28) === 'jumdc2pa'
  );
}
