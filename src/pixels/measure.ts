/**
 * Measures pictures from their own structure, as bytes arrive: type, dimensions, transparency and whether the end marker was
 * reached. Nothing is decoded and, where the format allows and has no checksums, nothing but headers is read.
 */
import { crc32 } from 'node:zlib';
import type { Picture } from '../providers/provider.js';
import type { PictureDraft, Walk, WalkRequest } from './picture-walk.js';
import { skip, take } from './picture-walk.js';
import { isFileTypeSize, namesAvif, walkAvif } from './walk-avif.js';
import { walkGif } from './walk-gif.js';
import { walkJpeg } from './walk-jpeg.js';
import { walkPng } from './walk-png.js';
import { walkWebp } from './walk-webp.js';

const NOTHING = Buffer.alloc(0);

/**
 * Takes a picture in any chunking, in bounded memory; chunks may be reused after `push` returns. Width and height are the
 * stored ones: an EXIF orientation is not applied, an AVIF's own rotation is.
 */
export class PictureMeter {
  readonly #draft: PictureDraft = {
    mimeType: undefined,
    width: 0,
    height: 0,
    hasAlpha: false,
    c2pa: false,
    complete: false,
    requiredBytes: 0,
  };
  readonly #walk: Walk;
  #request: WalkRequest | undefined;
  #seenBytes = 0;
  /** Bytes still to be passed over. */
  #toSkip = 0;
  /** CRC-32 of those that were passed over for a `sum`. */
  #sum = 0;
  /** A `take` that spans chunks. */
  #taken = NOTHING;
  #takenBytes = 0;
  /** The last byte of the chunk before was an FF inside entropy-coded data. */
  #afterFf = false;

  constructor() {
    this.#walk = walkPicture(this.#draft);
    this.#advance(NOTHING);
  }

  push(input: Uint8Array): void {
    this.#seenBytes += input.length;
    const chunk = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
    for (let pos = 0; pos < chunk.length;) {
      const request = this.#request;
      if (request === undefined) return;
      if (request.ask === 'skip') pos = this.#skip(chunk, pos);
      else if (request.ask === 'sum') pos = this.#addUp(chunk, pos);
      else if (request.ask === 'take') pos = this.#take(chunk, pos, request.bytes);
      else pos = this.#scan(chunk, pos);
    }
  }

  /** Type of the picture as soon as its first bytes have told it. */
  get mimeType(): Picture['mimeType'] | undefined {
    return this.#draft.mimeType;
  }

  /** What was measured; undefined when the bytes begin like no known picture. `complete` is false on any nonsense. */
  end(): Picture | undefined {
    const { mimeType, width, height, hasAlpha, c2pa, complete, requiredBytes } = this.#draft;
    if (mimeType === undefined) return undefined;
    const isWhole = complete && width > 0 && height > 0 && this.#seenBytes >= requiredBytes;
    return { mimeType, width, height, hasAlpha, complete: isWhole, c2pa };
  }

  /** Answers the walk's request and goes on to the next that needs bytes. */
  #advance(answer: Buffer): void {
    let next = this.#walk.next(answer);
    while (next.done !== true && next.value.ask !== 'marker' && next.value.bytes === 0) {
      next = this.#walk.next(next.value.ask === 'sum' ? fourBytes(next.value.start) : NOTHING);
    }
    const request = next.done === true ? undefined : next.value;
    this.#request = request;
    this.#toSkip = request?.ask === 'skip' || request?.ask === 'sum' ? request.bytes : 0;
    this.#sum = request?.ask === 'sum' ? request.start : 0;
    this.#takenBytes = 0;
    this.#afterFf = false;
  }

  #skip(chunk: Buffer, pos: number): number {
    const step = Math.min(this.#toSkip, chunk.length - pos);
    this.#toSkip -= step;
    if (this.#toSkip === 0) this.#advance(NOTHING);
    return pos + step;
  }

  #addUp(chunk: Buffer, pos: number): number {
    const step = Math.min(this.#toSkip, chunk.length - pos);
    this.#sum = crc32(chunk.subarray(pos, pos + step), this.#sum);
    this.#toSkip -= step;
    if (this.#toSkip === 0) this.#advance(fourBytes(this.#sum));
    return pos + step;
  }

  #take(chunk: Buffer, pos: number, bytes: number): number {
    if (this.#takenBytes === 0 && chunk.length - pos >= bytes) {
      this.#advance(chunk.subarray(pos, pos + bytes));
      return pos + bytes;
    }
    if (this.#taken.length < bytes) this.#taken = Buffer.alloc(bytes);
    const step = Math.min(bytes - this.#takenBytes, chunk.length - pos);
    chunk.copy(this.#taken, this.#takenBytes, pos, pos + step);
    this.#takenBytes += step;
    if (this.#takenBytes === bytes) this.#advance(this.#taken.subarray(0, bytes));
    return pos + step;
  }

  #scan(chunk: Buffer, start: number): number {
    let pos = start;
    while (pos < chunk.length) {
      if (!this.#afterFf) {
        const found = chunk.indexOf(0xff, pos);
        if (found < 0) return chunk.length;
        pos = found + 1;
        this.#afterFf = true;
        continue;
      }
      const code = chunk[pos] ?? 0;
      pos += 1;
      // A stuffed zero and the restart markers belong to the data; a further FF is filling.
      if (code === 0xff) continue;
      this.#afterFf = false;
      if (code === 0 || (code >= 0xd0 && code <= 0xd7)) continue;
      this.#advance(Buffer.of(code));
      return pos;
    }
    return pos;
  }
}

function fourBytes(sum: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(sum);
  return bytes;
}

/** Measures a picture that is in memory as a whole. */
export function measureBuffer(bytes: Uint8Array): Picture | undefined {
  const meter = new PictureMeter();
  meter.push(bytes);
  return meter.end();
}

const PNG_SIGNATURE_REST = '4e470d0a1a0a';

function* walkPicture(draft: PictureDraft): Walk {
  const magic = (yield take(2)).toString('latin1');
  if (magic === '\xff\xd8') {
    if ((yield take(1))[0] !== 0xff) return;
    draft.mimeType = 'image/jpeg';
    yield* walkJpeg(draft);
  } else if (magic === '\x89P') {
    if ((yield take(6)).toString('hex') !== PNG_SIGNATURE_REST) return;
    draft.mimeType = 'image/png';
    yield* walkPng(draft);
  } else if (magic === 'GI') {
    if (!/^F8[79]a$/.test((yield take(4)).toString('latin1'))) return;
    draft.mimeType = 'image/gif';
    yield* walkGif(draft);
  } else if (magic === 'RI') {
    const head = yield take(10);
    if (head.toString('latin1', 0, 2) !== 'FF' || head.toString('latin1', 6, 10) !== 'WEBP') return;
    draft.mimeType = 'image/webp';
    yield* walkWebp(draft, head.readUInt32LE(2));
  } else if (magic === '\0\0') {
    const head = yield take(6);
    const fileTypeBytes = head.readUInt16BE(0);
    if (head.toString('latin1', 2, 6) !== 'ftyp' || !isFileTypeSize(fileTypeBytes)) return;
    if (!namesAvif(yield take(fileTypeBytes - 8))) return;
    draft.mimeType = 'image/avif';
    yield* walkAvif(draft, fileTypeBytes);
  } else {
    yield skip(Infinity);
  }
}
