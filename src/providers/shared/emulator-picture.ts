/** Pictures of emulators: drawn by the painter, looked at by their headers, marked with content credentials. */
import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { alphaFromWhite } from '../../painter/alpha-from-white.js';
import type { PaintRequest } from '../../painter/paint-request.js';
import { stripEmulationTokens } from '../../painter/strip-tokens.js';
import type { EmulatorOptions } from '../provider.js';

export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** What an emulator asks to be drawn. */
export interface PictureOrder extends PixelSize {
  readonly prompt: string;
  readonly seed: number;
  readonly format: PaintRequest['format'];
  /** Model id as called; lettered small into the picture. */
  readonly label: string;
  readonly avoid?: readonly string[];
  readonly quality?: number;
  readonly transparent?: boolean;
  /** Pictures that an edit starts from; the first one is edited. */
  readonly sources?: readonly Buffer[];
  /** What of the first source is repainted: the transparent pixels of a PNG. */
  readonly mask?: Buffer;
  /** The same as a picture whose white pixels are repainted. */
  readonly whiteMask?: Buffer;
}

/** Draws a picture without the scripting tokens of its prompt; `signal` ends the wait of a client that hung up. */
export async function drawPictureBuffer(
  options: EmulatorOptions,
  order: PictureOrder,
  signal: AbortSignal,
): Promise<Buffer> {
  const common = {
    prompt: stripEmulationTokens(order.prompt),
    avoid: order.avoid ?? [],
    width: order.width,
    height: order.height,
    seed: order.seed,
    detail: options.detail,
    format: order.format,
    quality: order.quality,
    label: order.label,
    transparent: order.transparent ?? false,
    xmp: undefined,
  };
  const { sources = [] } = order;
  const painting =
    sources.length === 0
      ? await options.painter.paint(common, { signal })
      : await options.painter.edit({ ...common, sources, mask: await alphaMaskOf(order) }, { signal });
  return Buffer.from(painting.bytes);
}

/** The order's mask as a PNG whose transparent pixels are repainted, whichever way it was sent. */
async function alphaMaskOf({ mask, whiteMask }: PictureOrder): Promise<Uint8Array | undefined> {
  return whiteMask === undefined ? mask : alphaFromWhite(whiteMask);
}

/** A seed for a picture whose caller gave none. */
export function randomSeed(): number {
  return randomInt(2 ** 31);
}

/** Other pixels than asked: the sides swapped, and a square made unequal. */
export function wrongSize(size: PixelSize): PixelSize {
  if (size.width !== size.height) return { width: size.height, height: size.width };
  return { width: size.width, height: Math.round((size.height * 3) / 4) };
}

/** What a picture's header says. */
export interface PictureHeader extends PixelSize {
  readonly mimeType: 'image/png' | 'image/jpeg' | 'image/webp';
  readonly hasAlpha: boolean;
}

/** Reads type, pixels and alpha from the head of a PNG, JPEG or WebP; undefined for anything else. */
export function readPictureHeader(bytes: Buffer): PictureHeader | undefined {
  if (bytes.length > 32 && bytes.readUInt32BE(0) === 0x89504e47) return readPngHeader(bytes);
  if (bytes.length > 4 && bytes.readUInt16BE(0) === 0xffd8) return readJpegHeader(bytes);
  const isWebp =
    bytes.length > 30 &&
    bytes.toString('latin1', 0, 4) === 'RIFF' &&
    bytes.toString('latin1', 8, 12) === 'WEBP';
  return isWebp ? readWebpHeader(bytes) : undefined;
}

function readPngHeader(bytes: Buffer): PictureHeader {
  const colourType = bytes.readUInt8(25);
  const beforePixels = bytes.subarray(0, bytes.indexOf('IDAT', 0, 'latin1'));
  return {
    mimeType: 'image/png',
    width: bytes.readUInt32BE(16),
    height: bytes.readUInt32BE(20),
    hasAlpha: colourType === 4 || colourType === 6 || beforePixels.includes('tRNS', 0, 'latin1'),
  };
}

