import { performance } from 'node:perf_hooks';
import type { RetryErrorInfo, RetryStrategyV2, RetryToken } from '@smithy/types';

/** How long a store is waited for that is busy or gone: a restart or a failover takes seconds, and the picture may be paid for. */
export const PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** Of one call. */
interface PatientToken extends RetryToken {
  /** When its first attempt failed. */
  readonly failedAtMs: number | undefined;
}

/**
 * Repeats a call for `PATIENCE_MS` from its first failure on, however many others have failed meanwhile. The client's own way counts
 * attempts whose waits may all be short by chance, and lets a hundred calls that fail spoil the hopes of all others.
 */
export class S3Patience implements RetryStrategyV2 {
  readonly #now: () => number;

  /** @param now milliseconds that only grow */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  acquireInitialRetryToken(): Promise<PatientToken> {
    return Promise.resolve(makeToken(0, 0, undefined));
  }

  /** @throws Error when nothing is to be hoped for any more; the client then throws the call's own error */
  refreshRetryTokenForRetry(token: RetryToken, { errorType }: RetryErrorInfo): Promise<PatientToken> {
    const nowMs = this.#now();
    const failedAtMs =
      ('failedAtMs' in token && typeof token.failedAtMs === 'number' ? token.failedAtMs : undefined) ?? nowMs;
    if (errorType === 'CLIENT_ERROR' || nowMs - failedAtMs > PATIENCE_MS) {
      return Promise.reject(new Error('the call is not repeated'));
    }
    const count = token.getRetryCount();
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** count);
    // Spread, so that those who failed together don't come back together.
    return Promise.resolve(makeToken(count + 1, pauseMs * (0.5 + Math.random() / 2), failedAtMs));
  }

  recordSuccess(): void {
    // Nothing is counted.
  }
}

function makeToken(count: number, delayMs: number, failedAtMs: number | undefined): PatientToken {
  return { failedAtMs, getRetryCount: () => count, getRetryDelay: () => delayMs };
}
