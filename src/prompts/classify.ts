import { HAN_MARKERS, HEADS, LEADS, type MarkedSlot } from './vocabulary.js';

const SLOTS: readonly MarkedSlot[] = ['style', 'composition', 'lighting', 'mood'];
const LONGEST_MARKER_WORDS = 5;
/** A phrase that says how, not what, is short. */
const MAX_WORDS = 12;
const MAX_HAN_CHARS = 16;

type Markers = ReadonlyMap<string, MarkedSlot>;

const indexOf = (words: Readonly<Record<MarkedSlot, readonly string[]>>): Markers =>
  new Map(SLOTS.flatMap((slot) => words[slot].map((word) => [word, slot] as const)));

const HEAD_MARKERS = indexOf(HEADS);
const LEAD_MARKERS = indexOf(LEADS);
const HAN = indexOf(HAN_MARKERS);
const LONGEST_HAN = Math.max(...[...HAN.keys()].map((word) => word.length));

const ARTICLES = new Set([
  'a',
  'an',
  'the',
  'one',
  'two',
  'three',
  'four',
  'five',
  'some',
  'several',
  'many',
]);
const OPENERS = new Set(['in', 'as', 'with', 'at', 'under', 'by', 'very', 'and', 'plus', 'all']);
const PREPOSITIONS = new Set(
  (
    'in on at under over with by from behind near of through against between beneath to for into across along around above ' +
    'beside inside outside after before during while as that who which where is are being holding wearing'
  ).split(' '),
);

/**
 * The slot that a phrase shows by itself, by the word that it ends or begins with. undefined for phrases that say what is to be
 * seen: those are the subject or details. "children in moonlight" is about children, "cold moonlight" about light.
 */
export function classify(phrase: string): MarkedSlot | undefined {
  if (/\p{Script=Han}/u.test(phrase)) return classifyHan(phrase);
  const words = wordsOf(phrase);
  if (words.length === 0 || words.length > MAX_WORDS) return undefined;
  const lead = startOf(words, LEAD_MARKERS);
  if (lead !== undefined) return lead.slot;
  const whole = endOf(words, HEAD_MARKERS);
  let from = 0;
  while (from < words.length - 1 && OPENERS.has(words[from] ?? '')) from += 1;
  const stated = ARTICLES.has(words[from] ?? '');
  if (stated) from += 1;
  const inner = words.slice(from);
  const preposition = inner.findIndex((word, index) => index > 0 && PREPOSITIONS.has(word));
  // "shallow depth of field" ends with one marker, preposition and all.
  if (whole !== undefined && (preposition === -1 || whole.words >= inner.length - preposition)) {
    return whole.slot;
  }
  // What has an article and a place is a thing in a scene.
  if (stated || preposition === -1) return undefined;
  return endOf(inner.slice(0, preposition), HEAD_MARKERS)?.slot;
}

/** "watercolour of a fox" and "close-up of a bee" hold two slots: how, and what. */
export function splitManner(
  phrase: string,
): { readonly slot: MarkedSlot; readonly manner: string; readonly rest: string } | undefined {
  const match = /^((?:\S+\s+){1,6}?)of\s+(?=\S)/i.exec(phrase);
  if (match === null) return undefined;
  const manner = (match[1] ?? '').trim().replace(/^(?:an?|the)\s+/i, '');
  const slot = endOf(wordsOf(manner), HEAD_MARKERS)?.slot;
  if (slot !== 'style' && slot !== 'composition') return undefined;
  return { slot, manner, rest: phrase.slice(match[0].length) };
}

function classifyHan(phrase: string): MarkedSlot | undefined {
  if (phrase.length > MAX_HAN_CHARS) return undefined;
  for (let length = Math.min(LONGEST_HAN, phrase.length); length > 1; length -= 1) {
    // At its start a marker says how only where little follows: "赛博朋克城市夜景" is a city.
    const leads = phrase.length <= length + 2;
    const slot = HAN.get(phrase.slice(-length)) ?? (leads ? HAN.get(phrase.slice(0, length)) : undefined);
    if (slot !== undefined) return slot;
  }
  return undefined;
}

function wordsOf(phrase: string): readonly string[] {
  return phrase
    .toLowerCase()
    .replaceAll('’', "'")
    .split(/\s+/)
    .filter((word) => word !== '');
}

interface Found {
  readonly slot: MarkedSlot;
  readonly words: number;
}

function endOf(words: readonly string[], markers: Markers): Found | undefined {
  for (let count = Math.min(LONGEST_MARKER_WORDS, words.length); count > 0; count -= 1) {
    const slot = markers.get(words.slice(-count).join(' '));
    if (slot !== undefined) return { slot, words: count };
  }
  return undefined;
}

function startOf(words: readonly string[], markers: Markers): Found | undefined {
  for (let count = Math.min(LONGEST_MARKER_WORDS, words.length); count > 0; count -= 1) {
    const slot = markers.get(words.slice(0, count).join(' '));
    if (slot !== undefined) return { slot, words: count };
  }
  return undefined;
}
