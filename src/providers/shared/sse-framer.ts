import { JsonPicturesError } from './json-pictures-error.js';
import { find } from './json-pictures-text.js';

/** Bound on the value of `event` and `id`. */
const MAX_FIELD_BYTES = 1024;
/** Longer field names are none that we know. */
const MAX_NAME_BYTES = 16;

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;

/** What a chunk of an event stream brought, in order. `data` pieces of one line follow their `data_line`. */
export type SseToken =
  | { readonly type: 'data_line' }
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  | { readonly type: 'field'; readonly name: 'event' | 'id'; readonly value: string }
  | { readonly type: 'dispatch' };

/**
 * Splits a server-sent event stream into lines and fields as the HTML standard describes (LF, CR and CRLF, comments, a
 * byte order mark) without holding a line: data passes through in pieces, comments and unknown fields are dropped.
 */
export class SseFramer {
  #state: 'name' | 'space' | 'data' | 'field' | 'skip' = 'name';
  #name = '';
  #value: Buffer[] = [];
  #valueBytes = 0;
  #firstLine = true;
  /** The last byte was a CR; an LF now belongs to it. */
  #afterCr = false;
  #tokens: SseToken[] = [];
  #lfAt = -1;
  #crAt = -1;

  /** Throws JsonPicturesError `too_large` for an overlong event name or id. */
  push(input: Uint8Array): readonly SseToken[] {
    const chunk = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
    this.#tokens = [];
    this.#lfAt = -1;
    this.#crAt = -1;
    let pos = 0;
    if (this.#afterCr && chunk.length > 0) {
      this.#afterCr = false;
      if (chunk[0] === LF) pos = 1;
    }
    while (pos < chunk.length) pos = this.#step(chunk, pos);
    return this.#tokens;
  }

  #step(chunk: Buffer, pos: number): number {
    if (this.#state === 'name') return this.#readName(chunk, pos);
    if (this.#state === 'space') {
      this.#state = this.#beginValue();
      return chunk[pos] === 0x20 ? pos + 1 : pos;
    }
    if (this.#lfAt < pos) this.#lfAt = find(chunk, LF, pos);
    if (this.#crAt < pos) this.#crAt = find(chunk, CR, pos);
    const end = Math.min(this.#lfAt, this.#crAt);
    if (end > pos) this.#take(chunk.subarray(pos, end));
    return end === chunk.length ? end : this.#endLine(chunk, end);
  }

  #readName(chunk: Buffer, pos: number): number {
    const byte = chunk[pos] ?? 0;
    if (byte === LF || byte === CR) {
      if (this.#fieldName() === '') this.#tokens.push({ type: 'dispatch' });
      else this.#state = this.#beginValue();
      return this.#endLine(chunk, pos);
    }
    if (byte === COLON) this.#state = 'space';
    else if (this.#name.length >= MAX_NAME_BYTES) this.#state = 'skip';
    else this.#name += String.fromCharCode(byte);
    return pos + 1;
  }

  #beginValue(): 'data' | 'field' | 'skip' {
    const name = this.#fieldName();
    if (name === 'data') this.#tokens.push({ type: 'data_line' });
    if (name === 'data') return 'data';
    return name === 'event' || name === 'id' ? 'field' : 'skip';
  }

  #take(piece: Buffer): void {
    if (this.#state === 'data') this.#tokens.push({ type: 'data', bytes: piece });
    if (this.#state !== 'field') return;
    this.#valueBytes += piece.length;
    if (this.#valueBytes > MAX_FIELD_BYTES) {
      throw new JsonPicturesError('too_large', 'The event stream has an overlong event name or id.');
    }
    // Copied, because the chunk may be reused by its owner.
    this.#value.push(Buffer.from(piece));
  }

  #endLine(chunk: Buffer, end: number): number {
    const name = this.#fieldName();
    if (this.#state === 'field' && (name === 'event' || name === 'id')) {
      this.#tokens.push({ type: 'field', name, value: Buffer.concat(this.#value).toString('utf8') });
    }
    this.#state = 'name';
    this.#name = '';
    this.#value = [];
    this.#valueBytes = 0;
    this.#firstLine = false;
    if (chunk[end] !== CR) return end + 1;
    if (end + 1 === chunk.length) this.#afterCr = true;
    return chunk[end + 1] === LF ? end + 2 : end + 1;
  }

  #fieldName(): string {
    // The byte order mark, read as single bytes.
    return this.#firstLine && this.#name.startsWith('\u00ef\u00bb\u00bf') ? this.#name.slice(3) : this.#name;
  }
}
