/** Rules over the order and the parts of a prompt. */
import { classify } from '../classify.js';
import { takeLabel, takeNegation } from '../labels.js';
import { languageOf } from '../language.js';
import { readPhrase } from '../parse-prompt.js';
import { HAN_MARKERS, HEADS, LEADS } from '../vocabulary.js';
import { isQuoted, replace, shorten, type Field, type Finding, type Rule } from './findings.js';
import { PhraseFinder } from './phrase-finder.js';

export const subjectNotFirst: Rule = {
  id: 'subject-not-first',
  title: 'The subject does not come first',
  why: 'What stands first weighs most. A prompt that opens with style or light lets them decide what is painted.',
  examples: {
    fails: [
      { prompt: 'soft morning light, loose watercolour, a heron in the reeds' },
      { prompt: '水彩画，清晨的光线，一只苍鹭站在芦苇中' },
    ],
    passes: [
      { prompt: 'a heron in the reeds, soft morning light, loose watercolour' },
      { prompt: 'watercolour of a heron in the reeds, soft morning light' },
      { prompt: 'Style: loose watercolour. Subject: a heron in the reeds' },
      { prompt: { style: 'loose watercolour', subject: 'a heron in the reeds' } },
      { prompt: 'warm evening light on the whole scene', operation: 'edit' },
    ],
  },
  check: ({ said, operation }) => {
    const [field] = said;
    if (field?.part !== undefined || field === undefined || operation === 'edit') return [];
    const found = field.segments.findIndex(({ text }) => isSubject(text));
    const before = field.segments.slice(0, Math.max(0, found));
    const [first] = before;
    const subject = field.segments[found];
    if (first === undefined || subject === undefined) return [];
    // Labels say what is what in any order.
    if (before.some(({ text }) => takeLabel(text) !== undefined || takeNegation(text) !== undefined))
      return [];
    const last = before.at(-1) ?? first;
    const comma = languageOf(field.text) === 'zh' ? '，' : ', ';
    const reordered = `${subject.text}${comma}${field.text.slice(first.start, last.end)}`;
    return [
      {
        rule: 'subject-not-first',
        severity: 'info',
        field: field.name,
        start: first.start,
        end: last.end,
        message: `The subject ("${shorten(subject.text)}") comes after ${before.length === 1 ? 'a phrase' : `${before.length} phrases`} on how it looks.`,
        suggestions: [
          {
            label: 'put the subject first',
            edits: [replace(field.name, first.start, subject.end, reordered)],
          },
        ],
      },
    ];
  },
};

function isSubject(text: string): boolean {
  if (takeLabel(text) !== undefined || takeNegation(text) !== undefined) return false;
  return readPhrase(text, false).some(({ slot }) => slot === 'subject');
}

/** Words that name no medium, though they sound of one. */
const NO_ANCHOR = new Set(['style', 'aesthetic', 'realistic', 'cinematic', 'painterly', '风格', '画风']);

const anchors = new PhraseFinder(
  [
    ...HEADS.style,
    ...LEADS.style,
    ...HAN_MARKERS.style,
    ...'photos|pictures|3d|poster|logo|icon|sticker|emoji|screenshot|diagram|map|storyboard|selfie|headshot|stock photo|wallpaper|tattoo|t-shirt design|pattern|coloring page|colouring page|clip art|clipart|album cover|book cover|mockup|portrait photo|dslr|gopro|iphone|kodachrome|kodak|fujifilm|leica|lego|ghibli|pixar|disney|海报|图标|标志|贴纸|吉卜力|皮克斯'.split(
      '|',
    ),
  ]
    .filter((word) => !NO_ANCHOR.has(word))
    .map((word) => [word, word] as const),
);

const EMPTY_MODELS = new PhraseFinder(
  [
    'in the style of a famous artist',
    'in the style of an artist',
    'in the style of a painter',
    'in the style of a famous painter',
    'in an artistic style',
    'in a cool style',
    'in a nice style',
    'in a certain style',
    'in some style',
    'in any style',
    '某种风格',
    '某位画家的风格',
  ].map((phrase) => [phrase, phrase] as const),
);

const ANCHORS = {
  en: [
    '35mm film photograph',
    'loose watercolour on rough paper',
    'flat vector illustration in three colours',
  ],
  zh: ['35毫米胶片照片', '湿画法水彩画', '三色扁平矢量插画'],
} as const;

