import type { ComparisonBody } from './comparison-body.js';

type Prompt = NonNullable<ComparisonBody['prompts']>[number];

/** Scripts that put no space between words: what stands beside such a letter says nothing of where a word ends. */
const UNSPACED = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}';
const SPACED = `(?![${UNSPACED}])[\\p{L}\\p{N}]`;
const SPACED_LETTER = new RegExp(`^${SPACED}$`, 'u');

/**
 * A prompt with all occurrences of some words replaced, in every part of it. They occur only as whole words: "sun" is not in
 * "sunset".
 * @returns undefined where they don't occur
 */
export function replaceWords(prompt: Prompt, words: string, replacement: string): Prompt | undefined {
  const pattern = patternOf(words, 'gu');
  if (typeof prompt === 'string') {
    return prompt.match(pattern) === null ? undefined : prompt.replace(pattern, () => replacement);
  }
  const change = (text: string): string => text.replace(pattern, () => replacement);
  const texts = Object.values(prompt).flat();
  if (!texts.some((text) => text !== undefined && text.search(pattern) >= 0)) return undefined;
  const changed = Object.fromEntries(
    Object.entries(prompt).map(([part, value]) => [
      part,
      typeof value === 'string' ? change(value) : value?.map(change),
    ]),
  );
  return { ...prompt, ...changed };
}

/** The same words as a prompt writes them in other letters, for those who missed only the capital. */
export function findOtherSpelling(prompt: Prompt, words: string): string | undefined {
  const text = typeof prompt === 'string' ? prompt : Object.values(prompt).flat().join('\n');
  return patternOf(words, 'iu').exec(text)?.[0];
}

function patternOf(words: string, flags: string): RegExp {
  const letters = Array.from(words);
  const bounded = (letter: string | undefined) => letter !== undefined && SPACED_LETTER.test(letter);
  const before = bounded(letters[0]) ? `(?<!${SPACED})` : '';
  const after = bounded(letters.at(-1)) ? `(?!${SPACED})` : '';
  return new RegExp(before + words.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&') + after, flags);
}
