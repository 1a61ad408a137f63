/** Rules over what is to be left out and what can't be at once. */
import { takeLabel, takeNegation } from '../labels.js';
import { splitNegative } from '../negatives.js';
import { BOTH_MEANT, CONTRADICTIONS, type Contradiction } from './contradictions.js';
import {
  isQuoted,
  removeSegment,
  replace,
  segmentAt,
  shorten,
  type Field,
  type Finding,
  type LintContext,
  type Rule,
  type TextEdit,
} from './findings.js';
import { PhraseFinder, tokensOf } from './phrase-finder.js';

export const misplacedNegative: Rule = {
  id: 'misplaced-negative',
  title: 'A negation where things are described',
  why: 'Models paint the words that they read, also behind "no". What stays out has a place of its own; better still, say what is there.',
  examples: {
    fails: [
      { prompt: 'an empty beach, no people, photograph' },
      { prompt: 'a beach without people, photograph' },
      { prompt: { subject: 'a beach', details: 'no umbrellas' } },
      { prompt: 'a beach, photograph', negativePrompt: 'no people' },
      { prompt: '空旷的海滩，不要人物，照片' },
    ],
    passes: [
      { prompt: 'an empty beach, photograph', negativePrompt: 'people' },
      { prompt: { subject: 'a beach', avoid: ['people'] } },
      { prompt: 'a beach, photograph. Avoid: people' },
      { prompt: 'a sign saying "no dogs", photograph' },
      { prompt: 'no one on the beach, photograph' },
      { prompt: '空旷的海滩，照片', negativePrompt: '人物' },
    ],
  },
  check: (context) => [
    ...context.said.flatMap((field) => findNegations(field, context)),
    ...context.negatives.flatMap((field) => findDoubled(field)),
  ],
};

function findNegations(field: Field, context: LintContext): readonly Finding[] {
  let labelled = false;
  const leading = field.segments.flatMap((segment, index): readonly Finding[] => {
    if (takeLabel(segment.text)?.target === 'avoid') labelled = true;
    const negation = labelled ? undefined : takeNegation(segment.text);
    if (segment.endsSentence) labelled = false;
    if (negation === undefined || isQuoted(field, segment.start)) return [];
    return [
      {
        ...describeNegation(field, negation, context),
        severity: 'warning',
        start: segment.start,
        end: segment.end,
        suggestions: [moveOut([removeSegment(field, index)], negation, context)],
      },
    ];
  });
  const inner = innerNegations(field).map(({ start, end, thing }): Finding => ({
    ...describeNegation(field, thing, context),
    severity: 'info',
    start,
    end,
    suggestions: [moveOut([replace(field.name, start - 1, end, '')], thing, context)],
  }));
  return [...leading, ...inner];
}

function describeNegation(field: Field, thing: string, { models }: LintContext) {
  const fieldless = models
    .filter(({ params }) => params.negativePrompt === undefined)
    .map(({ slug }) => slug);
  const told =
    fieldless.length === 0
      ? ''
      : ` (${fieldless.join(', ')} ${fieldless.length === 1 ? 'has' : 'have'} no field for it: the gateway says it at the end.)`;
  return {
    rule: 'misplaced-negative' as const,
    field: field.name,
    message: `"${shorten(thing)}" is to stay out: move it to ${field.part === undefined ? '`negative_prompt`' : '`avoid`'}, or say what is there instead.${told}`,
  };
}

/** Takes a negation out and puts its things where they belong. */
function moveOut(edits: readonly TextEdit[], thing: string, { input }: LintContext) {
  const things = splitNegative(thing).join(', ');
  if (typeof input.prompt !== 'string') {
    const place = `prompt.avoid[${input.prompt.avoid?.length ?? 0}]`;
    return { label: 'move it to `avoid`', edits: [...edits, replace(place, 0, 0, things)] };
  }
  const end = input.negativePrompt?.length ?? 0;
  const text =
    input.negativePrompt === undefined || input.negativePrompt.trim() === '' ? things : `, ${things}`;
  return {
    label: 'move it to `negative_prompt`',
    edits: [...edits, replace('negative_prompt', end, end, text)],
  };
}

function findDoubled(field: Field): readonly Finding[] {
  return field.segments.flatMap((segment): readonly Finding[] => {
    const thing = takeNegation(segment.text);
    if (thing === undefined) return [];
    return [
      {
        rule: 'misplaced-negative',
        severity: 'info',
        field: field.name,
        start: segment.start,
        end: segment.end,
        message: `Here things to leave out are only named: "${shorten(thing)}".`,
        suggestions: [
          {
            label: `write "${shorten(thing)}"`,
            edits: [replace(field.name, segment.start, segment.end, thing)],
          },
        ],
      },
    ];
  });
}

const INNER = new PhraseFinder([
  ['without', 'without'],
  ['with no', 'with no'],
]);

