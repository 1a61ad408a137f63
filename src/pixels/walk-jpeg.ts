import {
  checkFrame,
  checkHuffmanTables,
  checkQuantisationTables,
  checkRestartInterval,
  checkScan,
  startFacts,
  type JpegFacts,
} from './jpeg-segments.js';
import { marker, skip, take } from './picture-walk.js';
import type { PictureDraft, Walk } from './picture-walk.js';

const EOI = 0xd9;
const SOI = 0xd8;
const SOS = 0xda;
const DHT = 0xc4;
const DQT = 0xdb;
const DRI = 0xdd;
const APP11 = 0xeb;
/** Bits of a sample; nobody shows more. */
const SHOWN_PRECISION = 8;
/** Enough of a JUMBF segment to see which standard its box belongs to. */
const JUMBF_HEAD_BYTES = 28;

/** Walks a JPEG's segments and scans after `FF D8 FF`, whose last byte begins the first marker. */
export function* walkJpeg(draft: PictureDraft): Walk {
  const facts = startFacts();
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
      const bytes = (yield take(2)).readUInt16BE(0) - 2;
      // Decoders take a length that is too small for itself as none, where they want nothing of the segment.
      if (bytes < 0 ? !isPassedOver(code) : !(yield* walkSegment(code, bytes, draft, facts))) return;
    }
    if (code === SOS) {
      scanned = true;
      code = (yield marker)[0] ?? 0;
    } else {
      // Stray bytes between segments are passed over, as every decoder does.
      code = (yield take(1))[0] === 0xff ? yield* markerCode() : ((yield marker)[0] ?? 0);
    }
  }
}

/** @param bytes that follow the segment's length. @returns whether a decoder can make something of it */
function* walkSegment(
  code: number,
  bytes: number,
  draft: PictureDraft,
  facts: JpegFacts,
): Generator<ReturnType<typeof skip> | ReturnType<typeof take>, boolean, Buffer> {
  if (isFrame(code)) {
    if (bytes < 6) return false;
    const frame = yield take(6);
    draft.height = frame.readUInt16BE(1);
    draft.width = frame.readUInt16BE(3);
    const isShown = frame[0] === SHOWN_PRECISION;
    return isShown && (yield* checkFrame(code, frame[5] ?? 0, bytes - 6, facts));
  }
  switch (code) {
    case DHT:
      return yield* checkHuffmanTables(bytes, facts);
    case DQT:
      return yield* checkQuantisationTables(bytes, facts);
    case DRI:
      return yield* checkRestartInterval(bytes);
    case SOS:
      return yield* checkScan(bytes, facts);
    case APP11:
      if (bytes < JUMBF_HEAD_BYTES) break;
      if (isC2pa(yield take(JUMBF_HEAD_BYTES))) draft.c2pa = true;
      yield skip(bytes - JUMBF_HEAD_BYTES);
      return true;
  }
  yield skip(bytes);
  return isPassedOver(code);
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

/** What decoders pass over: APP0 to APP15, comments, conditions of arithmetic codes, a number of lines. */
function isPassedOver(code: number): boolean {
  return (code >= 0xe0 && code <= 0xef) || [0xfe, 0xcc, 0xdc].includes(code);
}

/** `JP`, instance, sequence number, then a `jumb` box whose `jumd` box begins with the C2PA type. */
function isC2pa(head: Buffer): boolean {
  return (
    head.toString('latin1', 0, 2) === 'JP' &&
    head.toString('latin1', 12, 16) === 'jumb' &&
    head.toString('latin1', 20, 28) === 'jumdc2pa'
  );
}
