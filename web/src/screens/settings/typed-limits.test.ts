import { describe, expect, it } from 'vitest';
import { limitWords, NO_LIMITS, readLimits, typeLimits, withoutLifted } from './typed-limits.js';

describe('typed limits', () => {
  it('are read as a change that lifts what is empty', () => {
    expect(
      readLimits({ requests: ' 60 ', pictures: '', credits: '12,5', megabytes: '0', models: ['a'] }),
    ).toStrictEqual({
      limits: {
        requests_per_minute: 60,
        images_in_flight: null,
        monthly_credits: 12.5,
        storage_bytes: 0,
        models: ['a'],
      },
    });
  });

  it('say what is wrong, each at its place', () => {
    const read = readLimits({ requests: '0', pictures: '1.5', credits: '-1', megabytes: 'much', models: [] });
    expect(read).toStrictEqual({
      problems: {
        requests: 'Give a whole number from 1 to 1,000,000.',
        pictures: 'Give a whole number from 1 to 1,000,000.',
        credits: 'Give a number from 0 to 1,000,000,000.',
        megabytes: 'Give a number from 0 to 1,000,000,000.',
      },
    });
  });

  it('are what they were when written back, and nothing where there are none', () => {
    const limits = { requests_per_minute: 5, storage_bytes: 1_500_000, models: ['x', 'y'] };
    const read = readLimits(typeLimits(limits));
    expect('limits' in read ? withoutLifted(read.limits) : read).toStrictEqual(limits);
    const none = readLimits(NO_LIMITS);
    expect('limits' in none ? withoutLifted(none.limits) : none).toStrictEqual({});
    expect(limitWords({})).toBe('');
    expect(limitWords(limits)).toBe('5 requests a minute · 1.5 MB stored · only x, y');
  });
});
