import { describe, expect, it } from 'vitest';
import { lifecycleStatus } from './lifecycle.js';

const BOTH = { deprecatedOn: '2026-06-02', retiredOn: '2026-12-01' } as const;

describe('lifecycleStatus', () => {
  it.each([
    ['2026-06-01T23:59:59.999Z', 'active'],
    ['2026-06-02T00:00:00.000Z', 'deprecated'],
    ['2026-11-30T23:59:59.999Z', 'deprecated'],
    ['2026-12-01T00:00:00.000Z', 'retired'],
    ['2030-01-01T00:00:00.000Z', 'retired'],
  ] as const)('counts dates from midnight UTC: %s is %s', (now, status) => {
    expect(lifecycleStatus(BOTH, new Date(now))).toBe(status);
  });

  it('retires without an announcement', () => {
    expect(lifecycleStatus({ retiredOn: '2026-01-01' }, new Date('2026-01-01T00:00:00Z'))).toBe('retired');
    expect(lifecycleStatus({ retiredOn: '2026-01-01' }, new Date('2025-12-31T23:59:59Z'))).toBe('active');
  });

  it('keeps a model without dates active for ever', () => {
    expect(lifecycleStatus({}, new Date('2099-12-31T00:00:00Z'))).toBe('active');
    expect(lifecycleStatus({ released: '2020-01-01' }, new Date('2099-12-31T00:00:00Z'))).toBe('active');
  });
});
