import { scanWords, type Topic, type WordMatch } from './scan-words.js';
import { stripEmulationTokens } from './strip-tokens.js';
import type { Understood, UnderstoodSubject } from './understood.js';
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
import { familyOf, subjectTable, type SubjectFamily, type SubjectKind } from './vocabulary/subjects.js';

const quoted =
  /"([^"\n]{1,200})"|“([^”]{1,200})”|「([^」]{1,200})」|『([^』]{1,200})』|«([^»]{1,200})»|„([^“”]{1,200})[“”]/gu;
const negated =
  /(?<![a-z])(?:no|without|not|never|avoid|avoiding|excluding|except|free of|don't draw|do not draw|don't include|do not include)\s+(?:any\s+|a\s+|an\s+|the\s+)?([^,.;:!?\n]{2,60}?)(?=[,.;:!?\n]|\s(?:and(?! no)|but|with|in|on|at|by|under)\s|$)/gu;
const negatedSigns = /(?:没有|不要|無し|无|避免)([\p{Script=Han}]{1,6})/gu;

/** Words for whole groups, understood only where something is to be left out. */
const groups: readonly (readonly [pattern: RegExp, families: readonly SubjectFamily[]])[] = [
  [/\btrees?\b|\bvegetation\b|树/u, ['tree']],
  [/\bbuildings?\b|\barchitecture\b|\bhouses?\b|建筑/u, ['building']],
  [/\bboats?\b|\bships?\b|船/u, ['boat']],
  [/\banimals?\b|\bwildlife\b|动物/u, ['portrait', 'walker', 'swimmer']],
  [/\bvehicles?\b|\btraffic\b/u, ['vehicle']],
  [/\bbridges?\b|桥/u, ['bridge']],
  [/\blanterns?\b|灯笼/u, ['lantern']],
];

const countWords: Readonly<Record<string, number>> = {
  a: 1,
  an: 1,
  one: 1,
  single: 1,
  lone: 1,
  solitary: 1,
  two: 2,
  pair: 2,
  couple: 2,
  both: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  several: 4,
  few: 3,
  many: 6,
  dozens: 8,
  numerous: 7,
};

/** Reads a prompt. Never fails: what isn't understood is left out, and an empty answer still makes a picture. */
export function readPrompt(prompt: string, avoid: readonly string[]): Understood {
  const lettering: string[] = [];
  const spoken = stripEmulationTokens(prompt).replace(quoted, (_whole, ...groupsFound: unknown[]) => {
    const text = groupsFound.find((part) => typeof part === 'string' && part.trim() !== '');
    if (typeof text === 'string' && lettering.length < 4) lettering.push(text.trim());
    return ' , ';
  });
  const refusals: string[] = avoid.map((piece) => piece.toLowerCase().trim()).filter((piece) => piece !== '');
  const take = (_whole: string, phrase: string): string => {
    refusals.push(phrase.trim());
    return ' , ';
  };
  const text = spoken.toLowerCase().replace(negated, take).replace(negatedSigns, take);
  const avoided = readAvoided(refusals);
  const matches = scanWords(text).filter((match) => !avoided.has(match.key));
  const ownColours = new Set<WordMatch>();
  const subjects = readSubjects(text, matches, ownColours);
  return {
    subjects,
    settings: keysOf(matches, 'setting', settingTable),
    season: keysOf(matches, 'season', seasonTable)[0],
    time: keysOf(matches, 'time', timeTable)[0],
    weather: keysOf(matches, 'weather', weatherTable),
    sky: keysOf(matches, 'sky', skyTable),
    style: readStyle(text, keysOf(matches, 'style', styleTable)),
    shot: keysOf(matches, 'shot', shotTable)[0],
    fromBelow: /from below|low[- ]angle|worm'?s[- ]eye|仰视/u.test(text),
    mood: keysOf(matches, 'mood', moodTable)[0],
    poster: /\bposter\b|\bflyer\b|\bcover\b|\bbanner\b|\btypograph|\bbillboard\b|海报/u.test(text),
    palette: readPalette(matches, ownColours),
    lettering: avoided.has('lettering') ? [] : lettering,
    avoid: [...avoided],
  };
}

