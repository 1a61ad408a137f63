import { beforeEach, expect, it } from 'vitest';
import { S3Patience } from './s3-patience.js';

let nowMs: number;
let patience: S3Patience;

beforeEach(() => {
  nowMs = 5_000;
  patience = new S3Patience(() => nowMs);
});

/** Fails at once every time. @returns when each attempt began, in ms */
async function attempt(): Promise<readonly number[]> {
  const startMs = nowMs;
  const begun = [0];
  let token = await patience.acquireInitialRetryToken();
  for (;;) {
    try {
      token = await patience.refreshRetryTokenForRetry(token, { errorType: 'TRANSIENT' });
    } catch {
      return begun;
    }
    nowMs += token.getRetryDelay();
    begun.push(nowMs - startMs);
  }
}

it('repeats a call for ten seconds, also while many others fail', async () => {
  for (let call = 0; call < 200; call += 1) {
    const begun = await attempt();
    expect(begun.at(-1)).toBeGreaterThan(10_000);
    expect(begun.at(-1)).toBeLessThan(11_001);
    const pauses = begun.slice(1).map((ms, index) => ms - (begun[index] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1_000);
  }
});

it('counts from the first failure, not from the beginning of a slow attempt', async () => {
  const token = await patience.acquireInitialRetryToken();
  nowMs += 60_000;
  const again = await patience.refreshRetryTokenForRetry(token, { errorType: 'SERVER_ERROR' });
  expect(again.getRetryCount()).toBe(1);
});

it('does not repeat what the store will refuse again', async () => {
  const token = await patience.acquireInitialRetryToken();
  await expect(patience.refreshRetryTokenForRetry(token, { errorType: 'CLIENT_ERROR' })).rejects.toThrow();
});
