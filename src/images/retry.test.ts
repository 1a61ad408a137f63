import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProviderErrorInfo } from '../providers/provider.js';
import { retryDelayMs, waitForReal } from './retry.js';

const RULES = { attempts: 3, repeatUnknown: false };
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
          expect(retryDelayMs(info, number, chance, RULES)).toBeUndefined();
        },
      ),
    );
  });

  it('sends a call of unknown outcome again only where that is allowed', () => {
    const info: ProviderErrorInfo = {
      kind: 'connection',
      retryable: false,
      billed: 'unknown',
      message: 'cut',
    };
    expect(retryDelayMs(info, 1, 1, RULES)).toBeUndefined();
    expect(retryDelayMs(info, 1, 1, { ...RULES, repeatUnknown: true })).toBe(500);
    // What was billed for certain is known well.
    const billed = { ...info, billed: true, retryable: true };
    expect(retryDelayMs(billed, 1, 1, { ...RULES, repeatUnknown: true })).toBeUndefined();
  });

  it('never asks again after a permanent failure', () => {
    fc.assert(
      fc.property(attempt, random, (number, chance) => {
        expect(retryDelayMs({ ...OVERLOADED, retryable: false }, number, chance, RULES)).toBeUndefined();
      }),
    );
  });

  it('stops after the last attempt, hint or not', () => {
    expect(retryDelayMs(OVERLOADED, RULES.attempts - 1, 0.5, RULES)).toBeDefined();
    expect(retryDelayMs(OVERLOADED, RULES.attempts, 0.5, RULES)).toBeUndefined();
    expect(retryDelayMs({ ...OVERLOADED, retryAfterMs: 1 }, RULES.attempts, 0.5, RULES)).toBeUndefined();
  });

  it.each([
    [1, 0, 375],
    [1, 1, 500],
    [2, 0, 750],
    [2, 1, 1000],
  ])(
    'waits longer each time, spread by a quarter: attempt %i with chance %d waits %i ms',
    (number, chance, delayMs) => {
      expect(retryDelayMs(OVERLOADED, number, chance, RULES)).toBe(delayMs);
    },
  );

  it('obeys the provider’s hint to the millisecond, 0 included', () => {
    fc.assert(
      fc.property(fc.nat(30_000), random, (retryAfterMs, chance) => {
        expect(retryDelayMs({ ...OVERLOADED, retryAfterMs }, 1, chance, RULES)).toBe(retryAfterMs);
      }),
    );
  });

  it('does not wait for a hint of more than half a minute', () => {
    expect(retryDelayMs({ ...OVERLOADED, retryAfterMs: 30_001 }, 1, 0, RULES)).toBeUndefined();
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
