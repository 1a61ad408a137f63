/** Changes of pictures that know how each format is put together. */
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { createSource, SOURCE_KINDS } from '../edit-pictures.js';
import type { Dice } from './dice.js';
import { mutateBytes } from './mutate-bytes.js';

type Format = 'png' | 'jpeg' | 'webp' | 'gif' | 'avif';

/** A whole picture to begin with. */
export interface FuzzPicture {
  readonly format: Format;
  readonly bytes: Buffer;
}

const SIZE = { width: 64, height: 48 };
const FORMATS = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
} as const;

/** Every way in which a picture can come, and some more that their formats have. */
export async function fuzzPictures(): Promise<readonly FuzzPicture[]> {
  const kinds = await Promise.all(SOURCE_KINDS.map((kind) => createSource(kind, SIZE)));
  const [first] = kinds;
  if (first === undefined) throw new Error('there is no picture');
  const draw = () => sharp(first.bytes).withMetadata({ exif: { IFD0: { Artist: 'nobody' } } });
  const more: readonly (readonly [Format, Promise<Buffer>])[] = [
    ['png', draw().png({ progressive: true }).toBuffer()],
    ['png', draw().png({ palette: true }).toBuffer()],
    ['jpeg', draw().jpeg({ progressive: true }).toBuffer()],
    ['jpeg', draw().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer()],
    ['jpeg', draw().toColourspace('cmyk').jpeg().toBuffer()],
    ['webp', draw().webp({ lossless: true }).toBuffer()],
    [
      'webp',
      sharp(kinds.find(({ mimeType }) => mimeType === 'image/gif')?.bytes, { animated: true })
        .webp()
        .toBuffer(),
    ],
    ['gif', draw().gif({ progressive: true }).toBuffer()],
    ['avif', draw().avif({ lossless: true }).toBuffer()],
  ];
  return [
    ...kinds.map(({ bytes, mimeType }) => ({ format: formatOf(mimeType), bytes })),
    ...(await Promise.all(more.map(async ([format, bytes]) => ({ format, bytes: await bytes })))),
  ];
}

function formatOf(mimeType: string): Format {
  const found = Object.entries(FORMATS).find(([type]) => type === mimeType);
  if (found === undefined) throw new Error(`${mimeType} is not taken`);
  return found[1];
}

/** A picture with changes, or now and then without any. */
export function mutatePicture(pictures: readonly FuzzPicture[], dice: Dice): Buffer {
  const { format, bytes } = dice.pick(pictures);
  let changed = bytes;
  for (let n = dice.pick([0, 1, 1, 1, 2, 4]); n > 0; n -= 1) {
    switch (dice.roll(5)) {
      case 0:
        changed = shuffle(format, changed, dice);
        break;
      case 1:
        changed = polyglot(changed, dice.pick(pictures).bytes, dice);
        break;
      case 2:
        changed = mutateInside(format, changed, dice);
        break;
      default:
        changed = mutateBytes(changed, dice);
    }
  }
  return changed;
}

/** Pieces dropped, doubled or in another order. */
function shuffle(format: Format, bytes: Buffer, dice: Dice): Buffer {
  const pieces = [...split(format, bytes)];
  if (pieces.length < 2) return mutateBytes(bytes, dice);
  const [a, b] = [dice.roll(pieces.length), dice.roll(pieces.length)];
  const piece = pieces[a] ?? Buffer.alloc(0);
  switch (dice.roll(3)) {
    case 0:
      pieces.splice(a, 1);
      break;
    case 1:
      pieces.splice(b, 0, piece);
      break;
    default:
      pieces[a] = pieces[b] ?? piece;
      pieces[b] = piece;
  }
  return Buffer.concat(pieces);
}

/** One piece changed; the checksum of a PNG is made right again, so that what stands behind it is reached. */
function mutateInside(format: Format, bytes: Buffer, dice: Dice): Buffer {
  const pieces = [...split(format, bytes)];
  const index = dice.roll(pieces.length);
  const piece = pieces[index];
  if (piece === undefined) return mutateBytes(bytes, dice);
  if (format !== 'png' || piece.length < 12) {
    pieces[index] = mutateBytes(piece, dice);
  } else {
    const data = mutateBytes(piece.subarray(8, -4), dice);
    const body = Buffer.concat([piece.subarray(4, 8), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    pieces[index] = Buffer.concat([length, body, sum]);
  }
  return Buffer.concat(pieces);
}

/** Two things in one file. */
function polyglot(bytes: Buffer, other: Buffer, dice: Dice): Buffer {
  const half = dice.roll(bytes.length + 1);
  const strange = dice.pick([
    other,
    Buffer.from('<html><script>alert(1)</script>'),
    Buffer.from('PK\x03\x04\x14\0\0\0\0\0', 'latin1'),
    Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1'),
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
    Buffer.from('#!/bin/sh\nid\n'),
  ]);
  switch (dice.roll(4)) {
    case 0:
      return Buffer.concat([bytes, strange]);
    case 1:
      return Buffer.concat([strange, bytes]);
    case 2:
      return Buffer.concat([bytes.subarray(0, half), strange]);
    default:
      return Buffer.concat([bytes.subarray(0, 16), other.subarray(16)]);
  }
}

/** The pieces that a format is made of; whatever can't be split further is one. */
function* split(format: Format, bytes: Buffer): Generator<Buffer> {
  const next = { png: nextChunk, jpeg: nextSegment, webp: nextRiff, avif: nextBox, gif: nextBlock }[format];
  const start = { png: 8, jpeg: 2, webp: 12, avif: 0, gif: 13 }[format];
  if (start > 0) yield bytes.subarray(0, start);
  for (let at = start; at < bytes.length;) {
    const length = at + 8 > bytes.length ? 0 : next(bytes, at);
    const end = length < 1 ? bytes.length : Math.min(bytes.length, at + length);
    yield bytes.subarray(at, end);
    at = end;
  }
}

const nextChunk = (bytes: Buffer, at: number) => bytes.readUInt32BE(at) + 12;
const nextRiff = (bytes: Buffer, at: number) =>
  bytes.readUInt32LE(at + 4) + 8 + (bytes.readUInt32LE(at + 4) % 2);
const nextBox = (bytes: Buffer, at: number) => bytes.readUInt32BE(at);
/** To the marker behind it, whatever stands in between. */
const nextSegment = (bytes: Buffer, at: number) => {
  const after = bytes
    .subarray(at + 2)
    .findIndex((byte, index, rest) => byte === 0xff && (rest[index + 1] ?? 0) >= 0xc0);
  return after < 0 ? 0 : after + 2;
};
/** Extensions and pictures begin with one of two bytes. */
const nextBlock = (bytes: Buffer, at: number) => {
  const after = bytes.subarray(at + 1).findIndex((byte) => byte === 0x21 || byte === 0x2c);
  return after < 0 ? 0 : after + 1;
};
