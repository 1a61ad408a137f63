import type { Picture } from '../providers/provider.js';
import { measureBuffer } from './measure.js';
import { PictureError } from './sharp-runtime.js';

const TAKEN = 'send png, jpeg, webp, avif or gif';
/** Enough to see a document's first tag behind comments and declarations. */
const HEAD_BYTES = 1024;

const HEIF_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'heif', 'mif1', 'msf1'];

/** What bytes look like that are no picture we take; the first that fits names them. */
const KNOWN_OTHERS: readonly (readonly [name: string, fits: (head: string) => boolean])[] = [
  ['HEIC pictures', (head) => head.startsWith('ftyp', 4) && HEIF_BRANDS.includes(head.slice(8, 12))],
  ['TIFF pictures', (head) => /^(II[*+]\0|MM\0[*+])/.test(head)],
  ['BMP pictures', (head) => head.startsWith('BM') && /^\0{4}/.test(head.slice(6, 10))],
  ['JPEG XL pictures', (head) => head.startsWith('\xff\x0a') || head.startsWith('JXL ', 4)],
  ['JPEG 2000 pictures', (head) => head.startsWith('jP  ', 4) || head.startsWith('\xff\x4f\xff\x51')],
  ['ICO pictures', (head) => head.startsWith('\0\0\x01\0') || head.startsWith('\0\0\x02\0')],
  ['Photoshop files', (head) => head.startsWith('8BPS')],
  ['PDF files', (head) => head.startsWith('%PDF')],
  ['ZIP archives', (head) => head.startsWith('PK\x03\x04')],
  ['Videos', (head) => head.startsWith('ftyp', 4) || head.startsWith('\x1aE\xdf\xa3')],
  ['SVG pictures', (head) => /<svg[\s>]/i.test(head) && head.trimStart().startsWith('<')],
  ['HTML pages', (head) => /^\s*<(!doctype html|html|head|body|script)\b/i.test(head)],
];

/**
 * Tells what the bytes are from their own structure, of the five types that are taken and whole to their end.
 * @throws PictureError `unsupported_type` by name where the type is recognised, `undecodable` when cut or damaged
 */
export function recognisePicture(bytes: Uint8Array): Picture {
  const measured = measureBuffer(bytes);
  if (measured !== undefined) {
    if (measured.complete) return measured;
    const type = measured.mimeType.slice('image/'.length);
    throw new PictureError('undecodable', `The ${type} picture is damaged or not whole.`);
  }
  if (bytes.length === 0) throw new PictureError('undecodable', `The picture is empty; ${TAKEN}.`);
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES))
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '');
  const known = KNOWN_OTHERS.find(([, fits]) => fits(head));
  throw new PictureError(
    'unsupported_type',
    known === undefined
      ? `These bytes are not a picture of a known type; ${TAKEN}.`
      : `${known[0]} are not accepted; ${TAKEN}.`,
  );
}
