import { describe, expect, it } from 'vitest';
import { applySuggestion } from './apply-suggestion.js';
import { vagueWord } from './rule-wording.js';
import { contextOf } from './findings.js';
import { VAGUE_WORDS } from './vague-words.js';

const find = (prompt: string) => vagueWord.check(contextOf({ prompt }));

describe('the list of vague words', () => {
  it('holds at least 120, in four categories and two languages', () => {
    expect(VAGUE_WORDS.length).toBeGreaterThanOrEqual(120);
    expect(new Set(VAGUE_WORDS.map(({ category }) => category)).size).toBe(4);
    expect(new Set(VAGUE_WORDS.map(({ phrase }) => phrase)).size).toBe(VAGUE_WORDS.length);
    expect(VAGUE_WORDS.filter(({ phrase }) => /\p{Script=Han}/u.test(phrase)).length).toBeGreaterThanOrEqual(
      40,
    );
  });

  it.each(VAGUE_WORDS.map((word) => [word.phrase, word] as const))(
    '%s is found, and each alternative ends the finding',
    (phrase, { instead }) => {
      const prompt = /\p{Script=Han}/u.test(phrase)
        ? `一座桥，${phrase}，水彩`
        : `a bridge, ${phrase}, watercolour`;
      const [finding, ...others] = find(prompt);
      expect(others).toEqual([]);
      expect(finding && prompt.slice(finding.start, finding.end)).toBe(phrase);
      expect(instead.length).toBeGreaterThanOrEqual(2);
      for (const suggestion of finding?.suggestions ?? []) {
        expect(find(applySuggestion({ prompt }, suggestion).prompt)).toEqual([]);
      }
      expect(finding?.suggestions).toHaveLength(instead.length + 1);
    },
  );
});
