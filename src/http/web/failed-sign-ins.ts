import { AppError } from '../../errors.js';
import type { FailureCounter } from '../../limits/failure-counter.js';
import { countedAddress } from '../../net/client-addresses.js';

const MAX_FAILURES = 10;

/** Counts sign-ins that failed, by address. Keys can't be guessed; this keeps those short that operators chose themselves. */
export class FailedSignIns {
  readonly #counter: FailureCounter;

  constructor(counter: FailureCounter) {
    this.#counter = counter;
  }

  /** Counts a sign-in as failed, until it is taken back. @throws AppError rate_limit_exceeded after too many from this address */
  async count(address: string): Promise<void> {
    const { failures, resetMs } = await this.#counter.count(countedAddress(address));
    if (failures <= MAX_FAILURES) return;
    throw new AppError('rate_limit_exceeded', {
      message: `${MAX_FAILURES} sign-ins from here have failed within a minute. Wait a moment, then try again.`,
      retryAfterMs: resetMs,
    });
  }

  /** It was no failure. */
  async takeBack(address: string): Promise<void> {
    await this.#counter.takeBack(countedAddress(address));
  }
}
