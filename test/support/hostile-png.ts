/** PNG files built chunk by chunk. */
import { crc32, deflateSync } from 'node:zlib';

export interface HostilePicture {
  readonly name: string;
  readonly bytes: Buffer;
  /** What a sender might claim. */
  readonly contentType: string;
  /** `accepted` for what is a whole picture whatever else it carries. */
  readonly expect: 'refused' | 'accepted';
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const NOTHING = Buffer.alloc(0);
const EDGE = 64;

export function refused(name: string, bytes: Buffer, contentType: string): HostilePicture {
  return { name, bytes, contentType, expect: 'refused' };
}

export function accepted(name: string, bytes: Buffer, contentType: string): HostilePicture {
  return { name, bytes, contentType, expect: 'accepted' };
}

/** One chunk, with its right checksum where none is given. */
export function chunk(type: string, data: Buffer, crc?: number): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc ?? crc32(body));
  return Buffer.concat([length, body, sum]);
}

function header(width: number, height: number, rest = [8, 2, 0, 0, 0]): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set(rest, 8);
  return data;
}

const IEND = chunk('IEND', NOTHING);
/** Rows of zeros, each with its filter byte. */
const rows = (width: number, height: number) => deflateSync(Buffer.alloc((width * 3 + 1) * height));
const png = (...chunks: Buffer[]) => Buffer.concat([SIGNATURE, ...chunks]);

export function hostilePngStructures(): HostilePicture[] {
  const head = chunk('IHDR', header(EDGE, EDGE));
  const data = chunk('IDAT', rows(EDGE, EDGE));
  const bomb = deflateSync(Buffer.alloc(16 * 1024 * 1024));
  const text = (name: string) => Buffer.from(`${name}\0\0`, 'latin1');
  const sized = (width: number, height: number) =>
    png(chunk('IHDR', header(width, height)), chunk('IDAT', rows(8, 8)), IEND);
  const type = 'image/png';
  return [
    refused('png signature alone', SIGNATURE, type),
    refused(
      'png with the wrong magic',
      Buffer.concat([Buffer.from('89504e470d0a1a0b', 'hex'), head, data, IEND]),
      type,
    ),
    refused('png of 60000x60000 in a few bytes', sized(60_000, 60_000), type),
    refused('png of 2^31-1 pixels width', sized(0x7fffffff, 1), type),
    refused('png of no width', sized(0, 64), type),
    refused('png of no height', sized(64, 0), type),
    refused('png with fewer rows than it says', sized(EDGE, EDGE), type),
    refused('png without IDAT', png(head, IEND), type),
    refused('png with empty IDAT', png(head, chunk('IDAT', NOTHING), IEND), type),
    refused('png without IEND', png(head, data), type),
    refused('png without IHDR', png(data, IEND), type),
    refused('png whose IHDR has a bad checksum', png(chunk('IHDR', header(EDGE, EDGE), 1), data, IEND), type),
    refused('png whose IDAT has a bad checksum', png(head, chunk('IDAT', rows(EDGE, EDGE), 1), IEND), type),
    refused(
      'png of a bit depth that does not exist',
      png(chunk('IHDR', header(EDGE, EDGE, [7, 2, 0, 0, 0])), data, IEND),
      type,
    ),
    refused(
      'png with an unknown compression',
      png(chunk('IHDR', header(EDGE, EDGE, [8, 2, 9, 0, 0])), data, IEND),
      type,
    ),
    refused(
      'palette png without a palette',
      png(chunk('IHDR', header(EDGE, EDGE, [8, 3, 0, 0, 0])), data, IEND),
      type,
    ),
    refused('png with an unknown critical chunk', png(head, chunk('ABCD', NOTHING), data, IEND), type),
    refused('png whose data is no zlib stream', png(head, chunk('IDAT', Buffer.alloc(500, 7)), IEND), type),
    refused(
      'png chunk longer than the file',
      Buffer.concat([png(head), Buffer.from('7fffffff49444154', 'hex')]),
      type,
    ),
    refused(
      'png bomb of 16000x16000',
      png(
        chunk('IHDR', header(16_000, 16_000, [1, 0, 0, 0, 0])),
        chunk('IDAT', deflateSync(Buffer.alloc(2001 * 16_000))),
        IEND,
      ),
      type,
    ),
    refused('png of 1x1', png(chunk('IHDR', header(1, 1)), chunk('IDAT', rows(1, 1)), IEND), type),
    refused(
      'png strip of 1x5000',
      png(chunk('IHDR', header(1, 5000)), chunk('IDAT', rows(1, 5000)), IEND),
      type,
    ),
    accepted('png with more data than rows', png(head, chunk('IDAT', rows(EDGE, EDGE * 4)), IEND), type),
    accepted(
      'png with a zTXt bomb',
      png(head, chunk('zTXt', Buffer.concat([text('Comment'), bomb])), data, IEND),
      type,
    ),
    accepted(
      'png with a tEXt of 4 MB',
      png(
        head,
        chunk('tEXt', Buffer.concat([Buffer.from('Comment\0'), Buffer.alloc(4_000_000, 97)])),
        data,
        IEND,
      ),
      type,
    ),
    accepted(
      'png with an iCCP bomb',
      png(head, chunk('iCCP', Buffer.concat([text('p'), bomb])), data, IEND),
      type,
    ),
    accepted(
      'png with 20000 text chunks',
      png(
        head,
        ...Array.from({ length: 20_000 }, (_, at) => chunk('tEXt', Buffer.from(`k\0${at}`))),
        data,
        IEND,
      ),
      type,
    ),
  ];
}
