import { findEdges } from './edges.js';
import { startsWithSign } from './labels.js';

/** A stretch of a prompt between two delimiters. Offsets are UTF-16 units of the source. */
export interface Segment {
  /** Without outer blanks and punctuation, inner blanks as they are. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Whether a sentence ends with it: labels reach no further. */
  readonly endsSentence: boolean;
}

/** A quotation; quotes of both kinds included in the range, `inner` is what stands between them. */
export interface Quotation {
  readonly start: number;
  readonly end: number;
  readonly inner: string;
}

/** Pairs of quotes that are understood. Apostrophes are none: they stand in words. */
export const QUOTE_PAIRS = [
  ['"', '"'],
  ['“', '”'],
  ['「', '」'],
  ['『', '』'],
  ['«', '»'],
] as const;

const CLOSERS: ReadonlyMap<string, string> = new Map(QUOTE_PAIRS);
const SENTENCE_ENDS = new Set([';', '；', '。', '！', '？', '!', '?', '\n']);
const COMMAS = new Set([',', '，']);
/** Words whose full stop ends no sentence. */
const ABBREVIATIONS = new Set(
  'a.m p.m e.g i.e etc vs st mr mrs ms dr no nr approx ca cf fig vol jr sr mt ft'.split(' '),
);

/** All closed quotations, in order; what is never closed is no quotation. Linear. */
export function findQuotations(text: string): readonly Quotation[] {
  const lastCloser = new Map([...CLOSERS.values()].map((closer) => [closer, text.lastIndexOf(closer)]));
  const found: Quotation[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const closer = CLOSERS.get(text.charAt(index));
    // Looked for only where there is one, so that many openers cost no more than one pass.
    if (closer === undefined || (lastCloser.get(closer) ?? -1) <= index) continue;
    const end = text.indexOf(closer, index + 1);
    found.push({ start: index, end: end + 1, inner: text.slice(index + 1, end) });
    index = end;
  }
  return found;
}

/** Splits a prompt at its commas and ends of sentences, never inside a quotation. Linear. */
export function splitSegments(text: string): readonly Segment[] {
  const quotations = findQuotations(text);
  const segments: Segment[] = [];
  let start = 0;
  let next = 0;
  const cut = (end: number, endsSentence: boolean): void => {
    const segment = trim(text, start, end, endsSentence);
    if (segment !== undefined) segments.push(segment);
    else if (endsSentence) closeLast(segments);
    start = end + 1;
  };
  for (let index = 0; index < text.length; index += 1) {
    const quotation = quotations[next];
    if (quotation?.start === index) {
      index = quotation.end - 1;
      next += 1;
      continue;
    }
    const char = text.charAt(index);
    if (SENTENCE_ENDS.has(char)) cut(index, true);
    else if (COMMAS.has(char) && !(char === ',' && isBetweenDigits(text, index))) cut(index, false);
    else if (char === '.' && endsSentence(text, start, index)) cut(index, true);
  }
  cut(text.length, true);
  return segments;
}

/** "soft, . Mood:" has an end of sentence with nothing before it: it belongs to the segment before. */
function closeLast(segments: Segment[]): void {
  const last = segments.at(-1);
  if (last !== undefined) segments[segments.length - 1] = { ...last, endsSentence: true };
}

function trim(text: string, from: number, to: number, endsSentence: boolean): Segment | undefined {
  const { start, end } = findEdges(text, from, to);
  // A colon stays: it may end a label whose words follow in the next line.
  const colon = /[:：]/.test(text.charAt(end)) && end < to ? 1 : 0;
  return start === end ? undefined : { text: text.slice(start, end + colon), start, end, endsSentence };
}

function isBetweenDigits(text: string, index: number): boolean {
  return /\d/.test(text.charAt(index - 1)) && /\d/.test(text.charAt(index + 1));
}

/** A full stop before a blank and something that isn't a small letter; labels and negations end a sentence in any case. */
function endsSentence(text: string, start: number, index: number): boolean {
  const after = text.charAt(index + 1);
  if (after === '') return true;
  if (!/\s/.test(after)) return false;
  let next = index + 1;
  while (next < text.length && /\s/.test(text.charAt(next))) next += 1;
  // A label has at most a few words.
  if (startsWithSign(text.slice(next, next + 40))) return true;
  if (/\p{Ll}/u.test(text.charAt(next))) return false;
  const word = wordBefore(text, start, index);
  return !/^\p{Lu}$/u.test(word) && !ABBREVIATIONS.has(word.toLowerCase());
}

function wordBefore(text: string, start: number, index: number): string {
  let from = index;
  while (from > start && index - from < 12 && /[\p{Script=Latin}.]/u.test(text.charAt(from - 1))) from -= 1;
  return text.slice(from, index);
}
