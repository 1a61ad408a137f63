import { describe, expect, it } from 'vitest';
import { findKeyListProblem, parseKeyList } from './key-list.js';

describe('a list of keys', () => {
  it('is one key, or several with weights', () => {
    expect(parseKeyList('sk-abc')).toMatchObject([{ number: 1, key: 'sk-abc', weight: 1 }]);
    expect(parseKeyList(' sk-a@3 , sk-b,sk-c@d@2')).toMatchObject([
      { number: 1, key: 'sk-a', weight: 3 },
      { number: 2, key: 'sk-b', weight: 1 },
      { number: 3, key: 'sk-c@d', weight: 2 },
    ]);
  });

  it.each([
    ['sk-a,,sk-b', 'must have a key between its commas; number 2 is empty'],
    ['sk-a,', 'must have a key between its commas; number 2 is empty'],
    ['sk-a@0', 'must have weights from 1 to 100; that of key 1 is not'],
    ['sk-a@101,sk-b', 'must have weights from 1 to 100; that of key 1 is not'],
    ['sk-a@2,sk-b,sk-a', 'must have each key once; key 3 is there twice'],
    [Array.from({ length: 51 }, (_, n) => `sk-${n}`).join(','), 'must have at most 50 keys'],
  ])('%s is wrong, and the message repeats no key', (written, problem) => {
    expect(findKeyListProblem(written)).toBe(problem);
  });

  it('tells the same key by the same id wherever it stands, and no key by its id', () => {
    const [first] = parseKeyList('sk-a');
    const [, second] = parseKeyList('sk-b,sk-a@4');
    expect(second?.id).toBe(first?.id);
    expect(first?.id).not.toContain('sk');
  });
});
