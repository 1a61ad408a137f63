import { crc32, inflateSync } from 'node:zlib';
import type { Found, Span } from './found.js';
import { MAX_PACKET_BYTES, splice } from './found.js';

const XMP_KEYWORD = 'XML:com.adobe.xmp';
/** XMP belongs into `iTXt`; libvips, among others, writes it into a compressed chunk for Latin-1, and is read. */
const TEXT_CHUNKS = ['iTXt', 'zTXt', 'tEXt'];
/** ImageMagick's own form: hexadecimal digits. */
const ODD_KEYWORD = 'Raw profile type xmp';

/** Finds C2PA (`caBX`) and XMP (text chunks) in a PNG, up to its end chunk. Checksums are not verified. */
export function findInPng(bytes: Buffer, problems: Set<string>): Found {
  let credentials: Buffer | undefined;
  let firstData: number | undefined;
  let isOdd = false;
  const packets: (Buffer | undefined)[] = [];
  const spans: Span[] = [];
  for (const { type, body, span } of chunks(bytes, problems)) {
    if (type === 'IDAT') firstData ??= span.from;
    else if (type === 'caBX') {
      if (credentials !== undefined) problems.add('There is more than one caBX chunk; the first is read.');
      credentials ??= body;
    }
    const keyword = TEXT_CHUNKS.includes(type) ? keywordOf(body) : undefined;
    if (keyword === XMP_KEYWORD) {
      // Only the first: many small ones could each unpack to a megabyte.
      packets.push(packets.length === 0 ? unpack(type, body, problems) : undefined);
      spans.push(span);
    } else if (keyword === ODD_KEYWORD) {
      isOdd = true;
      problems.add('XMP stands in a text chunk of an old form, which is not read.');
    }
  }
  const place = spans[0] ?? (firstData === undefined ? undefined : { from: firstData, to: firstData });
  return {
    c2pa: credentials === undefined ? undefined : { place: 'caBX chunk', boxes: credentials },
    packets,
    put: (packet) =>
      place === undefined || isOdd || spans.length > 1 ? undefined : splice(bytes, place, textChunk(packet)),
  };
}

interface Chunk {
  readonly type: string;
  readonly body: Buffer;
  readonly span: Span;
}

function* chunks(bytes: Buffer, problems: Set<string>): Generator<Chunk, void> {
  for (let at = 8; ;) {
    if (at + 12 > bytes.length) break;
    const to = at + 12 + bytes.readUInt32BE(at);
    if (to > bytes.length) break;
    const type = bytes.toString('latin1', at + 4, at + 8);
    yield { type, body: bytes.subarray(at + 8, to - 4), span: { from: at, to } };
    if (type === 'IEND') return;
    at = to;
  }
  problems.add('The PNG ends before its end chunk.');
}

/** Keywords have at most 79 bytes. */
function keywordOf(body: Buffer): string {
  const end = body.subarray(0, 80).indexOf(0);
  return body.toString('latin1', 0, Math.max(0, end));
}

/** After keyword and zero, `tEXt` has the text, `zTXt` a method and the compressed text. */
function unpack(type: string, body: Buffer, problems: Set<string>): Buffer | undefined {
  const content = body.subarray(XMP_KEYWORD.length + 1);
  if (type === 'tEXt') return content;
  if (type === 'zTXt') return inflate(content.subarray(1), problems);
  // Compression flag and method, language and zero, translated keyword and zero, text.
  const language = content.indexOf(0, 2);
  const translated = language < 0 ? -1 : content.indexOf(0, language + 1);
  if (translated < 0) {
    problems.add('The XMP chunk is damaged.');
    return undefined;
  }
  const text = content.subarray(translated + 1);
  return content[0] === 0 ? text : inflate(text, problems);
}

function inflate(compressed: Buffer, problems: Set<string>): Buffer | undefined {
  try {
    return inflateSync(compressed, { maxOutputLength: MAX_PACKET_BYTES });
  } catch {
    // Damaged or blown up: either way there is no packet, and the remark says so.
    problems.add('The compressed XMP chunk is damaged or too large.');
    return undefined;
  }
}

function textChunk(packet: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(`iTXt${XMP_KEYWORD}\0\0\0\0\0`, 'latin1'), packet]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(body.length - 4, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), chunk.length - 4);
  return chunk;
}
