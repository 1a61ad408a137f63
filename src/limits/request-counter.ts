import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterAbstract } from 'rate-limiter-flexible';

const WINDOW_S = 60;

/** How many requests a minute has seen, and when it ends. */
export interface RequestWindow {
  readonly requests: number;
  readonly resetMs: number;
}

/**
 * Counts requests in minutes that begin with their first request, in Redis for all processes, else in this one. While
 * Redis is down each process counts for itself.
 */
export class RequestCounter {
  readonly #limiter: RateLimiterAbstract;

  constructor(redis: Redis | undefined) {
    // What a caller may do is compared by us: it can change at any time. The library only counts.
    const options = { points: Number.MAX_SAFE_INTEGER, duration: WINDOW_S, keyPrefix: 'atelier:requests' };
    const memory = new RateLimiterMemory(options);
    this.#limiter =
      redis === undefined
        ? memory
        : new RateLimiterRedis({
            ...options,
            storeClient: redis,
            rejectIfRedisNotReady: true,
            insuranceLimiter: memory,
          });
  }

  /** Counts one request of `subject`. */
  async count(subject: string): Promise<RequestWindow> {
    const { consumedPoints, msBeforeNext } = await this.#limiter.consume(subject);
    // A clock that was put back would say more than a minute; the window itself ends by a timer.
    return { requests: consumedPoints, resetMs: Math.min(WINDOW_S * 1000, Math.max(0, msBeforeNext)) };
  }
}
