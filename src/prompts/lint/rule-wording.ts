/** Rules over single words and phrases: vague ones, openings that say nothing, syntax of other tools. */
import {
  isQuoted,
  removeSegment,
  replace,
  segmentAt,
  shorten,
  type Field,
  type Finding,
  type Rule,
  type TextEdit,
} from './findings.js';
import { findQuotations } from '../segments.js';
import { PhraseFinder, type PhraseHit } from './phrase-finder.js';
import { VAGUE_WORDS, type VagueWord } from './vague-words.js';

const finder = new PhraseFinder(VAGUE_WORDS.map((word) => [word.phrase, word] as const));

export const vagueWord: Rule = {
  id: 'vague-word',
  title: 'A word that says nothing in particular',
  why: 'The model fills it with its average. Say what makes the thing so, and it can be painted.',
  examples: {
    fails: [
      { prompt: 'a beautiful garden, oil painting' },
      { prompt: 'a lighthouse, dramatic lighting, photograph' },
      { prompt: { subject: 'a teapot', style: 'modern style' } },
      { prompt: '一座漂亮的花园，水彩' },
    ],
    passes: [
      { prompt: 'a walled garden with espaliered pears, oil painting' },
      { prompt: 'the old town of Nice seen from the sea, photograph' },
      { prompt: 'a circle of stones, cool blue light, a sign saying "BEAUTIFUL DAY", photograph' },
      { prompt: '一座种着梨树的花园，水彩' },
    ],
  },
  check: ({ said }) =>
    said.flatMap((field) =>
      finder
        .find(field.text)
        .filter((hit) => !isQuoted(field, hit.start) && !isName(field, hit) && !isMeant(hit))
        .map((hit) => describeVague(field, hit)),
    ),
};

function describeVague(field: Field, hit: PhraseHit<VagueWord>): Finding {
  const { value, start, end } = hit;
  const word = field.text.slice(start, end);
  const examples = value.instead.map((text) => ({
    label: `for example "${text}"`,
    edits: [replace(field.name, start, end, text)],
  }));
  const without = { label: 'leave it out', edits: [leaveOut(field, hit)] };
  return {
    rule: 'vague-word',
    severity: 'info',
    field: field.name,
    start,
    end,
    message: `"${word}" leaves the ${value.category} to the model. Say what is to be seen, for example "${value.instead[0] ?? ''}".`,
    // Before its noun an adjective can only go; the example says what kind of thing to write behind the noun.
    suggestions: hit.next === '' ? [...examples, without] : [without, ...examples],
  };
}

/** The word with its blank; "a", "an" before it fit what follows. */
function leaveOut(field: Field, { start, end, next }: PhraseHit<VagueWord>): TextEdit {
  const segment = segmentAt(field, start);
  if (segment?.start === start && segment.end === end && field.segments.length > 1) {
    return removeSegment(field, field.segments.indexOf(segment));
  }
  if (next === '') {
    const before = /\s/.test(field.text.charAt(start - 1)) ? start - 1 : start;
    return replace(field.name, before, end, '');
  }
  const article = /\b(a|an)\s+$/i.exec(field.text.slice(Math.max(0, start - 4), start));
  const gap = field.text.slice(end, end + 20).search(/\S/);
  if (article === null) return replace(field.name, start, end + gap, '');
  const word = /^[aeiou]/i.test(next) ? 'an' : 'a';
  const given = article[1] ?? '';
  const fitting = given.startsWith('A') ? `${word.charAt(0).toUpperCase()}${word.slice(1)}` : word;
  return replace(field.name, start - article[0].length, end + gap, `${fitting} `);
}

/** A capital inside a sentence makes a name of it: "Nice", "Lovely Street". */
function isName(field: Field, { phrase, start }: PhraseHit<VagueWord>): boolean {
  const first = field.text.charAt(start);
  if (!/\p{Lu}/u.test(first) || /^(?:\d|hd$|uhd$|ultra hd$|full hd$)/.test(phrase)) return false;
  const opens = segmentAt(field, start)?.start === start;
  const shouts = field.text.slice(start, start + 3).toUpperCase() === field.text.slice(start, start + 3);
  return !opens && !shouts;
}

function isMeant({ value, next }: PhraseHit<VagueWord>): boolean {
  return value.unlessBefore?.includes(next) === true;
}

const OPENING =
  /^(?:please\s+)?(?:can you\s+|could you\s+|i want(?: you to)?\s+|i need\s+|i would like\s+)?(?:please\s+)?(?:(?:create|generate|make|draw|paint|produce|render|design|give|show)\s+)?(?:me\s+)?(?:an?|the|some)\s+(?:\w+\s+)?(?:image|picture|visual|pic|artwork)\s+(?:of|showing|that shows|depicting|with)\s+/i;
const HAN_OPENING =
  /^(?:请|帮我|请帮我|给我)?(?:生成|创建|制作|画|绘制|做)(?:一)?(?:张|幅|个)?(?:图片|图像|画面|图画|画|图)?(?:，|,|：|:|，内容是|关于)/;

