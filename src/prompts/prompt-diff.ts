import { diffArrays } from 'diff';
import { z } from 'zod';

/** One stretch of a comparison of two prompts. What is `same` and `removed` makes the old text, `same` and `added` the new one. */
export const promptChangeSchema = z.object({
  op: z.enum(['same', 'removed', 'added']),
  text: z.string(),
});
export type PromptChange = z.output<typeof promptChangeSchema>;

/** Texts with more words are shown as replaced whole; so are those that differ in more places. */
const MAX_WORDS = 20_000;
const MAX_EDITS = 500;

/** What became of a prompt, word by word; a Chinese character counts as a word. Empty for equal texts. */
export function diffPrompts(before: string, after: string): readonly PromptChange[] {
  if (before === after) return [];
  const [old, current] = [wordsOf(before), wordsOf(after)];
  const changes =
    old.length + current.length > MAX_WORDS
      ? undefined
      : diffArrays([...old], [...current], { maxEditLength: MAX_EDITS });
  if (changes === undefined) {
    const whole: readonly PromptChange[] = [
      { op: 'removed', text: before },
      { op: 'added', text: after },
    ];
    return whole.filter(({ text }) => text !== '');
  }
  return changes.map(({ value, added, removed }) => ({
    op: added ? 'added' : removed ? 'removed' : 'same',
    text: value.join(''),
  }));
}

/** Words, punctuation and blanks; joined they are the text again. */
function wordsOf(text: string): readonly string[] {
  return text.match(/\s+|\p{Script=Han}|[\p{L}\p{N}\p{M}'’-]+|[^]/gu) ?? [];
}
