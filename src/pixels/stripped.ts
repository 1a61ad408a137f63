/** What may stay in a picture that is stripped. */
export interface StripRules {
  /** Content credentials stay; they are worth nothing once anything else of the file is changed. */
  readonly keepCredentials: boolean;
}

/** A picture without what no pixel needs. */
export interface Stripped {
  readonly bytes: Buffer;
  /** What was left out, in plain words. */
  readonly removed: ReadonlySet<string>;
}

/** The parts of a file that stay. Nothing is copied until it is known that something goes. */
export class Keeper {
  readonly removed = new Set<string>();
  readonly #spans: { readonly from: number; to: number }[] = [];

  /** Parts come in their order. */
  keep(from: number, to: number): void {
    const last = this.#spans.at(-1);
    if (last?.to === from) last.to = to;
    else this.#spans.push({ from, to });
  }

  /** The file itself when all of it stays, else a copy of what does. */
  bytesOf(file: Buffer): Buffer {
    const [first, ...more] = this.#spans;
    if (more.length === 0 && first?.from === 0 && first.to === file.length) return file;
    return Buffer.concat(this.#spans.map(({ from, to }) => file.subarray(from, to)));
  }
}
