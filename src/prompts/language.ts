import type { Script } from '../providers/model.js';

/** The language that connecting words are written in; everything that isn't Chinese gets English ones. */
export type PromptLanguage = 'en' | 'zh';

const HAN = /\p{Script=Han}/u;
const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;
const LETTER = /\p{L}/u;
const LATIN = /\p{Script=Latin}/u;

/** Chinese where at least a third of the letters are Han and none is Japanese. Reads each character once. */
export function languageOf(text: string): PromptLanguage {
  let han = 0;
  let letters = 0;
  for (const char of text) {
    if (KANA.test(char)) return 'en';
    if (HAN.test(char)) han += 1;
    else if (LETTER.test(char)) letters += 1;
  }
  // A Chinese character says about as much as a short word.
  return han > 0 && han * 3 >= letters ? 'zh' : 'en';
}

/** Scripts of the letters in a text. */
export function scriptsOf(text: string): ReadonlySet<Script> {
  const scripts = new Set<Script>();
  for (const char of text) {
    if (!LETTER.test(char)) continue;
    scripts.add(HAN.test(char) ? 'han' : LATIN.test(char) ? 'latin' : 'other');
  }
  return scripts;
}

/** Unicode characters, not UTF-16 units. */
export function countChars(text: string): number {
  return Array.from(text).length;
}
