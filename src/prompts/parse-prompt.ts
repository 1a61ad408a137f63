import type { PromptSlot } from '../providers/model.js';
import { trimEdges } from './edges.js';
import { classify, splitManner } from './classify.js';
import { takeLabel, takeNegation, type LabelTarget } from './labels.js';
import { findQuotations, QUOTE_PAIRS, splitSegments } from './segments.js';
import { splitNegative } from './negatives.js';
import type { StructuredPrompt } from './structured-prompt.js';

/** What a segment is about. */
interface Piece {
  readonly slot: PromptSlot;
  readonly text: string;
}

/**
 * Splits free text into slots, by rules: labels ("Lighting: …") first, then negations ("no people"), quoted words that are asked
 * for by themselves, and words that show a slot (`vocabulary.ts`). The first phrase that is left is the subject, all others are
 * details. Nothing is added, and nothing but delimiters and connecting words is lost.
 */
export function parsePrompt(text: string): StructuredPrompt {
  const slots = new Map<PromptSlot, string[]>();
  const avoid: string[] = [];
  const letters: string[] = [];
  let scope: LabelTarget | undefined;
  for (const segment of splitSegments(dropStrayQuotes(text))) {
    const { label, content } = readLabels(segment.text);
    if (label !== undefined) scope = label;
    // "Lighting:" alone in a line is about the next one.
    if (content === '') continue;
    if (scope === 'text') addLetters(content, letters);
    else {
      const negation = takeNegation(content);
      if (negation !== undefined) avoid.push(...splitNegative(tidy(negation)));
      else if (scope === 'avoid') avoid.push(...splitNegative(tidy(content)));
      else if (scope !== undefined) add(slots, { slot: scope, text: content });
      else {
        const lettered = lettersOf(content);
        if (lettered !== undefined) letters.push(lettered);
        else for (const piece of readPhrase(content, slots.has('subject'))) add(slots, piece);
      }
    }
    if (segment.endsSentence) scope = undefined;
  }
  const said = Object.fromEntries([...slots].map(([slot, phrases]) => [slot, joinPhrases(phrases)]));
  const lettering = quotable(letters.filter((part) => part !== '').join('\n'));
  return {
    ...said,
    ...(lettering === '' ? {} : { text: lettering }),
    ...(avoid.length === 0 ? {} : { avoid: [...new Set(avoid)] }),
  };
}

/** Nobody names more manners in one phrase; each look for one reads the whole phrase. What comes after them stays as it is. */
const MAX_MANNERS = 20;

/** What an unlabelled phrase is taken for. @param hasSubject whether a subject was met before */
export function readPhrase(phrase: string, hasSubject: boolean): readonly Piece[] {
  const pieces: Piece[] = [];
  let rest = phrase;
  if (!hasSubject) {
    for (
      let split = splitManner(rest);
      split !== undefined && pieces.length < MAX_MANNERS;
      split = splitManner(rest)
    ) {
      pieces.push({ slot: split.slot, text: split.manner });
      rest = split.rest;
    }
  }
  return [...pieces, { slot: classify(rest) ?? (hasSubject ? 'details' : 'subject'), text: rest }];
}

/** Words to be lettered as a phrase of their own: `with the text "SALE"`. */
export function lettersOf(phrase: string): string | undefined {
  const quotation = findQuotations(phrase)[0];
  if (quotation?.end !== phrase.length || quotation.inner.trim() === '') return undefined;
  const cue = phrase.slice(0, quotation.start).trim().toLowerCase();
  return CUES.has(cue) ? quotation.inner : undefined;
}

const HAN_AT_END = /\p{Script=Han}$/u;

const CUES = new Set([
  'with the text',
  'with the words',
  'with the word',
  'with the lettering',
  'with the caption',
  'the text',
  'the words',
  'text',
  'saying',
  'lettering',
  '文字',
  '写着',
  '文字内容',
  '配文',
]);

/** The quotes that a text can stand between. Its own closing quote would end it. */
export function quotesFor(text: string): readonly [string, string] {
  return QUOTE_PAIRS.find(([, closer]) => !text.includes(closer)) ?? ['"', '"'];
}

/** A text that some pair of quotes can hold: one with all kinds of quotes gets apostrophes for the plain ones. */
export function quotable(text: string): string {
  return text.includes(quotesFor(text)[1]) ? text.replaceAll('"', "'") : text;
}

/** Phrases of one slot as one text. */
export function joinPhrases(phrases: readonly string[]): string {
  let before = '';
  const parts = phrases.map((phrase) => {
    const han = HAN_AT_END.test(before.slice(-2)) && /^\p{Script=Han}/u.test(phrase);
    const gap = before === '' ? '' : han ? '，' : ', ';
    before = phrase;
    return gap + phrase;
  });
  return parts.join('');
}

function readLabels(text: string): { label: LabelTarget | undefined; content: string } {
  let label: LabelTarget | undefined;
  let content = text;
  for (let found = takeLabel(content); found !== undefined; found = takeLabel(content)) {
    label = found.target;
    content = found.rest;
  }
  return { label, content: tidy(content) };
}

function add(slots: Map<PromptSlot, string[]>, { slot, text }: Piece): void {
  const phrase = tidy(text);
  if (phrase === '') return;
  const phrases = slots.get(slot);
  if (phrases === undefined) slots.set(slot, [phrase]);
  else phrases.push(phrase);
}

function addLetters(content: string, letters: string[]): void {
  const quotation = findQuotations(content)[0];
  const whole = quotation?.start === 0 && quotation.end === content.length;
  letters.push(whole ? quotation.inner : content);
}

/** Blanks outside quotations become single spaces, and outer punctuation goes. */
export function tidy(text: string): string {
  return trimEdges(outsideQuotations(text, (part) => part.replace(/\s+/g, ' ')));
}

/** Quotes that no other one closes would pair with those of other phrases: inches become primes, the others go. */
function dropStrayQuotes(text: string): string {
  return outsideQuotations(text, (part) => part.replaceAll('"', '″').replace(/[“”「」『』«»]/g, ''));
}

function outsideQuotations(text: string, change: (part: string) => string): string {
  let changed = '';
  let from = 0;
  for (const { start, end } of findQuotations(text)) {
    changed += change(text.slice(from, start)) + text.slice(start, end);
    from = end;
  }
  return changed + change(text.slice(from));
}
