import { findInAvif } from './avif.js';
import type { Found } from './found.js';
import { findInJpeg } from './jpeg.js';
import { findInPng } from './png.js';
import type { ProvenanceReport } from './report.js';
import { findInWebp } from './webp.js';

export interface FoundIn extends Found {
  readonly mimeType: NonNullable<ProvenanceReport['mimeType']>;
}

/** Finds a picture's marks in the way of its format; undefined for anything else. */
export function findProvenance(bytes: Buffer, problems: Set<string>): FoundIn | undefined {
  if (bytes.toString('hex', 0, 8) === '89504e470d0a1a0a')
    return { mimeType: 'image/png', ...findInPng(bytes, problems) };
  if (bytes.toString('hex', 0, 3) === 'ffd8ff')
    return { mimeType: 'image/jpeg', ...findInJpeg(bytes, problems) };
  const head = bytes.toString('latin1', 0, 12);
  if (head.startsWith('RIFF') && head.endsWith('WEBP'))
    return { mimeType: 'image/webp', ...findInWebp(bytes, problems) };
  if (isAvif(bytes)) return { mimeType: 'image/avif', ...findInAvif(bytes, problems) };
  return undefined;
}

/** A `ftyp` box with one of AVIF's brands, the version between them left aside. */
function isAvif(bytes: Buffer): boolean {
  if (bytes.length < 16 || bytes.toString('latin1', 4, 8) !== 'ftyp') return false;
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, 1024);
  for (let at = 8; at + 4 <= end; at += 4) {
    const brand = bytes.toString('latin1', at, at + 4);
    if (at !== 12 && (brand === 'avif' || brand === 'avis')) return true;
  }
  return false;
}

/** The same bytes, with the methods that the readers use. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
