import { Base64Decoder } from './json-pictures-base64.js';
import { invalidBase64, invalidJson, JsonPicturesError } from './json-pictures-error.js';
import { isEscape, Unescaper } from './json-pictures-escapes.js';
import { PICTURE_KEY } from './json-pictures-options.js';
import type { PictureDecision, PictureStep, ScanOptions } from './json-pictures-options.js';
import { ByteText, find, isScalar, JsonPath } from './json-pictures-text.js';

type State =
  | 'value'
  | 'value_or_close'
  | 'key'
  | 'key_or_close'
  | 'colon'
  | 'after'
  | 'done'
  | 'scalar'
  | 'name'
  | 'name_escape'
  | 'string'
  | 'string_escape'
  | 'sniff'
  | 'picture';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DATA_SCHEME = 'data:';
const DATA_HEADER = /^data:image\/[a-z0-9.+-]{1,64}(?:;[^;,]*)*;base64,$/i;
const MAX_DATA_HEADER_CHARS = 256;

/**
 * Splits one JSON text, as it arrives, into picture bytes and the rest. The rest, with a `{"$picture": n}` in the place of
 * each picture, is kept and given to JSON.parse at the end, so its grammar is JSON's; only the structure is followed here, to know
 * the path of every string. Nothing that goes wrong is survived: after an error the scanner must be dropped.
 */
