import { setTimeout as sleep } from 'node:timers/promises';
import type { ProviderErrorInfo } from '../providers/provider.js';

/** Calls for one image, the first included. */
export const MAX_ATTEMPTS = 3;

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
export function retryDelayMs(info: ProviderErrorInfo, attempt: number, random: number): number | undefined {
  if (!info.retryable || info.billed !== false || attempt >= MAX_ATTEMPTS) return undefined;
  if (info.retryAfterMs !== undefined) return info.retryAfterMs > MAX_HINT_MS ? undefined : info.retryAfterMs;
  const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return Math.round(delay * (0.75 + 0.25 * random));
}

/** Waits, or stops waiting when the signal fires. */
export type Wait = (delayMs: number, signal: AbortSignal) => Promise<void>;

export const waitForReal: Wait = async (delayMs, signal) => {
  await sleep(delayMs, undefined, { signal });
};
