/** How many are let through at a time, before whatever else waits has its turn. */
const AT_ONCE = 4;

interface Waiting {
  readonly order: number;
  readonly go: () => void;
}

/**
 * Lets those go first who began first. Where many bodies come at once, they come one after the other that way instead of side by side: each is
 * in memory for a short time, and its answer leaves while others are still to come. Whoever has nothing to read holds up nobody.
 */
export class Turns {
  #begun = 0;
  #waiting: Waiting[] = [];
  #isSorted = true;
  #scheduled = false;

  /** A place in the order. */
  begin(): number {
    this.#begun += 1;
    return this.#begun;
  }

  /** Resolves when it is the turn of the place. */
  take(order: number): Promise<void> {
    return new Promise((go) => {
      const last = this.#waiting.at(-1);
      if (last !== undefined && last.order > order) this.#isSorted = false;
      this.#waiting.push({ order, go });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#letGo();
    });
  }

  #letGo(): void {
    if (!this.#isSorted) this.#waiting.sort((one, other) => one.order - other.order);
    this.#isSorted = true;
    for (const { go } of this.#waiting.splice(0, AT_ONCE)) go();
    if (this.#waiting.length > 0) this.#schedule();
  }
}
