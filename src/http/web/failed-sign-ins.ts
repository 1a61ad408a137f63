import { RateLimiterMemory } from 'rate-limiter-flexible';
import { AppError } from '../../errors.js';

const MAX_FAILURES = 10;
const WINDOW_S = 60;

/** Counts sign-ins that failed, by address. Keys can't be guessed; this keeps those short that operators chose themselves. */
export class FailedSignIns {
  readonly #limiter = new RateLimiterMemory({ points: MAX_FAILURES, duration: WINDOW_S });

  /** @throws AppError rate_limit_exceeded after too many failures from this address */
  async requireFew(address: string): Promise<void> {
    const count = await this.#limiter.get(address);
    if (count === null || count.consumedPoints < MAX_FAILURES) return;
    throw new AppError('rate_limit_exceeded', {
      message: `${MAX_FAILURES} sign-ins from here have failed within a minute. Wait a moment, then try again.`,
      retryAfterMs: Math.max(1, count.msBeforeNext),
    });
  }

  async count(address: string): Promise<void> {
    await this.#limiter.penalty(address);
  }
}
