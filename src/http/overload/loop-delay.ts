import { setInterval } from 'node:timers';

/** How often is looked. */
const EVERY_MS = 50;
/** How far back is felt: one long pause is forgotten soon, steady delay is noticed within seconds. */
const MEMORY_MS = 2_000;

/**
 * How late the event loop is, smoothed by time: what comes late once (a collection of garbage, a large document) moves it little,
 * what is late all the time moves it to that delay.
 */
export class LoopDelay {
  readonly #nowMs: () => number;
  #lookedAtMs: number;
  #delayMs = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param nowMs milliseconds that only ever grow */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#lookedAtMs = nowMs();
  }

  /** Milliseconds. */
  get current(): number {
    return this.#delayMs;
  }

  start(): void {
    this.#lookedAtMs = this.#nowMs();
    this.#timer = setInterval(() => {
      this.look();
    }, EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Called by the timer. */
  look(): void {
    const now = this.#nowMs();
    const passedMs = now - this.#lookedAtMs;
    this.#lookedAtMs = now;
    const weight = 1 - Math.exp(-passedMs / MEMORY_MS);
    this.#delayMs += weight * (Math.max(0, passedMs - EVERY_MS) - this.#delayMs);
  }
}
