/** Rules that depend on what a model takes. */
import { composePrompt, USUAL_STYLE } from '../compose-prompt.js';
import { letteringProblem } from '../explain.js';
import { countChars, languageOf } from '../language.js';
import { appendNegatives, splitNegative } from '../negatives.js';
import {
  replace,
  type Field,
  type Finding,
  type LintContext,
  type LintModel,
  type Rule,
} from './findings.js';

/** Models of the examples. */
const EXAMPLE_MODELS = {
  short: {
    slug: 'short-1',
    params: {
      promptMaxChars: 200,
      negativePrompt: undefined,
      promptRevision: { kind: 'never' },
      promptStyle: { ...USUAL_STYLE, lettering: { scripts: ['latin'], maxChars: 20 } },
    },
  },
  roomy: {
    slug: 'roomy-1',
    params: {
      promptMaxChars: 10_000,
      negativePrompt: undefined,
      promptRevision: { kind: 'never' },
      promptStyle: { ...USUAL_STYLE, lettering: { scripts: ['latin', 'han', 'other'], maxChars: 200 } },
    },
  },
} as const satisfies Readonly<Record<string, LintModel>>;

const LONG = 'a harbour at low tide with boats on the mud, 35mm photograph, '.repeat(6);

export const tooLong: Rule = {
  id: 'too-long',
  title: 'Longer than the model takes',
  why: 'A prompt in text is never cut by the gateway: the call is refused. Of a prompt in parts, whole parts are left out.',
  examples: {
    fails: [
      { prompt: LONG, models: [EXAMPLE_MODELS.short] },
      { prompt: { subject: 'a harbour', details: LONG }, models: [EXAMPLE_MODELS.short] },
      { prompt: '港口退潮，小船搁在泥滩上，胶片照片，'.repeat(12), models: [EXAMPLE_MODELS.short] },
    ],
    passes: [
      { prompt: LONG, models: [EXAMPLE_MODELS.roomy] },
      { prompt: LONG },
      { prompt: '港口退潮，小船搁在泥滩上，胶片照片', models: [EXAMPLE_MODELS.short] },
    ],
  },
  check: (context) => context.models.flatMap((model) => findExcess(context, model)),
};

function findExcess(context: LintContext, model: LintModel): readonly Finding[] {
  const { prompt } = context.input;
  return typeof prompt === 'string' ? excessOfText(prompt, context, model) : excessOfParts(context, model);
}

function excessOfText(prompt: string, { input, said }: LintContext, model: LintModel): readonly Finding[] {
  const { promptMaxChars: max, negativePrompt: field } = model.params;
  const { negativePrompt = '' } = input;
  const native = field !== undefined && countChars(negativePrompt) <= field.maxChars;
  const things = native ? [] : splitNegative(negativePrompt);
  const whole = things.length === 0 ? prompt : appendNegatives(prompt, things, languageOf(prompt));
  const chars = countChars(whole);
  const [text] = said;
  if (chars <= max || text === undefined) return [];
  const room = Math.max(0, max - (chars - countChars(prompt)));
  const start = offsetOfChar(prompt, room);
  const kept = text.segments.filter(({ end }) => end <= start);
  const cut = kept.at(-1)?.end;
  return [
    {
      rule: 'too-long',
      severity: 'warning',
      field: 'prompt',
      start,
      end: prompt.length,
      model: model.slug,
      message: `${model.slug} takes ${max} characters; with this end it has ${chars} and is refused.`,
      suggestions:
        cut === undefined
          ? []
          : [{ label: 'leave out the last phrases', edits: [replace('prompt', cut, prompt.length, '')] }],
    },
  ];
}