function readJpegHeader(bytes: Buffer): PictureHeader | undefined {
  let offset = 2;
  while (offset + 9 < bytes.length && bytes.readUInt8(offset) === 0xff) {
    const marker = bytes.readUInt8(offset + 1);
    // SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC).
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      const height = bytes.readUInt16BE(offset + 5);
      return { mimeType: 'image/jpeg', width: bytes.readUInt16BE(offset + 7), height, hasAlpha: false };
    }
    offset += 2 + bytes.readUInt16BE(offset + 2);
  }
  return undefined;
}

function readWebpHeader(bytes: Buffer): PictureHeader | undefined {
  const kind = bytes.toString('latin1', 12, 16);
  if (kind === 'VP8X') {
    const width = 1 + bytes.readUIntLE(24, 3);
    const hasAlpha = (bytes.readUInt8(20) & 0x10) !== 0;
    return { mimeType: 'image/webp', width, height: 1 + bytes.readUIntLE(27, 3), hasAlpha };
  }
  if (kind === 'VP8L') {
    const bits = bytes.readUInt32LE(21);
    const width = 1 + (bits & 0x3fff);
    return {
      mimeType: 'image/webp',
      width,
      height: 1 + ((bits >>> 14) & 0x3fff),
      hasAlpha: (bits >>> 28) % 2 === 1,
    };
  }
  if (kind !== 'VP8 ') return undefined;
  const width = bytes.readUInt16LE(26) & 0x3fff;
  return { mimeType: 'image/webp', width, height: bytes.readUInt16LE(28) & 0x3fff, hasAlpha: false };
}

/** A PNG with a `caBX` chunk right after IHDR, where OpenAI keeps its content credentials. */
export function withPngCredentialsBuffer(png: Buffer): Buffer {
  const endOfHeader = 33;
  return Buffer.concat([
    png.subarray(0, endOfHeader),
    pngChunk('caBX', credentials()),
    png.subarray(endOfHeader),
  ]);
}

/** A JPEG with an APP11 JUMBF segment after its JFIF segment, where Google keeps its content credentials. */
export function withJpegCredentialsBuffer(jpeg: Buffer): Buffer {
  const hasJfif = jpeg.readUInt16BE(2) === 0xffe0;
  const start = hasJfif ? 4 + jpeg.readUInt16BE(4) : 2;
  // JFIF 1.1 with a pixel ratio of one, for encoders that leave the segment out.
  const jfif = Buffer.from([0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
  const box = credentials();
  // Common identifier "JP", box instance 1, packet sequence 1 (ISO/IEC 19566-5, annex on JPEG-1).
  const head = Buffer.from([0xff, 0xeb, 0, 0, 0x4a, 0x50, 0, 1, 0, 0, 0, 1]);
  head.writeUInt16BE(10 + box.length, 2);
  return Buffer.concat([
    jpeg.subarray(0, start),
    ...(hasJfif ? [] : [jfif]),
    head,
    box,
    jpeg.subarray(start),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A JUMBF superbox labelled `c2pa` like a manifest store, holding a note instead of signed claims. */
function credentials(): Buffer {
  const c2paStore = Buffer.from('6332706100110010800000aa00389b71', 'hex');
  const json = Buffer.from('6a736f6e00110010800000aa00389b71', 'hex');
  const note = Buffer.from(
    JSON.stringify({ note: 'Drawn by an emulator; these credentials are not signed.' }),
  );
  const content = jumbfBox('jumb', [describeBox(json, 'atelier.emulated'), jumbfBox('json', [note])]);
  return jumbfBox('jumb', [describeBox(c2paStore, 'c2pa'), content]);
}

function describeBox(uuid: Buffer, label: string): Buffer {
  const requestableWithLabel = 0x03;
  return jumbfBox('jumd', [uuid, Buffer.from([requestableWithLabel]), Buffer.from(`${label}\0`, 'latin1')]);
}

function jumbfBox(type: string, content: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), ...content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(4 + body.length);
  return Buffer.concat([length, body]);
}
