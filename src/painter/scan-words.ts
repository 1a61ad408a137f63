import { colourSigns, colourTable } from './vocabulary/colours.js';
import {
  moodTable,
  seasonTable,
  settingTable,
  shotTable,
  skyTable,
  styleTable,
  timeTable,
  weatherTable,
} from './vocabulary/scenery.js';
import { subjectTable } from './vocabulary/subjects.js';

const tables = {
  subject: subjectTable,
  setting: settingTable,
  season: seasonTable,
  time: timeTable,
  weather: weatherTable,
  sky: skyTable,
  style: styleTable,
  shot: shotTable,
  mood: moodTable,
} as const;

export type Topic = keyof typeof tables | 'colour' | 'idle';

export interface WordMatch {
  readonly topic: Topic;
  /** The entry's key in its table; for colours the pigment. */
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly plural: boolean;
}

interface Vocabulary {
  readonly words: readonly string[];
  readonly signs: readonly string[];
}

interface Phrase {
  readonly topic: Topic;
  readonly key: string;
  readonly pattern: RegExp;
  readonly length: number;
  readonly ideographic: boolean;
}

/** Turns of speech whose words mean nothing that can be drawn. */
const idlePhrases = [
  'negative space',
  'copy space',
  'depth of field',
  'earth tones',
  'white space',
  'street photography',
  'wildlife photography',
  'high quality',
  'day to day',
  'sheet of paper',
  'black and white',
  'body of water',
  'light rain',
  'a bit of',
];

const phrases = buildPhrases();

/**
 * Finds the known words of a text, first to last. A longer phrase hides the shorter ones inside it ("snow leopard" is
 * neither snow nor a leopard); the same phrase may speak to several topics ("moonlit" is a time and a moon).
 */
export function scanWords(text: string): readonly WordMatch[] {
  const found: WordMatch[] = [];
  for (const phrase of phrases) {
    for (const match of text.matchAll(phrase.pattern)) {
      const start = match.index;
      const end = start + match[0].length;
      const hidden = found.some(
        (other) => start < other.end && other.start < end && !(other.start === start && other.end === end),
      );
      if (hidden) continue;
      const plural = !phrase.ideographic && match[0].length > phrase.length;
      found.push({ topic: phrase.topic, key: phrase.key, start, end, plural });
    }
  }
  return found.sort((one, other) => one.start - other.start || one.end - other.end);
}

function buildPhrases(): readonly Phrase[] {
  const built: Phrase[] = idlePhrases.map((words) => englishPhrase('idle', 'idle', words));
  for (const [topic, table] of Object.entries(tables)) {
    if (!isTopic(topic)) continue;
    for (const [key, { words, signs }] of entriesOf(table)) {
      for (const word of words) built.push(englishPhrase(topic, key, word));
      for (const sign of signs) built.push(signPhrase(topic, key, sign));
    }
  }
  for (const [word, hex] of colourTable) built.push(englishPhrase('colour', hex, word));
  for (const [sign, hex] of colourSigns) built.push(signPhrase('colour', hex, sign));
  return built.sort((one, other) => other.length - one.length);
}

/** Each table has its own key type; here only the words matter. */
function entriesOf(table: Readonly<Record<string, Vocabulary>>): readonly (readonly [string, Vocabulary])[] {
  return Object.entries(table);
}

function isTopic(name: string): name is keyof typeof tables {
  return Object.hasOwn(tables, name);
}

function englishPhrase(topic: Topic, key: string, words: string): Phrase {
  const escaped = words.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&').replace(/[ -]/gu, '[ -]');
  const pattern = new RegExp(`(?<![a-z0-9])${escaped}(?:e?s)?(?![a-z0-9])`, 'gu');
  return { topic, key, pattern, length: words.length, ideographic: false };
}

function signPhrase(topic: Topic, key: string, sign: string): Phrase {
  return { topic, key, pattern: new RegExp(sign, 'gu'), length: sign.length, ideographic: true };
}
