/** A 32-bit hash of text (FNV-1a with a final avalanche), stable across platforms and releases. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Deterministic random numbers (sfc32). Every part of a picture draws from its own named fork, so that adding a draw in
 * one part never moves another part.
 */
export class Random {
  readonly #key: string;
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(key: string) {
    this.#key = key;
    this.#a = hashText(`a${key}`);
    this.#b = hashText(`b${key}`);
    this.#c = hashText(`c${key}`);
    for (let round = 0; round < 8; round++) this.next();
  }

  fork(name: string): Random {
    return new Random(`${this.#key}/${name}`);
  }

  /** A number from 0 (included) to 1 (excluded). */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  }

  range(from: number, to: number): number {
    return from + (to - from) * this.next();
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  sign(): 1 | -1 {
    return this.next() < 0.5 ? -1 : 1;
  }

  /** Roughly normal, mean 0, deviation 1, never beyond ±3. */
  bell(): number {
    return (
      (this.next() + this.next() + this.next() + this.next() + this.next() + this.next() - 3) * Math.SQRT2
    );
  }

  pick<First, Rest>(items: readonly [First, ...Rest[]]): First | Rest {
    return items[Math.floor(this.next() * items.length)] ?? items[0];
  }
}
