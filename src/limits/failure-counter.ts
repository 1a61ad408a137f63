import type { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';

const WINDOW_S = 60;
/** Of subjects that are counted at a time in this process. */
const MAX_SUBJECTS = 10_000;

/** How many failures a minute has seen, and when it ends. */
export interface FailureWindow {
  readonly failures: number;
  readonly resetMs: number;
}

interface Entry {
  failures: number;
  readonly endsAt: number;
}

interface Options {
  /** Tells counters apart that share a Redis. */
  readonly name: string;
  /** undefined: this process counts for itself, as it does while Redis is down. */
  readonly redis: Redis | undefined;
  /** Milliseconds that only ever grow. */
  readonly now?: () => number;
}

/**
 * Counts failures of strangers in minutes that begin with the first of them. Who is counted is chosen by those who fail, so
 * there are at most 10,000 entries in memory: the oldest gives way.
 */
export class FailureCounter {
  readonly #shared: RateLimiterRedis | undefined;
  readonly #now: () => number;
  /** In the order of their ends. */
  readonly #own = new Map<string, Entry>();

  constructor({ name, redis, now = () => performance.now() }: Options) {
    this.#now = now;
    this.#shared =
      redis === undefined
        ? undefined
        : new RateLimiterRedis({
            points: Number.MAX_SAFE_INTEGER,
            duration: WINDOW_S,
            keyPrefix: `atelier:failed:${name}`,
            storeClient: redis,
            rejectIfRedisNotReady: true,
          });
  }

  /** Counts a failure, or what may become one. */
  async count(subject: string): Promise<FailureWindow> {
    if (this.#shared === undefined) return this.#countHere(subject);
    try {
      const { consumedPoints, msBeforeNext } = await this.#shared.consume(subject);
      return { failures: consumedPoints, resetMs: Math.max(1, msBeforeNext) };
    } catch {
      // Redis is down, which its connection has told already.
      return this.#countHere(subject);
    }
  }

  /** Takes one count back: it was no failure. */
  async takeBack(subject: string): Promise<void> {
    const entry = this.#own.get(subject);
    if (this.#shared === undefined) {
      if (entry !== undefined) entry.failures -= 1;
      return;
    }
    try {
      await this.#shared.reward(subject);
    } catch {
      // As above: it was counted here.
      if (entry !== undefined) entry.failures -= 1;
    }
  }

  /** How many entries are kept in memory. */
  get size(): number {
    return this.#own.size;
  }

  #countHere(subject: string): FailureWindow {
    const now = this.#now();
    for (const [name, { endsAt }] of this.#own) {
      if (endsAt > now) break;
      this.#own.delete(name);
    }
    const entry = this.#own.get(subject) ?? { failures: 0, endsAt: now + WINDOW_S * 1000 };
    entry.failures += 1;
    this.#own.set(subject, entry);
    if (this.#own.size > MAX_SUBJECTS) {
      const [oldest] = this.#own.keys();
      if (oldest !== undefined) this.#own.delete(oldest);
    }
    return { failures: entry.failures, resetMs: Math.max(1, entry.endsAt - now) };
  }
}