export class JsonPictureScanner {
  readonly #options: ScanOptions;
  readonly #path: JsonPath;
  readonly #rest: ByteText;
  readonly #base64: Base64Decoder;
  #state: State = 'value';
  #steps: PictureStep[] = [];
  #pictures = 0;
  /** First byte of the chunk that isn't copied to the rest yet; -1 inside a picture. */
  #restFrom = 0;
  /** Length of the rest before the string that is being read. */
  #stringAt = 0;
  #decision: PictureDecision = false;
  /** The decoded beginning of a string that may be a picture. */
  #sniffed = '';
  readonly #unescaper = new Unescaper();
  /** Next quote and backslash of the chunk, found once and not once per escape. */
  #quoteAt = -1;
  #backslashAt = -1;

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#path = new JsonPath(options.maxDepth ?? 64);
    this.#rest = new ByteText(options.maxRestBytes);
    this.#base64 = new Base64Decoder((bytes) => this.#steps.push({ type: 'bytes', bytes }));
  }

  /**
   * Reads a chunk and returns what it brought for the pictures: to be taken before the next chunk is read. Throws
   * JsonPicturesError.
   */
  push(input: Uint8Array): readonly PictureStep[] {
    const chunk = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
    this.#base64.reuse();
    this.#steps = [];
    this.#quoteAt = -1;
    this.#backslashAt = -1;
    if (this.#state !== 'picture') this.#restFrom = 0;
    let pos = 0;
    while (pos < chunk.length) pos = this.#step(chunk, pos);
    if (this.#restFrom >= 0) this.#copyRest(chunk, chunk.length);
    this.#base64.flush();
    return this.#steps;
  }

  /** Leaves its memory to others. Harmless when called again; nothing may be read afterwards. */
  release(): void {
    this.#base64.release();
  }

  /** Ends the text and returns the parsed value. Throws JsonPicturesError, `truncated` when more was to come. */
  end(): unknown {
    const complete = this.#state === 'done' || (this.#state === 'scalar' && this.#path.depth === 0);
    if (!complete) throw new JsonPicturesError('truncated', 'The JSON text ends before its value does.');
    try {
      const value: unknown = JSON.parse(this.#rest.toString());
      return value;
    } catch {
      // The parser's own message quotes the text, which may hold prompts; ours says as much as may be shown.
      throw invalidJson('a malformed string, number or literal');
    }
  }

  #step(chunk: Buffer, pos: number): number {
    switch (this.#state) {
      case 'picture':
        return this.#readPicture(chunk, pos);
      case 'sniff':
        return this.#readSniffed(chunk, pos);
      case 'string':
      case 'name':
        return this.#readString(chunk, pos, this.#state);
      case 'string_escape':
      case 'name_escape':
        return this.#readEscape(chunk[pos] ?? 0, pos, this.#state);
      case 'scalar':
        return this.#readScalar(chunk, pos);
      default:
        return this.#readStructure(chunk, pos, this.#state);
    }
  }

  #readStructure(
    chunk: Buffer,
    pos: number,
    state: 'value' | 'value_or_close' | 'key' | 'key_or_close' | 'colon' | 'after' | 'done',
  ): number {
    const byte = chunk[pos] ?? 0;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return pos + 1;
    switch (state) {
      case 'value':
      case 'value_or_close':
        if (state === 'value_or_close' && byte === 0x5d) this.#close('array');
        else this.#beginValue(chunk, pos, byte);
        break;
      case 'key':
      case 'key_or_close':
        if (state === 'key_or_close' && byte === 0x7d) {
          this.#close('object');
        } else if (byte === QUOTE) {
          this.#copyRest(chunk, pos);
          this.#stringAt = this.#rest.length;
          this.#state = 'name';
        } else throw invalidJson('something else where a key must stand');
        break;
      case 'colon':
        if (byte !== 0x3a) throw invalidJson('a key without a colon');
        this.#state = 'value';
        break;
      case 'after':
        if (byte === 0x2c) this.#state = this.#path.next() === 'object' ? 'key' : 'value';
        else if (byte === 0x7d) this.#close('object');
        else if (byte === 0x5d) this.#close('array');
        else throw invalidJson('a missing comma or bracket');
        break;
      case 'done':
        throw invalidJson('something after its value');
    }
    return pos + 1;
  }

  #beginValue(chunk: Buffer, pos: number, byte: number): void {
    if (byte === QUOTE) {
      this.#decision = this.#options.isPicture(this.#path.entries);
      this.#state = 'string';
      if (this.#decision !== false) {
        this.#copyRest(chunk, pos);
        this.#stringAt = this.#rest.length;
        this.#sniffed = '';
        this.#state = 'sniff';
      }
    } else if (byte === 0x7b) {
      this.#path.open('object');
      this.#state = 'key_or_close';
    } else if (byte === 0x5b) {
      this.#path.open('array');
      this.#state = 'value_or_close';
    } else if (isScalar(byte)) {
      this.#state = 'scalar';
    } else throw invalidJson('something else where a value must stand');
  }

  #close(kind: 'array' | 'object'): void {
    if (this.#path.close() !== kind) throw invalidJson('brackets that do not match');
    this.#endValue();
  }

  #endValue(): void {
    this.#state = this.#path.depth === 0 ? 'done' : 'after';
  }

  #readScalar(chunk: Buffer, start: number): number {
    let pos = start;
    while (pos < chunk.length && isScalar(chunk[pos] ?? 0)) pos += 1;
    if (pos < chunk.length) this.#endValue();
    return pos;
  }

  #readString(chunk: Buffer, start: number, kind: 'string' | 'name'): number {
    for (let pos = start; pos < chunk.length; pos += 1) {
      const byte = chunk[pos] ?? 0;
      if (byte === QUOTE) {
        if (kind === 'string') this.#endValue();
        else this.#endName(chunk, pos + 1);
        return pos + 1;
      }
      if (byte === BACKSLASH) {
        this.#state = kind === 'string' ? 'string_escape' : 'name_escape';
        return pos + 1;
      }
      if (byte < 0x20) throw invalidJson('a control character in a string');
    }
    return chunk.length;
  }

  #readEscape(byte: number, pos: number, state: 'string_escape' | 'name_escape'): number {
    // The four digits after \u are JSON.parse's to check.
    if (!isEscape(byte)) throw invalidJson('an unknown escape');
    this.#state = state === 'string_escape' ? 'string' : 'name';
    return pos + 1;
  }

  #endName(chunk: Buffer, end: number): void {
    this.#copyRest(chunk, end);
    const name = this.#rest.parseString(this.#stringAt);
    if (name === PICTURE_KEY) throw invalidJson(`the reserved key "${PICTURE_KEY}"`);
    this.#path.name(name);
    this.#state = 'colon';
  }

  /** Reads the beginning of a string until it is known whether it is a picture. */
  #readSniffed(chunk: Buffer, pos: number): number {
    const byte = chunk[pos] ?? 0;
    if (byte === QUOTE && !this.#unescaper.isPending) {
      if (this.#sniffed === '' || this.#decision === 'if_data_url') {
        this.#endValue();
      } else {
        this.#openPicture();
        this.#pushSniffed();
        this.#closePicture(pos + 1);
      }
      return pos + 1;
    }
    if (byte < 0x20) {
      if (this.#decision === true) throw invalidBase64('an illegal character');
      throw invalidJson('a control character in a string');
    }
    const code = this.#unescaper.feed(byte);
    if (code === undefined) return pos + 1;
    this.#sniffed += String.fromCharCode(code);
    const isHeader = this.#sniffed.length >= DATA_SCHEME.length;
    if (!DATA_SCHEME.startsWith(this.#sniffed.slice(0, DATA_SCHEME.length).toLowerCase())) {
      this.#leaveSniff(false);
    } else if (isHeader && (code === 0x2c || this.#sniffed.length > MAX_DATA_HEADER_CHARS)) {
      this.#leaveSniff(DATA_HEADER.test(this.#sniffed));
    }
    return pos + 1;
  }

  #leaveSniff(isDataUrl: boolean): void {
    if (!isDataUrl && this.#decision === 'if_data_url') {
      this.#state = 'string';
      return;
    }
    this.#openPicture();
    if (!isDataUrl) this.#pushSniffed();
    this.#state = 'picture';
  }

  #pushSniffed(): void {
    for (let i = 0; i < this.#sniffed.length; i += 1) this.#base64.pushCode(this.#sniffed.charCodeAt(i));
    this.#steps.push({ type: 'text', text: Buffer.from(this.#sniffed, 'latin1') });
  }

  #openPicture(): void {
    if (this.#pictures >= (this.#options.maxPictures ?? 256)) {
      throw new JsonPicturesError('too_large', 'The JSON text holds too many pictures.');
    }
    // What was copied of the string gives way to the reference.
    this.#rest.truncate(this.#stringAt);
    this.#rest.appendReference(`{"${PICTURE_KEY}":${this.#pictures}}`);
    this.#restFrom = -1;
    this.#pictures += 1;
    this.#steps.push({ type: 'open', path: [...this.#path.entries] });
  }

  #closePicture(next: number): void {
    this.#base64.end();
    this.#steps.push({ type: 'close' });
    this.#restFrom = next;
    this.#endValue();
  }

  #readPicture(chunk: Buffer, pos: number): number {
    if (this.#unescaper.isPending) {
      const code = this.#unescaper.feed(chunk[pos] ?? 0);
      if (code !== undefined) this.#base64.pushCode(code);
      this.#steps.push({ type: 'text', text: undefined });
      return pos + 1;
    }
    if (this.#quoteAt < pos) this.#quoteAt = find(chunk, QUOTE, pos);
    if (this.#backslashAt < pos) this.#backslashAt = find(chunk, BACKSLASH, pos);
    const end = Math.min(this.#quoteAt, this.#backslashAt);
    this.#base64.push(chunk, pos, end);
    if (end > pos) this.#steps.push({ type: 'text', text: chunk.subarray(pos, end) });
    if (end === chunk.length) return end;
    if (end === this.#quoteAt) this.#closePicture(end + 1);
    else this.#unescaper.feed(BACKSLASH);
    return end + 1;
  }

  #copyRest(chunk: Buffer, end: number): void {
    this.#rest.append(chunk, this.#restFrom, end);
    this.#restFrom = end;
  }
}
