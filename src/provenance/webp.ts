import { measureBuffer } from '../pixels/measure.js';
import type { Found, Span } from './found.js';

const XMP_FLAG = 0x04;
const ALPHA_FLAG = 0x10;
const HEAD_BYTES = 12;
/** A RIFF's size is an even number of 32 bits. */
const MAX_RIFF_BYTES = 0xffff_fffe;
/** In the order of the format, XMP follows these. */
const BEFORE_XMP = new Set(['VP8X', 'ICCP', 'ANIM', 'ANMF', 'ALPH', 'VP8 ', 'VP8L', 'EXIF']);
/** Chunks that a file without VP8X can't have. */
const EXTENDED_ONLY = new Set(['VP8X', 'ICCP', 'ANIM', 'ANMF', 'ALPH', 'EXIF', 'XMP ']);

interface Chunk {
  readonly type: string;
  readonly body: Buffer;
  /** With head and padding, as far as the file's own count reaches. */
  readonly span: Span;
}

/** Finds C2PA (`C2PA` chunk) and XMP (`XMP ` chunk) in a WebP, inside the size that its head names. */
export function findInWebp(bytes: Buffer, problems: Set<string>): Found {
  let credentials: Buffer | undefined;
  let first: Chunk | undefined;
  let insertAt = HEAD_BYTES;
  let isMixed = false;
  const packets: Buffer[] = [];
  const spans: Span[] = [];
  for (const chunk of chunks(bytes, problems)) {
    if (first !== undefined && EXTENDED_ONLY.has(chunk.type)) isMixed ||= first.type !== 'VP8X';
    first ??= chunk;
    if (BEFORE_XMP.has(chunk.type)) insertAt = chunk.span.to;
    if (chunk.type === 'C2PA') credentials ??= chunk.body;
    if (chunk.type !== 'XMP ') continue;
    packets.push(chunk.body);
    spans.push(chunk.span);
  }
  return {
    c2pa: credentials === undefined ? undefined : { place: 'C2PA chunk', boxes: credentials },
    packets,
    put: (packet) => {
      if (first === undefined || isMixed || spans.length > 1) return undefined;
      return write(bytes, first, spans[0] ?? { from: insertAt, to: insertAt }, packet);
    },
  };
}

/** The file with an XMP chunk in the place and the head that announces it. */
function write(bytes: Buffer, first: Chunk, place: Span, packet: Buffer): Buffer | undefined {
  const canvas = first.type === 'VP8X' ? announced(first) : newCanvas(bytes, first);
  if (canvas === undefined) return undefined;
  const end = HEAD_BYTES - 4 + bytes.readUInt32LE(4);
  const content = Buffer.concat([
    canvas,
    bytes.subarray(first.type === 'VP8X' ? first.span.to : first.span.from, place.from),
    // The chunk before may be the last one, with its padding missing.
    Buffer.alloc(place.from & 1),
    chunk('XMP ', packet),
    bytes.subarray(place.to, end),
  ]);
  if (content.length + 4 > MAX_RIFF_BYTES) return undefined;
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES));
  head.writeUInt32LE(content.length + 4, 4);
  return Buffer.concat([head, content, bytes.subarray(end)]);
}

function announced(canvas: Chunk): Buffer {
  const body = Buffer.from(canvas.body);
  body[0] = (body[0] ?? 0) | XMP_FLAG;
  return chunk('VP8X', body);
}

/** The VP8X chunk that a picture without one needs. */
function newCanvas(bytes: Buffer, image: Chunk): Buffer | undefined {
  const measured = measureBuffer(bytes);
  if (measured === undefined || (image.type !== 'VP8 ' && image.type !== 'VP8L')) return undefined;
  const body = Buffer.alloc(10);
  body[0] = XMP_FLAG | (measured.hasAlpha ? ALPHA_FLAG : 0);
  body.writeUIntLE(measured.width - 1, 4, 3);
  body.writeUIntLE(measured.height - 1, 7, 3);
  return chunk('VP8X', body);
}

function chunk(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, 0, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length & 1)]);
}

function* chunks(bytes: Buffer, problems: Set<string>): Generator<Chunk, void> {
  const riffEnd = HEAD_BYTES - 4 + bytes.readUInt32LE(4);
  const end = Math.min(riffEnd, bytes.length);
  if (riffEnd > bytes.length) problems.add('The WebP is shorter than its head says.');
  for (let at = HEAD_BYTES; at + 8 <= end;) {
    const bodyEnd = at + 8 + bytes.readUInt32LE(at + 4);
    if (bodyEnd > end) {
      problems.add('A chunk of the WebP is cut.');
      return;
    }
    const to = Math.min(bodyEnd + (bodyEnd & 1), end);
    const type = bytes.toString('latin1', at, at + 4);
    yield { type, body: bytes.subarray(at + 8, bodyEnd), span: { from: at, to } };
    at = to;
  }
}
