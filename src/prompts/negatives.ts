import type { PromptLanguage } from './language.js';
import { takeNegation } from './labels.js';
import { trimEdges } from './edges.js';
import { findQuotations } from './segments.js';

const OPENERS: Readonly<Record<PromptLanguage, readonly string[]>> = {
  en: ['no ', 'without ', 'avoid '],
  zh: ['不要', '不要出现', '避免', '不含'],
};

const DELIMITERS = /[,;\n，、；]/;

/** The things that a negative prompt names: "no rain, people" gives rain and people. Quotations stay whole. */
export function splitNegative(negative: string): readonly string[] {
  const parts: string[] = [];
  const quotations = findQuotations(negative);
  let start = 0;
  let next = 0;
  for (let index = 0; index < negative.length; index += 1) {
    const quotation = quotations[next];
    if (quotation?.start === index) {
      index = quotation.end - 1;
      next += 1;
    } else if (DELIMITERS.test(negative.charAt(index))) {
      parts.push(negative.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(negative.slice(start));
  // What is nothing but punctuation names nothing.
  return parts.map(stripNegation).filter((part) => /[\p{L}\p{N}\p{S}]/u.test(part));
}

/** A thing to leave out, without words that say so already. */
function stripNegation(thing: string): string {
  const trimmed = trimEdges(thing);
  return takeNegation(trimmed) ?? trimmed;
}

/** Things to leave out as a sentence: "No rain, no people." Empty for none. */
export function negativePhrase(things: readonly string[], language: PromptLanguage): string {
  if (things.length === 0) return '';
  const parts = things.map((thing) => {
    // "no one-eyed cats" would be read as something else than "no" and what follows.
    const opener = OPENERS[language].find((word) => takeNegation(word + thing) === thing);
    return `${opener ?? OPENERS[language][0] ?? ''}${thing}`;
  });
  const phrase = parts.join(language === 'zh' ? '，' : ', ');
  return language === 'zh' ? `${phrase}。` : `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
}

/** Adds the sentence to a prompt, ending the prompt's own last sentence first. */
export function appendNegatives(prompt: string, things: readonly string[], language: PromptLanguage): string {
  const phrase = negativePhrase(things, language);
  const start = prompt.trimEnd();
  if (phrase === '') return start;
  if (start === '') return phrase;
  const stop = language === 'zh' ? '。' : '.';
  const gap = language === 'zh' ? '' : ' ';
  return `${start}${/[.!?。！？]$/.test(start) ? '' : stop}${gap}${phrase}`;
}
