import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, UnreachableError } from './client.js';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

interface PatienceOptions {
  /** How long a call is repeated in vain before its failure counts. */
  readonly totalMs: number;
  /** Ends every wait; calls that need none go on. */
  readonly signal: AbortSignal;
  /** Told before a wait that people notice. */
  readonly onWait: (why: string, waitMs: number) => void;
}

/**
 * Repeats calls that waiting can help: the server is away, or asks to come back later. What it says of the time
 * (`retry-after`) is kept to, by all calls that share this patience; else the waits double, spread at random.
 */
export class Patience {
  readonly #options: PatienceOptions;
  /** Nobody calls before, in milliseconds of `performance.now()`. */
  #pausedUntil = 0;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /**
   * @param call is made again and again, so that it must mean the same each time
   * @throws what the last call threw, once patience is at its end; the signal's reason when it fires during a wait
   */
  async call<T>(call: () => Promise<T>): Promise<T> {
    let firstFailureAt: number | undefined;
    for (let waits = 0; ; waits += 1) {
      await this.#pause();
      try {
        return await call();
      } catch (error) {
        const wait = waitAfter(error, waits);
        if (wait === undefined) throw error;
        const now = performance.now();
        firstFailureAt ??= now;
        if (now + wait.ms - firstFailureAt > this.#options.totalMs) throw error;
        if (wait.forAll) this.#pausedUntil = Math.max(this.#pausedUntil, now + wait.ms);
        this.#options.onWait(error instanceof Error ? error.message : 'unknown error', wait.ms);
        await this.wait(wait.ms);
      }
    }
  }

  /** @throws the signal's reason when it fires */
  async wait(waitMs: number): Promise<void> {
    const { signal } = this.#options;
    await sleep(waitMs, undefined, { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
  }

  async #pause(): Promise<void> {
    for (let left = 1; left > 0;) {
      left = this.#pausedUntil - performance.now();
      if (left > 0) await this.wait(left);
    }
  }
}

/** undefined: waiting doesn't help. */
function waitAfter(error: unknown, waits: number): { ms: number; forAll: boolean } | undefined {
  const backOffMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** waits) * (0.75 + Math.random() / 2);
  if (error instanceof UnreachableError) return { ms: backOffMs, forAll: false };
  if (!(error instanceof ApiError) || !error.refusal.retry) return undefined;
  const { retryAfterMs } = error.refusal;
  return { ms: retryAfterMs ?? backOffMs, forAll: retryAfterMs !== undefined };
}
