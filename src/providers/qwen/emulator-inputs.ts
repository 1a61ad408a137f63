/** Input pictures as addresses inside JSON (protocol notes §5). */
import { readPictureHeader } from '../shared/emulator-picture.js';
import type { PixelSize } from '../shared/emulator-picture.js';
import { invalidParameter, invalidUrl } from './emulator-errors.js';

const MAX_BYTES = 10 * 1024 * 1024;
const MIN_EDGE = 384;
const MAX_EDGE = 3072;
const TYPES = ['jpeg', 'jpg', 'png', 'bmp', 'tiff', 'webp', 'gif'];

/** A picture that came with a call. */
export interface InputPicture extends PixelSize {
  readonly bytes: Buffer;
}

/** Looks into one picture. Addresses are refused as unreachable: an emulator fetches nothing and keeps no uploads. */
export function readInput(value: unknown): InputPicture {
  if (typeof value !== 'string' || value === '') throw invalidParameter('image must be a non-empty string');
  const match = /^data:image\/([a-z]+);base64,/i.exec(value);
  if (match === null) {
    throw invalidUrl(
      value.startsWith('data:')
        ? 'The image data URI is invalid.'
        : `Failed to download the image: ${value.slice(0, 100)}`,
    );
  }
  if (!TYPES.includes((match[1] ?? '').toLowerCase())) {
    throw invalidParameter(`The image format is not supported, supported formats: ${TYPES.join(', ')}.`);
  }
  const bytes = Buffer.from(value.slice(match[0].length), 'base64');
  if (bytes.length > MAX_BYTES) throw invalidParameter('The size of the image file exceeds 10MB.');
  const size = readPictureHeader(bytes) ?? readOlderHeader(bytes);
  if (size === undefined) throw invalidUrl('The image could not be decoded.');
  const edges = [size.width, size.height];
  if (edges.some((edge) => edge < MIN_EDGE || edge > MAX_EDGE)) {
    throw invalidParameter(
      `The image size is not supported, width and height must be in [${MIN_EDGE}, ${MAX_EDGE}], got ${size.width}*${size.height}.`,
    );
  }
  return { ...size, bytes };
}

function readOlderHeader(bytes: Buffer): PixelSize | undefined {
  if (bytes.length < 26) return undefined;
  if (bytes.toString('latin1', 0, 3) === 'GIF') {
    return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  }
  if (bytes.toString('latin1', 0, 2) === 'BM') {
    return { width: bytes.readInt32LE(18), height: Math.abs(bytes.readInt32LE(22)) };
  }
  return ['II*\0', 'MM\0*'].includes(bytes.toString('latin1', 0, 4)) ? readTiffHeader(bytes) : undefined;
}

/** Width and height are the tags 256 and 257 of the first directory. */
function readTiffHeader(bytes: Buffer): PixelSize | undefined {
  const little = bytes.readUInt8(0) === 0x49;
  const short = (at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const long = (at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const start = long(4);
  if (start + 2 > bytes.length) return undefined;
  const found = new Map<number, number>();
  for (let entry = start + 2; entry + 12 <= bytes.length; entry += 12) {
    if ((entry - start - 2) / 12 >= short(start)) break;
    const isShort = short(entry + 2) === 3;
    found.set(short(entry), isShort ? short(entry + 8) : long(entry + 8));
  }
  const [width, height] = [found.get(256), found.get(257)];
  return width === undefined || height === undefined ? undefined : { width, height };
}
