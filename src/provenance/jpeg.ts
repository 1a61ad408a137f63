import type { Found, Span } from './found.js';
import { splice } from './found.js';

const XMP_HEAD = Buffer.from('http://ns.adobe.com/xap/1.0/\0', 'latin1');
const EXIF_HEAD = Buffer.from('Exif\0\0', 'latin1');
const MULTI_PICTURE_HEAD = Buffer.from('MPF\0', 'latin1');
const [APP0, APP1, APP2, APP11, SOS, EOI] = [0xe0, 0xe1, 0xe2, 0xeb, 0xda, 0xd9];
/** What a segment holds besides its own length. */
const MAX_SEGMENT_BYTES = 0xffff - 2;
/** Common identifier, box instance, sequence number: what stands before the box in a JUMBF segment. */
const JUMBF_HEAD_BYTES = 8;

/** Finds C2PA (JUMBF in APP11) and XMP (APP1) in a JPEG, up to its first scan. */
export function findInJpeg(bytes: Buffer, problems: Set<string>): Found {
  const pieces: Buffer[] = [];
  const packets: Buffer[] = [];
  const spans: Span[] = [];
  let insertAt = 2;
  let isMultiPicture = false;
  for (const { code, body, span } of segments(bytes, problems)) {
    if (code === APP11 && body.toString('latin1', 0, 2) === 'JP') pieces.push(body);
    if (code === APP2 && startsWith(body, MULTI_PICTURE_HEAD)) isMultiPicture = true;
    if (code === APP0 || (code === APP1 && startsWith(body, EXIF_HEAD))) insertAt = span.to;
    if (code !== APP1 || !startsWith(body, XMP_HEAD)) continue;
    packets.push(body.subarray(XMP_HEAD.length));
    spans.push(span);
  }
  const boxes = joinBoxes(pieces, problems);
  const place = spans[0] ?? { from: insertAt, to: insertAt };
  return {
    c2pa: findCredentials(boxes),
    packets,
    put: (packet) => {
      const length = XMP_HEAD.length + packet.length;
      // The index of a multi-picture file counts bytes; JUMBF of any other kind may hash them.
      if (isMultiPicture || pieces.length > 0 || spans.length > 1 || length > MAX_SEGMENT_BYTES)
        return undefined;
      const head = Buffer.from([0xff, APP1, 0, 0]);
      head.writeUInt16BE(length + 2, 2);
      return splice(bytes, place, Buffer.concat([head, XMP_HEAD, packet]));
    },
  };
}

interface Segment {
  readonly code: number;
  readonly body: Buffer;
  readonly span: Span;
}

function* segments(bytes: Buffer, problems: Set<string>): Generator<Segment, void> {
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) break;
    const code = bytes[at + 1] ?? 0;
    if (code === 0xff) {
      at += 1;
      continue;
    }
    if (code === SOS || code === EOI) return;
    if (code === 0x01 || (code >= 0xd0 && code <= 0xd7)) {
      at += 2;
      continue;
    }
    const to = at + 2 + bytes.readUInt16BE(at + 2);
    if (to < at + 4 || to > bytes.length) break;
    yield { code, body: bytes.subarray(at + 4, to), span: { from: at, to } };
    at = to;
  }
  problems.add('The JPEG ends before its first scan.');
}

function startsWith(body: Buffer, head: Buffer): boolean {
  return body.subarray(0, head.length).equals(head);
}

interface Joined {
  readonly instance: number;
  readonly parts: Buffer[];
}

/**
 * Puts boxes that were cut over segments together again: segments of one box share an instance number, count from one and
 * repeat the box's head (ISO/IEC 19566-5).
 */
function joinBoxes(pieces: readonly Buffer[], problems: Set<string>): Buffer[] {
  const joined = new Map<number, Joined>();
  for (const piece of pieces) {
    if (piece.length < JUMBF_HEAD_BYTES + 8) {
      problems.add('A JUMBF segment is too short.');
      continue;
    }
    const instance = piece.readUInt16BE(2);
    const box = joined.get(instance) ?? { instance, parts: [] };
    if (piece.readUInt32BE(4) !== box.parts.length + 1) problems.add('JUMBF segments are not in sequence.');
    const headBytes = piece.readUInt32BE(JUMBF_HEAD_BYTES) === 1 ? 16 : 8;
    box.parts.push(piece.subarray(JUMBF_HEAD_BYTES + (box.parts.length === 0 ? 0 : headBytes)));
    joined.set(instance, box);
  }
  return [...joined.values()].map(({ parts }) => Buffer.concat(parts));
}

/** The box whose description begins with the C2PA type, wherever its head ends. */
function findCredentials(boxes: readonly Buffer[]): Found['c2pa'] {
  const store = boxes.find((box) => box.toString('latin1', 4, 48).includes('jumdc2pa'));
  return store === undefined ? undefined : { place: 'APP11 segments', boxes: store };
}