export const fillerOpening: Rule = {
  id: 'filler-opening',
  title: 'An opening that says nothing',
  why: 'That a picture is wanted is known. The first words weigh most, so they should name the subject.',
  examples: {
    fails: [
      { prompt: 'Create an image of a red barn in snow, photograph' },
      { prompt: 'please generate a picture showing two herons, ink drawing' },
      { prompt: '请帮我生成一张图片，一只狐狸，水彩' },
    ],
    passes: [
      { prompt: 'a red barn in snow, photograph' },
      { prompt: 'Create an image of the barn in winter', operation: 'edit' },
      { prompt: '一只狐狸，水彩' },
    ],
  },
  check: ({ said, operation }) => {
    const [field] = said;
    if (field === undefined || operation === 'edit') return [];
    const match = OPENING.exec(field.text) ?? HAN_OPENING.exec(field.text);
    if (match === null) return [];
    const end = match[0].length;
    return [
      {
        rule: 'filler-opening',
        severity: 'info',
        field: field.name,
        start: 0,
        end,
        message: 'The opening asks for a picture instead of describing it.',
        suggestions: [{ label: 'leave it out', edits: [replace(field.name, 0, end, '')] }],
      },
    ];
  },
};

const WEIGHT = /\(([^()\n]{1,80}):\s?\d(?:\.\d{1,2})?\)/g;
const SWITCH = /--[a-z]{1,12}(?:[ \t]+[^\s-][^\s]{0,20})?/gi;
const NESTED = /\({2,4}([^()\n]{1,80})\){2,4}/g;

export const foreignSyntax: Rule = {
  id: 'foreign-syntax',
  title: 'Syntax of another tool',
  why: 'Weights like (word:1.3) and switches like --ar 16:9 belong to other programs. Here they are words, and may be painted.',
  examples: {
    fails: [
      { prompt: 'a castle on a hill, (red roof:1.4), oil painting' },
      { prompt: 'a castle on a hill, oil painting --ar 16:9' },
      { prompt: '((masked dancer)), oil painting' },
    ],
    passes: [
      { prompt: 'a castle (with a red roof) on a hill, oil painting' },
      { prompt: 'a station clock at 10:42, photograph' },
      { prompt: 'a sign saying "(a:1.2)", photograph' },
    ],
  },
  check: ({ said }) =>
    said.flatMap((field) => [
      ...matches(field, WEIGHT).map(({ match, start, end }) =>
        foreign(field, start, end, 'a weight', match[1] ?? ''),
      ),
      ...matches(field, NESTED).map(({ match, start, end }) =>
        foreign(field, start, end, 'a weight', match[1] ?? ''),
      ),
      ...matches(field, SWITCH).map(({ start, end }) => foreign(field, start, end, 'a switch', '')),
    ]),
};

function foreign(field: Field, start: number, end: number, what: string, text: string): Finding {
  const written = field.text.slice(start, end);
  const ratio = /^--ar\b/i.test(written) ? ' Use the field `aspect_ratio`.' : '';
  const leading = text === '' && /\s/.test(field.text.charAt(start - 1)) ? start - 1 : start;
  return {
    rule: 'foreign-syntax',
    severity: 'warning',
    field: field.name,
    start,
    end,
    message: `"${written}" is ${what} of another tool; no model here reads it.${ratio}`,
    suggestions: [
      {
        label: text === '' ? 'leave it out' : `write "${text}"`,
        edits: [replace(field.name, leading, end, text)],
      },
    ],
  };
}

function matches(field: Field, pattern: RegExp) {
  return [...field.text.matchAll(pattern)]
    .map((match) => ({ match, start: match.index, end: match.index + match[0].length }))
    .filter(({ start }) => !isQuoted(field, start));
}

const SAYS = new PhraseFinder(
  [
    'saying',
    'that says',
    'which says',
    'that reads',
    'reading the words',
    'with the text',
    'with the words',
    '写着',
    '上写',
  ].map((cue) => [cue, cue] as const),
);

export const unquotedText: Rule = {
  id: 'unquoted-text',
  title: 'Words to be lettered without quotes',
  why: 'Quotes tell the model which words are letters in the picture and where they end.',
  examples: {
    fails: [
      { prompt: 'a shop sign that says Open, photograph' },
      { prompt: { subject: 'a poster with the text SUMMER FAIR', style: 'linocut' } },
      { prompt: '一块木牌写着开业大吉，照片' },
    ],
    passes: [
      { prompt: 'a shop sign that says "Open", photograph' },
      { prompt: 'a woman saying goodbye at a train window, photograph' },
      { prompt: '一块木牌写着“开业大吉”，照片' },
    ],
  },
  check: ({ said }) => said.flatMap((field) => findUnquoted(field)),
};

function findUnquoted(field: Field): readonly Finding[] {
  const seen = new Set<number>();
  return SAYS.find(field.text).flatMap((hit): readonly Finding[] => {
    const segment = segmentAt(field, hit.start);
    // The words reach to the end of the phrase, so that its first cue is the one.
    if (segment === undefined || hit.end > segment.end || seen.has(segment.start)) return [];
    if (isQuoted(field, hit.start)) return [];
    seen.add(segment.start);
    const rest = field.text.slice(hit.end, segment.end);
    const words = rest.trim();
    // "saying goodbye" is speech; what is lettered starts with a capital or follows a clear cue.
    const speech = hit.phrase === 'saying' && !/^\p{Lu}/u.test(words);
    if (words === '' || speech || findQuotations(rest).length > 0) return [];
    const start = hit.end + (rest.length - rest.trimStart().length);
    const end = start + words.length;
    return [
      {
        rule: 'unquoted-text',
        severity: 'warning',
        field: field.name,
        start,
        end,
        message: `Put the words to be lettered between quotes: "${shorten(words)}".`,
        suggestions: [{ label: 'quote them', edits: [replace(field.name, start, end, `"${words}"`)] }],
      },
    ];
  });
}
