import { readPrompt } from '../read-prompt.js';
import { scanWords, type WordMatch } from '../scan-words.js';
import { stripEmulationTokens } from '../strip-tokens.js';
import type { Understood, UnderstoodEdit, UnderstoodSubject } from '../understood.js';
import { colourSigns, colourTable } from '../vocabulary/colours.js';
import { readLooks } from './looks.js';
import { splitInstruction } from './split-instruction.js';

/** An instruction as understood: a prompt's reading plus what is special to edits. */
export interface Instruction extends Understood {
  readonly edit: UnderstoodEdit;
  /** The instruction without what is to be kept, left behind or removed. */
  readonly wish: string;
}

/**
 * Reads an instruction. With a mask, the words describe what shall be seen inside it, so a subject needs no "add".
 * Never fails; what isn't understood is left out and `edit.unread` says when that is everything.
 */
export function readInstruction(prompt: string, avoid: readonly string[], masked: boolean): Instruction {
  const parts = splitInstruction(stripEmulationTokens(prompt).toLowerCase());
  const recolour = readRecolour(parts.wish);
  const wish = recolour === undefined ? parts.wish : parts.wish.replace(recolour.phrase, ' , ');
  const read = readPrompt(wish, avoid);
  const matches = scanWords(wish);
  const kept = keysIn(parts.kept);
  const removed = keysIn(parts.removed);
  const looks = readLooks(wish);
  const style = readStyle(wish, matches);
  const background = parts.background || /\bbackground\b|\bbackdrop\b|背景/u.test(wish);
  const season =
    read.season ??
    (/\b(?:it|to|into|like|in|a|deep|early|late) (?:the )?fall\b/u.test(wish) ? 'autumn' : undefined);
  const subjects = read.subjects.filter(
    (subject) =>
      !kept.includes(subject.kind) &&
      !removed.includes(subject.kind) &&
      (masked || isNew(subject, wish, matches)),
  );
  const palette = looks.includes('monochrome') || looks.includes('sepia') ? [] : read.palette;
  const unread =
    subjects.length === 0 &&
    (background || masked ? read.settings.length === 0 : true) &&
    season === undefined &&
    read.time === undefined &&
    read.weather.length === 0 &&
    read.sky.length === 0 &&
    looks.length === 0 &&
    style === undefined &&
    palette.length === 0 &&
    recolour === undefined &&
    read.lettering.length === 0 &&
    !(masked && (removed.length > 0 || parts.removed !== ''));
  return {
    ...read,
    season,
    subjects,
    palette,
    avoid: read.avoid.filter((key) => !kept.includes(key)),
    wish,
    edit: {
      kept,
      removed,
      removes: parts.removed !== '',
      looks,
      style,
      recolour: recolour === undefined ? undefined : { target: recolour.target, colour: recolour.colour },
      background,
      place: readPlace(wish),
      unread,
    },
  };
}

function keysIn(text: string): readonly string[] {
  if (text.trim() === '') return [];
  const keys = scanWords(text).filter((match) => match.topic !== 'idle' && match.topic !== 'colour');
  return [...new Set(keys.map((match) => match.key))];
}

const adding =
  /\b(?:add|adding|put|place|insert|include|introduce|draw|paint in|with|have|featuring|show|flying|floating|sailing)\b[^.;!?\n]*$/u;
const addingSigns = /[加添放画][^。；！？\n]{0,16}$|[一两三几]\p{Script=Han}?[^。；，\n]{0,4}$/u;

/** "A boat" is wanted; "the boat" is in the picture already, unless it was told to be added. */
function isNew(subject: UnderstoodSubject, wish: string, matches: readonly WordMatch[]): boolean {
  return matches.some((match) => {
    if (match.topic !== 'subject' || match.key !== subject.kind) return false;
    const clause =
      wish
        .slice(0, match.start)
        .split(/[.;!?\n。；！？]/u)
        .at(-1) ?? '';
    const nearby = clause.split(/[,，]/u).at(-1) ?? '';
    const definite = /\b(?:the|this|that|its|his|her|their|my|these|those)(?:\s+[\w-]+){0,2}\s*$/u.test(
      nearby,
    );
    if (
      /\b(?:of|behind|near|beside|on|in|under|above|over|next to|to|from|below|around|along)\s+(?:the|this|that)\b[^,]*$/u.test(
        nearby,
      ) &&
      definite
    )
      return false;
    if (definite) return /\badd\b[^,]*$/u.test(nearby);
    const counted =
      /\b(?:an?|one|two|three|four|five|six|several|some|more|another|many|few)(?:\s+[\w-]+){0,3}\s*$/u.test(
        nearby,
      );
    return counted || adding.test(clause) || addingSigns.test(clause) || nearby.trim() === '';
  });
}

