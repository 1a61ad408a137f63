import { Slabs } from '../../slabs.js';
import { invalidBase64 } from './json-pictures-error.js';

/** Decoded bytes are handed on in pieces of at most this size. */
const SLAB_BYTES = 64 * 1024;
/** Longest run turned into a (one-byte) string for the native decoder, which takes nothing but strings. */
const RUN_CHARS = 32 * 1024;
/** Shorter runs are cheaper by table than by two native calls. */
const SHORT_RUN_CHARS = 24;

const SLABS = new Slabs(SLAB_BYTES);
const NOTHING = Buffer.alloc(0);

const PAD = 0x3d;
const MINUS = 0x2d;
const UNDERSCORE = 0x5f;

const SEXTETS = new Int8Array(256).fill(-1);
for (const [value, code] of Buffer.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
).entries()) {
  SEXTETS[code] = value;
}

/**
 * Decodes base64 (standard alphabet, padded or not) from any chunking. Node's decoder is many times faster than
 * JavaScript but forgiving, so it gets whole groups of four only and its answer is checked: it skips what is not base64,
 * which shows in the decoded length, and it takes the URL-safe alphabet, which is searched for.
 */
export class Base64Decoder {
  readonly #emit: (bytes: Uint8Array) => void;
  /** Used one after the other by what comes between two calls of `reuse`. */
  readonly #slabs: Buffer[] = [];
  #used = 0;
  #slab: Buffer = NOTHING;
  #slabFrom = 0;
  #slabTo = 0;
  #bits = 0;
  #chars = 0;
  #pads = 0;
  #any = false;

  /** Pieces given to `emit` stay as they are until `reuse`. */
  constructor(emit: (bytes: Uint8Array) => void) {
    this.#emit = emit;
  }

  /** Takes `source[start, end)` as base64 characters. Throws `invalid_base64`. */
  push(source: Buffer, start: number, end: number): void {
    let pos = start;
    while (pos < end) {
      // Groups of four only decode natively from a group's first character.
      if (this.#chars === 0 && this.#pads === 0 && end - pos >= SHORT_RUN_CHARS) {
        const decoded = this.#decodeRun(source, pos, end);
        pos += decoded;
        if (decoded > 0) continue;
        // Padding or an illegal character is near; the table says which and where.
        const stop = Math.min(end, pos + RUN_CHARS);
        while (pos < stop) this.pushCode(source[pos++] ?? 0);
      } else {
        this.pushCode(source[pos++] ?? 0);
      }
    }
  }

  /** Takes one character code. Throws `invalid_base64`. */
  pushCode(code: number): void {
    if (code === PAD) {
      this.#pads += 1;
      if (this.#chars < 2 || this.#chars + this.#pads > 4) throw invalidBase64('misplaced padding');
      return;
    }
    const sextet = code < 256 ? (SEXTETS[code] ?? -1) : -1;
    if (sextet < 0) throw invalidBase64('an illegal character');
    if (this.#pads > 0) throw invalidBase64('characters after its padding');
    this.#any = true;
    this.#bits = (this.#bits << 6) | sextet;
    this.#chars += 1;
    if (this.#chars === 4) this.#writeGroup(3);
  }

  /** Ends the text: checks the padding and emits what is left. Throws `invalid_base64`. */
  end(): void {
    if (!this.#any) throw invalidBase64('no characters');
    if (this.#chars === 1) throw invalidBase64('an incomplete last group');
    if (this.#pads > 0 && this.#chars + this.#pads !== 4) throw invalidBase64('incomplete padding');
    if (this.#chars > 0) {
      const bytes = this.#chars - 1;
      this.#bits <<= 6 * (4 - this.#chars);
      this.#writeGroup(bytes);
    }
    this.flush();
    this.#pads = 0;
    this.#any = false;
  }

  /** Emits what is decoded by now. */
  flush(): void {
    if (this.#slabTo > this.#slabFrom) this.#emit(this.#slab.subarray(this.#slabFrom, this.#slabTo));
    this.#slabFrom = this.#slabTo;
  }

  /** Whoever was given pieces has no need of them any more: their memory is used again. */
  reuse(): void {
    this.#used = 0;
    this.#slab = NOTHING;
    this.#slabFrom = 0;
    this.#slabTo = 0;
  }

  /** Leaves its memory to others. Nothing may be decoded afterwards. */
  release(): void {
    this.reuse();
    for (const slab of this.#slabs.splice(0)) SLABS.giveBack(slab);
  }

  #decodeRun(source: Buffer, pos: number, end: number): number {
    const room = this.#room();
    const chars = Math.min((end - pos) & ~3, ((room / 3) | 0) * 4, RUN_CHARS);
    // The last group of a text may be padded; it is left to the table so that the run before it decodes natively.
    const run = source[pos + chars - 1] === PAD ? chars - 4 : chars;
    if (run === 0) return 0;
    const text = source.toString('latin1', pos, pos + run);
    const written = this.#slab.write(text, this.#slabTo, room, 'base64');
    if (written !== (run / 4) * 3) return 0;
    if (holds(source, MINUS, pos, pos + run) || holds(source, UNDERSCORE, pos, pos + run)) return 0;
    this.#slabTo += written;
    this.#any = true;
    return run;
  }

  #writeGroup(bytes: number): void {
    if (this.#room() < 3) this.#grow();
    const at = this.#slabTo;
    this.#slab[at] = this.#bits >> 16;
    if (bytes > 1) this.#slab[at + 1] = this.#bits >> 8;
    if (bytes > 2) this.#slab[at + 2] = this.#bits;
    this.#slabTo = at + bytes;
    this.#bits = 0;
    this.#chars = 0;
  }

  /** Free bytes of the slab; a slab with less than one group of room is handed on and replaced. */
  #room(): number {
    if (this.#slab.length - this.#slabTo < 3) this.#grow();
    return this.#slab.length - this.#slabTo;
  }

  #grow(): void {
    this.flush();
    const slab = this.#slabs[this.#used] ?? SLABS.take();
    this.#slabs[this.#used] = slab;
    this.#used += 1;
    this.#slab = slab;
    this.#slabFrom = 0;
    this.#slabTo = 0;
  }
}

function holds(source: Buffer, byte: number, start: number, end: number): boolean {
  return source.subarray(start, end).includes(byte);
}
