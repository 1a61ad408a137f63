const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];

/** Waits between attempts, as Standard Webhooks recommends: ten attempts in a little more than three days. */
export const RETRY_DELAYS_MS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

/** @param attempt number of the attempt that failed, from 1 @returns undefined when it was the last one */
export function retryDelayMs(attempt: number): number | undefined {
  return RETRY_DELAYS_MS[attempt - 1];
}
