import { crc32, deflateSync } from 'node:zlib';
import type { Rgb } from './colour.js';

interface PalettePicture {
  /** One palette index per pixel, 0 to 15 or, with eight bits, 0 to 255. */
  readonly indexes: Uint8Array;
  readonly bits: 4 | 8;
  readonly width: number;
  readonly height: number;
  readonly palette: readonly Rgb[];
  readonly clearIndex: number | undefined;
  readonly xmp: string | undefined;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Writes a PNG of four or eight bits a pixel. An encoder for true colour would spend most of the time budget of a plain picture. */
export function writePalettePng(picture: PalettePicture): Uint8Array {
  const { width, height, indexes, palette } = picture;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = picture.bits;
  header[9] = 3;
  const rows = picture.bits === 8 ? wholeRows(indexes, width, height) : halvedRows(indexes, width, height);
  const parts: Uint8Array[] = [
    signature,
    chunk('IHDR', header),
    chunk('PLTE', Uint8Array.from(palette.flat().map(Math.round))),
  ];
  if (picture.clearIndex !== undefined) {
    const opacity = new Uint8Array(picture.clearIndex + 1).fill(255);
    opacity[picture.clearIndex] = 0;
    parts.push(chunk('tRNS', opacity));
  }
  if (picture.xmp !== undefined)
    parts.push(chunk('iTXt', Buffer.from(`XML:com.adobe.xmp\0\0\0\0\0${picture.xmp}`)));
  parts.push(chunk('IDAT', deflateSync(rows, { level: 1 })), chunk('IEND', new Uint8Array(0)));
  return new Uint8Array(Buffer.concat(parts));
}

/** Each row begins with its filter, which is none. */
function wholeRows(indexes: Uint8Array, width: number, height: number): Uint8Array {
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++)
    rows.set(indexes.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return rows;
}

function halvedRows(indexes: Uint8Array, width: number, height: number): Uint8Array {
  const stride = Math.ceil(width / 2) + 1;
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    let at = y * stride + 1;
    for (let x = 0; x < width; x += 2) {
      const right = x + 1 < width ? (indexes[start + x + 1] ?? 0) : 0;
      rows[at++] = ((indexes[start + x] ?? 0) << 4) | right;
    }
  }
  return rows;
}

function chunk(type: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, body.length);
  for (let index = 0; index < 4; index++) bytes[4 + index] = type.charCodeAt(index);
  bytes.set(body, 8);
  view.setUint32(8 + body.length, crc32(bytes.subarray(4, 8 + body.length)));
  return bytes;
}
