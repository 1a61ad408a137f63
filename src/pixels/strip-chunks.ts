import { Keeper, type StripRules } from './stripped.js';

const PNG_HEAD_BYTES = 8;
/** Chunks that pixels, colours and animation need. Any other that is not critical may say anything. */
const PNG_NEEDED = [
  ['tRNS', 'cHRM', 'gAMA', 'iCCP', 'sBIT', 'sRGB', 'cICP', 'mDCV', 'mDCv', 'cLLI', 'cLLi'],
  ['bKGD', 'hIST', 'pHYs', 'sPLT', 'acTL', 'fcTL', 'fdAT'],
].flat();
const PNG_NAMES: Readonly<Record<string, string>> = {
  eXIf: 'EXIF',
  tEXt: 'comments',
  zTXt: 'comments',
  iTXt: 'comments',
  caBX: 'content credentials',
};

const RIFF_HEAD_BYTES = 12;
const WEBP_NEEDED = ['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP'];
const WEBP_NAMES: Readonly<Record<string, string>> = {
  EXIF: 'EXIF',
  'XMP ': 'XMP',
  C2PA: 'content credentials',
};
/** Of VP8X: there is EXIF, there is XMP. */
const WEBP_METADATA_FLAGS = 0x08 | 0x04;

/** A PNG with the chunks that its pixels and colours need, their bytes untouched. Undefined when its structure makes no sense. */
export function stripPng(bytes: Buffer, rules: StripRules): Keeper | undefined {
  const keeper = new Keeper();
  keeper.keep(0, PNG_HEAD_BYTES);
  for (let at = PNG_HEAD_BYTES; at + 12 <= bytes.length;) {
    const to = at + 12 + bytes.readUInt32BE(at);
    if (to > bytes.length) return undefined;
    const type = bytes.toString('latin1', at + 4, at + 8);
    // An upper-case first letter: no decoder may pass over it.
    const isNeeded = /^[A-Z]/.test(type) || PNG_NEEDED.includes(type);
    const name = isNeeded ? undefined : nameOfPngChunk(type, bytes.subarray(at + 8, to));
    if (stays(name, rules)) keeper.keep(at, to);
    else keeper.removed.add(name);
    if (type === 'IEND') {
      if (to < bytes.length) keeper.removed.add('what stood behind the picture');
      return keeper;
    }
    at = to;
  }
  return undefined;
}

function nameOfPngChunk(type: string, body: Buffer): string {
  if (body.toString('latin1', 0, 18) === 'XML:com.adobe.xmp\0') return 'XMP';
  return PNG_NAMES[type] ?? 'other metadata';
}

/** The same of a WebP. */
export function stripWebp(bytes: Buffer, rules: StripRules): Keeper | undefined {
  const end = 8 + bytes.readUInt32LE(4);
  if (end > bytes.length) return undefined;
  const keeper = new Keeper();
  keeper.keep(0, RIFF_HEAD_BYTES);
  for (let at = RIFF_HEAD_BYTES; at < end;) {
    if (at + 8 > end) return undefined;
    const length = bytes.readUInt32LE(at + 4);
    // Chunks are padded to an even length; some writers forget it at the end.
    const to = Math.min(end, at + 8 + length + (length % 2));
    if (at + 8 + length > end) return undefined;
    const type = bytes.toString('latin1', at, at + 4);
    const name = WEBP_NEEDED.includes(type) ? undefined : (WEBP_NAMES[type] ?? 'other metadata');
    if (stays(name, rules)) keeper.keep(at, to);
    else keeper.removed.add(name);
    at = to;
  }
  if (end < bytes.length) keeper.removed.add('what stood behind the picture');
  return keeper;
}

/** Makes the head of a WebP that lost chunks tell the truth again. */
export function mendWebpHead(bytes: Buffer): void {
  bytes.writeUInt32LE(bytes.length - 8, 4);
  const flags = RIFF_HEAD_BYTES + 8;
  if (bytes.toString('latin1', RIFF_HEAD_BYTES, RIFF_HEAD_BYTES + 4) === 'VP8X' && flags < bytes.length)
    bytes.writeUInt8(bytes.readUInt8(flags) & ~WEBP_METADATA_FLAGS & 0xff, flags);
}

function stays(name: string | undefined, rules: StripRules): name is undefined {
  return name === undefined || (name === 'content credentials' && rules.keepCredentials);
}
