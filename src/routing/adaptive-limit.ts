/**
 * How many calls run at once on one route with one key. It begins wide open; when the provider pushes back, the limit
 * falls to half of what runs; with every success it grows by its share, to one more once all of its calls have succeeded.
 * The rest waits in its order.
 */
export class AdaptiveLimit {
  readonly #max: number;
  #limit: number;
  #running = 0;
  #cuts = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(max: number) {
    this.#max = max;
    this.#limit = max;
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get isFree(): boolean {
    return this.#running < this.limit && this.#waiting.length === 0;
  }

  /**
   * Waits for a place; give it back with `release`.
   * @returns a token for `release`
   * @throws the signal's reason when it fires first
   */
  async acquire(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    if (this.isFree) {
      this.#running += 1;
      return this.#cuts;
    }
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        const index = this.#waiting.indexOf(go);
        if (index < 0) return;
        this.#waiting.splice(index, 1);
        reject(signal.reason instanceof Error ? signal.reason : new Error('no longer wanted'));
      };
      const go = () => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      this.#waiting.push(go);
      signal.addEventListener('abort', stop, { once: true });
    });
    return this.#cuts;
  }

  /** @param token as `acquire` gave it: calls that began before the last cut cut no further */
  release(outcome: 'answered' | 'pushed-back' | 'other', token: number): void {
    if (outcome === 'pushed-back' && token === this.#cuts) {
      this.#limit = Math.max(1, Math.min(this.#limit, this.#running) / 2);
      this.#cuts += 1;
    }
    if (outcome === 'answered') this.#limit = Math.min(this.#max, this.#limit + 1 / this.#limit);
    this.#running -= 1;
    while (this.#running < this.limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running += 1;
      next();
    }
  }
}