function readStyle(text: string, matches: readonly WordMatch[]): UnderstoodEdit['style'] {
  if (/\blow[- ]?poly\b|低多边形/u.test(text)) return 'low-poly';
  if (/\bcartoon\b|\banime\b|\bcomic\b|动漫|卡通/u.test(text)) return 'flat';
  if (/素描|铅笔/u.test(text)) return 'line';
  for (const match of matches) {
    if (match.topic !== 'style') continue;
    switch (match.key) {
      case 'watercolour':
      case 'ink':
      case 'flat':
      case 'woodblock':
      case 'oil':
      case 'pixel':
      case 'line':
        return match.key;
      default:
    }
  }
  return undefined;
}

interface Recolour {
  readonly phrase: string;
  readonly target: NonNullable<UnderstoodEdit['recolour']>['target'];
  readonly colour: string;
}

const colourNames = colourTable
  .map(([word]) => word)
  .sort((one, other) => other.length - one.length)
  .join('|');
const recolouring = new RegExp(
  `\\b(?:make|paint|turn|colou?r|recolou?r|dye|tint|change)\\s+(?:the\\s+)?(?:colou?r of\\s+)?(?:the|his|her|its|their|all)\\s+([a-z' -]{2,40}?)(?:'s colou?r)?\\s+(?:to\\s+|into\\s+|in\\s+)?(?:be\\s+)?(?:a\\s+)?(?:bright |deep |pale |vivid |light |dark )?(${colourNames})\\b(?![ -](?:hour|and|light|sky))`,
  'u',
);
const recolouringSigns = new RegExp(
  `[把将]([\\p{Script=Han}]{1,8}?)(?:变成|换成|改成|变为|改为|涂成|染成)(${colourSigns.map(([sign]) => sign).join('|')})色?`,
  'u',
);

/** "Make the car red", "把车变成红色". */
function readRecolour(text: string): Recolour | undefined {
  const english = recolouring.exec(text);
  if (english !== null) {
    const colour = colourTable.find(([word]) => word === english[2])?.[1];
    const target = targetOf(english[1] ?? '');
    if (colour !== undefined && target !== undefined) return { phrase: english[0], target, colour };
  }
  const signs = recolouringSigns.exec(text);
  if (signs === null) return undefined;
  const colour = colourSigns.find(([sign]) => sign === signs[2])?.[1];
  const target = targetOf(signs[1] ?? '');
  return colour === undefined || target === undefined ? undefined : { phrase: signs[0], target, colour };
}

/** Undefined for the whole picture, which a palette colours. */
function targetOf(words: string): Recolour['target'] | undefined {
  if (
    /\b(?:picture|image|photo|painting|scene|whole|everything|mood|tones?|colou?rs?|light(?:ing)?)\b|画面|图片|照片|整/u.test(
      words,
    )
  )
    return undefined;
  if (/\bsky\b|\bclouds?\b|天/u.test(words)) return 'sky';
  if (/\b(?:leaves|leaf|foliage|trees?|grass|plants?|lawn|meadow|bush(?:es)?)\b|[树叶草]/u.test(words))
    return 'foliage';
  if (/\b(?:water|sea|ocean|lake|pond|river|pool)\b|[水海湖池河]/u.test(words)) return 'water';
  if (/\b(?:ground|road|street|floor|sand|field)\b|[地路]/u.test(words)) return 'ground';
  return 'subject';
}

function readPlace(text: string): UnderstoodEdit['place'] {
  const across = /\bleft\b|左/u.test(text)
    ? 'left'
    : /\bright\b|右/u.test(text)
      ? 'right'
      : /\b(?:cent(?:re|er)|middle)\b|中间|中央/u.test(text)
        ? 'centre'
        : undefined;
  const down = /\b(?:top|upper|above|sky)\b|上方|天上|空中/u.test(text)
    ? 'top'
    : /\b(?:foreground|bottom|front|lower)\b|前景|下方|前面/u.test(text)
      ? 'front'
      : /\b(?:distance|distant|far|horizon|behind)\b|远处|后面/u.test(text)
        ? 'far'
        : undefined;
  return { across, down };
}
