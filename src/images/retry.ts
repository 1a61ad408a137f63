import { setTimeout as sleep } from 'node:timers/promises';
import type { ProviderErrorInfo } from '../providers/provider.js';
import { isUnknownOutcome } from './go-on.js';

/** What decides beside the failure itself. */
export interface RetryRules {
  /** Calls to one route, the first included. */
  readonly attempts: number;
  /** Whether a call of unknown outcome may be sent again, at the risk that it is paid for twice. */
  readonly repeatUnknown: boolean;
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 8_000;

/** Longer hints mean: not now. The failure is answered with the hint instead. */
const MAX_HINT_MS = 30_000;

/**
 * Milliseconds until the next attempt, or undefined when there must be none: the failure is permanent, may have been
 * billed (a retry never buys twice), the attempts are used up or the provider asks for too long a wait.
 * @param attempt number of the failed attempt, from 1
 * @param random from 0 to 1
 */
export function retryDelayMs(
  info: ProviderErrorInfo,
  attempt: number,
  random: number,
  rules: RetryRules,
): number | undefined {
  const again = isUnknownOutcome(info) ? rules.repeatUnknown : info.retryable && info.billed === false;
  if (!again || attempt >= rules.attempts) return undefined;
  if (info.retryAfterMs !== undefined) return info.retryAfterMs > MAX_HINT_MS ? undefined : info.retryAfterMs;
  const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return Math.round(delay * (0.75 + 0.25 * random));
}

/** Waits, or stops waiting when the signal fires. */
export type Wait = (delayMs: number, signal: AbortSignal) => Promise<void>;

export const waitForReal: Wait = async (delayMs, signal) => {
  await sleep(delayMs, undefined, { signal });
};