function readAvoided(refusals: readonly string[]): ReadonlySet<string> {
  const avoided = new Set<string>();
  for (const phrase of refusals) {
    const lower = phrase.replace(/^no\s+/u, '');
    const matches = scanWords(lower);
    for (const match of matches)
      if (match.topic !== 'idle' && match.topic !== 'colour') avoided.add(match.key);
    for (const [pattern, families] of groups) {
      if (!pattern.test(lower)) continue;
      for (const kind of Object.keys(subjectTable)) {
        if (isKeyOf(subjectTable, kind) && families.includes(familyOf(kind))) avoided.add(kind);
      }
    }
    if (/\b(text|letters?|lettering|words?|captions?)\b|文字/u.test(lower)) avoided.add('lettering');
    if (matches.length === 0 && lower !== '') avoided.add(lower.slice(0, 60));
  }
  return avoided;
}

function readSubjects(
  text: string,
  matches: readonly WordMatch[],
  ownColours: Set<WordMatch>,
): readonly UnderstoodSubject[] {
  const found = new Map<SubjectKind, UnderstoodSubject>();
  for (const match of matches) {
    if (match.topic !== 'subject' || !isKeyOf(subjectTable, match.key)) continue;
    const before = text.slice(Math.max(0, match.start - 28), match.start);
    const colour = matches.findLast(
      (other) =>
        other.topic === 'colour' && other.end <= match.start && adjacent(text.slice(other.end, match.start)),
    );
    if (colour !== undefined) ownColours.add(colour);
    const earlier = found.get(match.key);
    found.set(match.key, {
      kind: match.key,
      count: Math.max(earlier?.count ?? 0, readCount(before, match.plural)),
      colour: earlier?.colour ?? colour?.key,
    });
  }
  return [...found.values()].slice(0, 8);
}

/** True when nothing but an adjective stands between a colour and its thing. */
function adjacent(between: string): boolean {
  return (
    /^(?:[ -]|色|的|and|wooden|paper|old|little|small|big|striped|vintage|plain|[ ]){0,4}(?:[a-z]+ )?$/u.test(
      between,
    ) &&
    !between.includes(',') &&
    !/\b(?:and|with|in|on|at|by|over|under|near|behind|of)\b/u.test(between)
  );
}

function readCount(before: string, plural: boolean): number {
  const words = before.split(/[,.;]/u).at(-1)?.trim().split(/\s+/u).slice(-4) ?? [];
  for (const word of words.toReversed()) {
    const number = countWords[word] ?? (/^\d{1,2}$/u.test(word) ? Number(word) : undefined);
    if (number !== undefined && !(plural && number === 1)) return Math.min(12, Math.max(1, number));
  }
  return plural ? 3 : 1;
}

function readStyle(text: string, styles: readonly (keyof typeof styleTable)[]): Understood['style'] {
  const plain = /\bphoto/u.test(text) ? 'photo' : undefined;
  const chosen = styles.find((style) => style !== 'photo') ?? styles[0] ?? plain ?? 'photo';
  return styles.includes('icon') && chosen === 'flat' ? 'icon' : chosen;
}

function readPalette(matches: readonly WordMatch[], ownColours: ReadonlySet<WordMatch>): readonly string[] {
  const colours = matches.filter((match) => match.topic === 'colour' && !ownColours.has(match));
  return [...new Set(colours.map((match) => match.key))].slice(0, 5);
}

function keysOf<T extends object>(
  matches: readonly WordMatch[],
  topic: Topic,
  table: T,
): readonly (keyof T & string)[] {
  const keys = new Set<keyof T & string>();
  for (const match of matches) {
    if (match.topic === topic && isKeyOf(table, match.key)) keys.add(match.key);
  }
  return [...keys];
}

function isKeyOf<T extends object>(table: T, key: string): key is keyof T & string {
  return Object.hasOwn(table, key);
}
