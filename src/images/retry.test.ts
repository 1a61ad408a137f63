import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProviderErrorInfo } from '../providers/provider.js';
import { MAX_ATTEMPTS, retryDelayMs, waitForReal } from './retry.js';

const OVERLOADED: ProviderErrorInfo = { kind: 'overloaded', retryable: true, billed: false, message: 'busy' };

const random = fc.double({ min: 0, max: 1, noNaN: true });
const attempt = fc.integer({ min: 1, max: 5 });

describe('retryDelayMs', () => {
  it('never asks again after what was or may have been billed, whatever else is said', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(true, 'unknown' as const),
        fc.boolean(),
        fc.option(fc.nat(60_000)),
        attempt,
        random,
        (billed, retryable, hint, number, chance) => {
          const info = { ...OVERLOADED, billed, retryable, ...(hint === null ? {} : { retryAfterMs: hint }) };
          expect(retryDelayMs(info, number, chance)).toBeUndefined();
        },
      ),
    );
  });

  it('never asks again after a permanent failure', () => {
    fc.assert(
      fc.property(attempt, random, (number, chance) => {
        expect(retryDelayMs({ ...OVERLOADED, retryable: false }, number, chance)).toBeUndefined();
      }),
    );
  });

  it('stops after the last attempt, hint or not', () => {
    expect(retryDelayMs(OVERLOADED, MAX_ATTEMPTS - 1, 0.5)).toBeDefined();
    expect(retryDelayMs(OVERLOADED, MAX_ATTEMPTS, 0.5)).toBeUndefined();
    expect(retryDelayMs({ ...OVERLOADED, retryAfterMs: 1 }, MAX_ATTEMPTS, 0.5)).toBeUndefined();
  });

  it.each([
    [1, 0, 375],
    [1, 1, 500],
    [2, 0, 750],
    [2, 1, 1000],
  ])(
    'waits longer each time, spread by a quarter: attempt %i with chance %d waits %i ms',
    (number, chance, delayMs) => {
      expect(retryDelayMs(OVERLOADED, number, chance)).toBe(delayMs);
    },
  );

  it('obeys the provider’s hint to the millisecond, 0 included', () => {
    fc.assert(
      fc.property(fc.nat(30_000), random, (retryAfterMs, chance) => {
        expect(retryDelayMs({ ...OVERLOADED, retryAfterMs }, 1, chance)).toBe(retryAfterMs);
      }),
    );
  });

  it('does not wait for a hint of more than half a minute', () => {
    expect(retryDelayMs({ ...OVERLOADED, retryAfterMs: 30_001 }, 1, 0)).toBeUndefined();
  });
});

describe('waitForReal', () => {
  it('stops waiting as soon as the signal fires', async () => {
    const abort = new AbortController();
    const waiting = waitForReal(3_600_000, abort.signal);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