export const unanchoredStyle: Rule = {
  id: 'unanchored-style',
  title: 'A style without an anchor',
  why: 'A medium that exists (a film, a print, a paint) fixes a hundred choices at once. Without one the model takes its usual look.',
  examples: {
    fails: [
      { prompt: 'two herons in the reeds at low tide' },
      { prompt: 'two herons in the style of a famous painter' },
      { prompt: { subject: 'two herons', lighting: 'low evening sun' } },
      { prompt: '两只苍鹭站在芦苇中' },
    ],
    passes: [
      { prompt: 'two herons in the reeds at low tide, 35mm film photograph' },
      { prompt: 'linocut of two herons' },
      { prompt: { subject: 'two herons', style: 'ink wash on silk' } },
      { prompt: 'make the sky darker', operation: 'edit' },
      { prompt: '两只苍鹭站在芦苇中，水墨画' },
    ],
  },
  check: ({ said, operation }) => {
    if (operation === 'edit') return [];
    const empty = said.flatMap((field) => findEmptyStyles(field));
    if (empty.length > 0) return empty;
    if (
      said.some(
        (field) =>
          field.part === 'style' || anchors.find(field.text).some(({ start }) => !isQuoted(field, start)),
      )
    ) {
      return [];
    }
    const field = said[0];
    if (field === undefined) return [];
    const language = languageOf(field.text);
    const end = field.segments.at(-1)?.end ?? field.text.length;
    const isText = field.part === undefined;
    return [
      {
        rule: 'unanchored-style',
        severity: 'info',
        field: field.name,
        start: end,
        end,
        message: 'No medium is named: photograph, watercolour, flat vector, …',
        suggestions: ANCHORS[language].map((anchor) => ({
          label: `add "${anchor}"`,
          edits: [
            isText
              ? replace(field.name, end, end, `${language === 'zh' ? '，' : ', '}${anchor}`)
              : replace('prompt.style', 0, 0, anchor),
          ],
        })),
      },
    ];
  },
};

function findEmptyStyles(field: Field): readonly Finding[] {
  return EMPTY_MODELS.find(field.text)
    .filter(({ start }) => !isQuoted(field, start))
    .map(({ start, end }) => ({
      rule: 'unanchored-style',
      severity: 'info' as const,
      field: field.name,
      start,
      end,
      message: `"${field.text.slice(start, end)}" names no style.`,
      suggestions: ANCHORS[languageOf(field.text)].map((anchor) => ({
        label: `write "${anchor}"`,
        edits: [replace(field.name, start, end, languageOf(field.text) === 'zh' ? anchor : `as a ${anchor}`)],
      })),
    }));
}

/** More things side by side than a picture has room for in its middle. */
const MOST_SUBJECTS = 3;
const ITEM = /^(?:(?:and|plus|with)\s+)?(?:an?|the|one|two|three|four|five|six|some)\s+\S+(?:\s+\S+){0,3}$/i;
const HAN_ITEM = /^(?:和|与|还有|以及)?[一两二三四五六][只个位条头匹座辆棵朵把名群]\S{1,6}$/u;
const JOINTS = /,\s*(?:and\s+)?|\s+and\s+|、和?|，和?|和|以及/gi;
const PLACED =
  /\s(?:in|on|at|under|over|with|by|from|behind|near|of|beside|inside|wearing|holding|riding|playing|sitting|standing)\s/i;

export const severalSubjects: Rule = {
  id: 'several-subjects',
  title: 'Several subjects side by side',
  why: 'Models mix the features of things that are only listed, or leave some out. Name one, and place the others around it.',
  examples: {
    fails: [
      { prompt: 'a fox, a hen, a wolf and a bear, watercolour' },
      { prompt: { subject: 'a knight and a dragon and a princess and a wizard', style: 'oil painting' } },
      { prompt: '一只狐狸、一只母鸡、一匹狼、一头熊，水彩' },
    ],
    passes: [
      { prompt: 'a fox and a hen, watercolour' },
      {
        prompt:
          'a fox on a stone, a hen behind it, a wolf at the edge of the wood, a bear asleep, watercolour',
      },
      { prompt: '一只狐狸、一只母鸡，水彩' },
    ],
  },
  check: ({ said, operation }) => {
    const [field] = said;
    if (operation === 'edit' || field === undefined || (field.part !== undefined && field.part !== 'subject'))
      return [];
    const items = leadingItems(field);
    const [first, second] = items;
    const last = items.at(-1);
    if (items.length <= MOST_SUBJECTS || first === undefined || second === undefined || last === undefined)
      return [];
    const others = field.text.slice(second.start, last.end);
    const zh = languageOf(field.text) === 'zh';
    const text = zh
      ? `${first.text}，后方较小处有${others.replaceAll('，', '、')}`
      : `${first.text}, smaller behind it ${others.replace(/^and\s+/i, '')}`;
    return [
      {
        rule: 'several-subjects',
        severity: 'info',
        field: field.name,
        start: first.start,
        end: last.end,
        message: `${items.length} things are listed side by side. Models mix or drop some of them.`,
        suggestions: [
          {
            label: 'make the first the subject and place the others',
            edits: [replace(field.name, first.start, last.end, text)],
          },
        ],
      },
    ];
  },
};

interface Item {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Things at the start of a prompt that are only listed. */
function leadingItems(field: Field): readonly Item[] {
  const items: Item[] = [];
  // No longer list is needed to see that it is one.
  const text = field.text.slice(0, 600);
  let start = text.length - text.trimStart().length;
  for (const joint of [...text.matchAll(JOINTS), undefined]) {
    const end = joint?.index ?? text.length;
    const item = {
      text: text
        .slice(start, end)
        .trim()
        .replace(/[.。]$/, ''),
      start,
      end,
    };
    const listed = (ITEM.test(item.text) && !PLACED.test(item.text)) || HAN_ITEM.test(item.text);
    if (!listed || classify(item.text) !== undefined) break;
    items.push({ ...item, end: start + item.text.length });
    start = end + (joint?.[0].length ?? 0);
  }
  return items;
}
