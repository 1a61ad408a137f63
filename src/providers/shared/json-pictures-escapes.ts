import { invalidJson } from './json-pictures-error.js';

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;

/** What a character after a backslash stands for. */
const ESCAPES = new Map<number, number>();
for (const [char, meaning] of Object.entries({
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
})) {
  ESCAPES.set(char.charCodeAt(0), meaning.charCodeAt(0));
}

/** Whether the byte may follow a backslash; the digits after \u are not checked. */
export function isEscape(byte: number): boolean {
  return byte === LOWER_U || ESCAPES.has(byte);
}

/** Undoes the escapes of a string byte by byte. */
export class Unescaper {
  /** What was read of an escape, without its backslash. */
  #pending: string | undefined;

  /** Inside an escape, where a quote does not end the string. */
  get isPending(): boolean {
    return this.#pending !== undefined;
  }

  /** Feeds one byte; the code of a character once it is complete. Throws `invalid_json`. */
  feed(byte: number): number | undefined {
    if (this.#pending === undefined) {
      if (byte !== BACKSLASH) return byte;
      this.#pending = '';
      return undefined;
    }
    if (this.#pending === '' && byte !== LOWER_U) {
      const code = ESCAPES.get(byte);
      if (code === undefined) throw invalidJson('an unknown escape');
      this.#pending = undefined;
      return code;
    }
    this.#pending += String.fromCharCode(byte);
    if (this.#pending.length < 5) return undefined;
    if (!/^u[0-9a-f]{4}$/i.test(this.#pending)) throw invalidJson('an unknown escape');
    const code = Number.parseInt(this.#pending.slice(1), 16);
    this.#pending = undefined;
    return code;
  }
}