function excessOfParts({ input, said }: LintContext, model: LintModel): readonly Finding[] {
  if (typeof input.prompt === 'string') return [];
  const composed = composePrompt(input.prompt, {
    params: model.params,
    negativePrompt: input.negativePrompt,
    keepPrompt: false,
    mayShorten: true,
  });
  const remove = (field: Field, message: string, edit: boolean): Finding => ({
    rule: 'too-long',
    severity: 'warning',
    field: field.name,
    start: 0,
    end: field.text.length,
    model: model.slug,
    message,
    suggestions: edit
      ? [{ label: 'leave this part out', edits: [replace(field.name, 0, field.text.length, '')] }]
      : [],
  });
  if ('tooLong' in composed) {
    const longest = [...said].sort((a, b) => b.text.length - a.text.length)[0];
    if (longest === undefined) return [];
    const { chars, maxChars } = composed;
    const message = `Even its shortest wording has ${chars} characters; ${model.slug} takes ${maxChars}.`;
    return [remove(longest, message, said.length > 1)];
  }
  return said
    .filter(({ part }) => composed.leftOut.some((slot) => slot === part))
    .map((field) =>
      remove(
        field,
        `${model.slug} takes ${composed.maxChars} characters: this part would be left out.`,
        true,
      ),
    );
}

function offsetOfChar(text: string, count: number): number {
  let offset = 0;
  let left = count;
  for (const char of text) {
    if (left === 0) break;
    offset += char.length;
    left -= 1;
  }
  return offset;
}

export const unletterableText: Rule = {
  id: 'unletterable-text',
  title: 'Text that the model can not letter',
  why: 'Long texts and scripts that a model was not made for come out as shapes like letters.',
  examples: {
    fails: [
      { prompt: 'a shop sign saying "营业中", photograph', models: [EXAMPLE_MODELS.short] },
      {
        prompt: {
          subject: 'a poster',
          style: 'linocut',
          text: 'Grand opening of the harbour museum on Sunday',
        },
        models: [EXAMPLE_MODELS.short],
      },
      { prompt: '一块写着“开业大吉”的木牌，照片', models: [EXAMPLE_MODELS.short] },
    ],
    passes: [
      { prompt: 'a shop sign saying "OPEN", photograph', models: [EXAMPLE_MODELS.short] },
      { prompt: 'a shop sign saying "营业中", photograph', models: [EXAMPLE_MODELS.roomy] },
      { prompt: '一块写着“开业大吉”的木牌，照片', models: [EXAMPLE_MODELS.roomy] },
    ],
  },
  check: ({ input, said, models }) => {
    const text = typeof input.prompt === 'string' ? undefined : input.prompt.text;
    return models.flatMap((model) => [
      ...said.flatMap((field) => findQuoted(field, model)),
      ...(text === undefined || text.trim() === '' ? [] : findSlot(text, model)),
    ]);
  },
};

function findQuoted(field: Field, model: LintModel): readonly Finding[] {
  return field.quotations.flatMap(({ start, end, inner }) =>
    describeText(field.name, start, end, inner, model, (text) => `"${text}"`),
  );
}

function findSlot(text: string, model: LintModel): readonly Finding[] {
  return describeText('prompt.text', 0, text.length, text, model, (kept) => kept);
}

function describeText(
  field: string,
  start: number,
  end: number,
  text: string,
  model: LintModel,
  write: (text: string) => string,
): readonly Finding[] {
  const { lettering } = model.params.promptStyle ?? USUAL_STYLE;
  const problem = letteringProblem(text, lettering);
  if (problem === undefined) return [];
  const short = firstWords(text, lettering.maxChars);
  const shortened =
    short !== '' && letteringProblem(short, lettering) === undefined
      ? [{ label: `shorten it to "${short}"`, edits: [replace(field, start, end, write(short))] }]
      : [];
  return [
    {
      rule: 'unletterable-text',
      severity: 'warning',
      field,
      start,
      end,
      model: model.slug,
      message: `${model.slug} ${problem}.`,
      suggestions: [
        ...shortened,
        { label: 'leave the words out and set them afterwards', edits: [replace(field, start, end, '')] },
      ],
    },
  ];
}

function firstWords(text: string, maxChars: number): string {
  let kept = '';
  for (const word of text.split(/\s+/).slice(0, maxChars + 1)) {
    const longer = kept === '' ? word : `${kept} ${word}`;
    if (countChars(longer) > maxChars) break;
    kept = longer;
  }
  return kept;
}