/** Negations inside a phrase, the first of each: "a beach without people". */
function innerNegations(field: Field): readonly { start: number; end: number; thing: string }[] {
  const found = new Map<number, { start: number; end: number; thing: string }>();
  for (const hit of INNER.find(field.text)) {
    const segment = segmentAt(field, hit.start);
    if (segment === undefined || found.has(segment.start) || isQuoted(field, hit.start)) continue;
    if (hit.start === segment.start || hit.end >= segment.end) continue;
    const thing = field.text.slice(hit.end, segment.end).trim();
    found.set(segment.start, { start: hit.start, end: segment.end, thing });
  }
  return [...found.values()];
}

const both = new PhraseFinder(BOTH_MEANT.map((word) => [word, word] as const));

interface Side {
  readonly pair: number;
  readonly side: 'first' | 'second';
}

const sides = new PhraseFinder<Side>(
  CONTRADICTIONS.flatMap(({ first, second }, pair) => [
    ...first.map((phrase) => [phrase, { pair, side: 'first' } as const] as const),
    ...second.map((phrase) => [phrase, { pair, side: 'second' } as const] as const),
  ]),
);

export const contradiction: Rule = {
  id: 'contradiction',
  title: 'Two things that can not both be',
  why: 'The model takes one of them, or something between, and you can not choose which.',
  examples: {
    fails: [
      { prompt: 'a market, black and white photograph, vibrant colours' },
      { prompt: { subject: 'a bee', composition: 'close-up, wide shot', style: 'photograph' } },
      { prompt: 'a dog in a meadow, photograph', negativePrompt: 'dog' },
      { prompt: '集市，黑白照片，色彩鲜艳' },
    ],
    passes: [
      { prompt: 'a market, black and white photograph, strong contrast' },
      { prompt: 'a city street, transition from sunrise on the left to sunset on the right, photograph' },
      { prompt: 'turn the photograph into an oil painting', operation: 'edit' },
      { prompt: 'a dog in a meadow, photograph', negativePrompt: 'cat' },
      { prompt: '集市，黑白照片，强烈对比' },
    ],
  },
  check: (context) => [...findPairs(context), ...findAskedAndAvoided(context)],
};

interface Met extends Side {
  readonly field: Field;
  readonly start: number;
  readonly end: number;
}

function findPairs({ said, operation }: LintContext): readonly Finding[] {
  // An edit names what is and what shall be.
  if (operation === 'edit' || said.some((field) => both.find(field.text).length > 0)) return [];
  const met = said.flatMap((field) =>
    sides
      .find(field.text)
      .filter(({ start }) => !isQuoted(field, start))
      .map(({ value, start, end }): Met => ({ ...value, field, start, end })),
  );
  return CONTRADICTIONS.flatMap((pair, index): readonly Finding[] => {
    const first = met.find((one) => one.pair === index && one.side === 'first');
    const second = met.find((one) => one.pair === index && one.side === 'second');
    return first === undefined || second === undefined ? [] : [describePair(pair, first, second)];
  });
}

function describePair(pair: Contradiction, first: Met, second: Met): Finding {
  const textOf = ({ field, start, end }: Met) => field.text.slice(start, end);
  const change = (met: Met, text: string) => ({
    label: `write "${text}" for "${textOf(met)}"`,
    edits: [replace(met.field.name, met.start, met.end, text)],
  });
  return {
    rule: 'contradiction',
    severity: 'warning',
    field: second.field.name,
    start: second.start,
    end: second.end,
    message: `"${textOf(second)}" contradicts "${textOf(first)}": ${pair.why}.`,
    suggestions: [change(second, pair.insteadOfSecond), change(first, pair.insteadOfFirst)],
  };
}

/** A thing that is both described and to be left out. */
function findAskedAndAvoided({ said, negatives }: LintContext): readonly Finding[] {
  const things = negatives.flatMap((field) =>
    splitNegative(field.text).map((thing) => [thing.toLowerCase(), field] as const),
  );
  const named = new Map(things.filter(([thing]) => thing.length > 1 && tokensOf(thing).length < 4));
  if (named.size === 0) return [];
  const finder = new PhraseFinder([...named]);
  return said.flatMap((field) =>
    finder
      .find(field.text)
      .filter(({ start }) => !isQuoted(field, start) && !isNegated(field, start))
      .map(({ phrase, value, start, end }): Finding => ({
        rule: 'contradiction',
        severity: 'warning',
        field: field.name,
        start,
        end,
        message: `"${phrase}" is described here and to be left out in \`${value.name}\`.`,
        suggestions: [{ label: 'leave it in', edits: [dropThing(value, phrase)] }],
      })),
  );
}

function isNegated(field: Field, offset: number): boolean {
  const segment = segmentAt(field, offset);
  return (
    segment !== undefined &&
    (takeNegation(segment.text) !== undefined || /\bwith(?:out| no)\b/i.test(segment.text))
  );
}

function dropThing(field: Field, thing: string): TextEdit {
  const kept = splitNegative(field.text).filter((other) => other.toLowerCase() !== thing);
  return replace(field.name, 0, field.text.length, kept.join(', '));
}
