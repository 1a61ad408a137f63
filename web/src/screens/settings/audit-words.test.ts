import { describe, expect, it } from 'vitest';
import { actionWords, differences } from './audit-words.js';

describe('what an entry of the audit log tells', () => {
  it('is what differs, by name, in whatever depth', () => {
    const before = { name: 'a', limits: { monthly_credits: 5, models: ['x'] }, prc_opt_in: false };
    const after = { name: 'a', limits: { models: ['x', 'y'] }, prc_opt_in: true };
    expect(differences(before, after)).toStrictEqual([
      { name: 'limits.monthly_credits', before: '5', after: undefined },
      { name: 'limits.models', before: '["x"]', after: '["x","y"]' },
      { name: 'prc_opt_in', before: 'false', after: 'true' },
    ]);
  });

  it('is everything of what was made or removed, and nothing of what is the same', () => {
    expect(differences(undefined, { id: 'key_1', limits: {} })).toStrictEqual([
      { name: 'id', before: undefined, after: 'key_1' },
    ]);
    expect(differences({ id: 1 }, null)).toStrictEqual([{ name: 'id', before: '1', after: undefined }]);
    expect(differences({ a: 1 }, { a: 1 })).toStrictEqual([]);
  });

  it('has plain words, and the name of what is too new for them', () => {
    expect(actionWords('key.revoked')).toBe('Key revoked');
    expect(actionWords('moon.phased')).toBe('moon.phased');
  });
});
