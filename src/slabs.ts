/** How long memory that nobody needs is kept, in milliseconds. */
const IDLE_MS = 10_000;

/**
 * Memory of one size that is used again. New memory for every picture is dear: the system clears it, and V8 collects all of its heap each
 * time that a few dozen MiB of it have come and gone.
 */
export class Slabs {
  readonly slabBytes: number;
  readonly #free: Buffer[] = [];
  /** The least that was free since the last look: that much was not needed. */
  #spare = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(slabBytes: number) {
    this.slabBytes = slabBytes;
  }

  /** Memory of `slabBytes` with anything in it. */
  take(): Buffer {
    const slab = this.#free.pop();
    this.#spare = Math.min(this.#spare, this.#free.length);
    return slab ?? Buffer.allocUnsafeSlow(this.slabBytes);
  }

  /** Takes memory back that nobody reads or writes any more. */
  giveBack(slab: Buffer): void {
    this.#free.push(slab);
    this.#timer ??= setInterval(() => {
      this.#dropSpare();
    }, IDLE_MS).unref();
  }

  #dropSpare(): void {
    this.#free.splice(0, this.#spare);
    this.#spare = this.#free.length;
    if (this.#free.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
