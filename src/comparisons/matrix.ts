import { AppError } from '../errors.js';
import { nearestName } from '../config/nearest-name.js';
import { generationBodySchema, type GenerationBody } from '../images/request-body.js';
import { normaliseGenerationBody } from '../images/request.js';
import type { Axis, AxisName, Coordinates } from './axes.js';
import { MAX_CELLS, type ComparisonBody } from './comparison-body.js';
import { findOtherSpelling, replaceWords } from './replace-words.js';

/** One combination of values, and the request that it is. */
export interface MatrixCell {
  readonly position: number;
  readonly coordinates: Coordinates;
  readonly body: GenerationBody;
}

export interface Matrix {
  readonly axes: readonly [Axis, ...Axis[]];
  readonly cells: readonly MatrixCell[];
}

/** The field of a request that an axis sets. */
const FIELD_OF = { models: 'model', prompts: 'prompt', sizes: 'size', seeds: 'seed' } as const;

/**
 * All combinations of a comparison's values, the first axis changing slowest.
 * @throws AppError invalid_request and all of `normaliseGenerationBody`, naming the field as the caller wrote it
 */
export function expandMatrix(body: ComparisonBody): Matrix {
  const axes = axesOf(body);
  const [first, ...rest] = axes;
  if (first === undefined) {
    throw new AppError('invalid_request', {
      message:
        'A comparison needs at least one axis: `models`, `prompts`, `prompt_replace`, `sizes` or `seeds`.',
      param: 'models',
    });
  }
  refuseTwice(body);
  const count = axes.reduce((product, { values }) => product * values.length, 1);
  if (count > MAX_CELLS) {
    throw new AppError('invalid_request', {
      message:
        `A comparison has at most ${MAX_CELLS} cells; this one asks for ` +
        `${axes.map(({ values }) => values.length).join(' × ')} = ${count}.`,
      param: fieldOf(axes.reduce((a, b) => (b.values.length > a.values.length ? b : a)).axis),
      facts: { nearest: MAX_CELLS },
    });
  }
  refuseMissing(body);
  const cells = combine(axes).map((coordinates, position) => {
    const cell = { position, coordinates, body: bodyOf(body, coordinates) };
    try {
      normaliseGenerationBody(cell.body);
    } catch (error) {
      throw nameField(error, cell.coordinates);
    }
    return cell;
  });
  return { axes: [first, ...rest], cells };
}

/** An error of one cell, its field named as the comparison has it: `models.2`, `base.quality`. */
export function nameField(error: unknown, coordinates: Coordinates): unknown {
  if (!(error instanceof AppError) || error.param === undefined) return error;
  const [field = '', ...below] = error.param.split('.');
  const axis = (['model', 'prompt', 'size', 'seed'] as const).find((name) => name === field);
  const index = axis === undefined ? undefined : coordinates[axis];
  const named = axis === undefined || index === undefined ? `base.${field}` : `${fieldOf(axis)}.${index}`;
  const { facts, retry, headers, cause } = error;
  return new AppError(error.code, {
    message: error.message,
    param: [named, ...below].join('.'),
    facts,
    retry,
    headers,
    cause,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}

function axesOf({ models, prompts, prompt_replace: replace, sizes, seeds }: ComparisonBody): Axis[] {
  const axes: (Axis | undefined)[] = [
    models === undefined ? undefined : { axis: 'model', values: models },
    prompts === undefined ? undefined : { axis: 'prompt', values: prompts },
    replace === undefined
      ? undefined
      : { axis: 'prompt_replace', replaces: replace.replace, values: replace.with },
    sizes === undefined ? undefined : { axis: 'size', values: sizes },
    seeds === undefined ? undefined : { axis: 'seed', values: seeds },
  ];
  return axes.filter((axis) => axis !== undefined);
}

/** A field that is said twice, or a value that stands twice in its axis. */
function refuseTwice(body: ComparisonBody): void {
  const { base = {} } = body;
  for (const [axis, field] of Object.entries(FIELD_OF)) {
    if (Reflect.get(body, axis) === undefined || Reflect.get(base, field) === undefined) continue;
    throw new AppError('invalid_request', {
      message: `\`base.${field}\` and \`${axis}\` say the same twice. Send one of them.`,
      param: `base.${field}`,
    });
  }
  for (const { axis, values } of axesOf(body)) {
    const texts = values.map((value) => JSON.stringify(value));
    const index = texts.findIndex((text, position) => texts.indexOf(text) < position);
    if (index < 0) continue;
    throw new AppError('invalid_request', {
      message: `\`${fieldOf(axis)}.${index}\` stands there twice. For several pictures of the same, use \`seeds\` or \`base.n\`.`,
      param: `${fieldOf(axis)}.${index}`,
    });
  }
}

/** What every request needs, and the words that every prompt has to hold. */
function refuseMissing({ models, prompts, prompt_replace: replace, base = {} }: ComparisonBody): void {
  for (const [field, axis, given] of [
    ['model', 'models', models],
    ['prompt', 'prompts', prompts],
  ] as const) {
    if (given !== undefined || base[field] !== undefined) continue;
    throw new AppError('invalid_request', {
      message: `\`base.${field}\` is required where there is no axis \`${axis}\`.`,
      param: `base.${field}`,
    });
  }
  if (replace === undefined) return;
  const all = prompts ?? (base.prompt === undefined ? [] : [base.prompt]);
  for (const [index, prompt] of all.entries()) {
    if (replaceWords(prompt, replace.replace, '') !== undefined) continue;
    const where = prompts === undefined ? 'base.prompt' : `prompts.${index}`;
    const nearest = findOtherSpelling(prompt, replace.replace) ?? nearestWord(prompt, replace.replace);
    throw new AppError('invalid_request', {
      message:
        `\`prompt_replace.replace\` must occur in every prompt, as whole words and in the same letters; it is not in \`${where}\`.` +
        (nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`),
      param: 'prompt_replace.replace',
      facts: nearest === undefined ? {} : { nearest },
    });
  }
}

function nearestWord(prompt: GenerationBody['prompt'], words: string): string | undefined {
  const text = typeof prompt === 'string' ? prompt : Object.values(prompt).flat().join(' ');
  return nearestName(words, text.match(/[\p{L}\p{N}]+/gu)?.slice(0, 500) ?? []);
}

function combine(axes: readonly Axis[]): Coordinates[] {
  return axes.reduce<Coordinates[]>(
    (cells, { axis, values }) =>
      cells.flatMap((cell) => values.map((_value, index) => ({ ...cell, [axis]: index }))),
    [{}],
  );
}

function bodyOf(
  { base = {}, prompt_replace: replace, ...axes }: ComparisonBody,
  at: Coordinates,
): GenerationBody {
  const given = axes.prompts?.[at.prompt ?? 0] ?? base.prompt;
  const replacement = replace?.with[at.prompt_replace ?? 0];
  const prompt =
    given === undefined || replace === undefined || replacement === undefined
      ? given
      : replaceWords(given, replace.replace, replacement);
  const size = axes.sizes?.[at.size ?? 0];
  const seed = axes.seeds?.[at.seed ?? 0];
  const parsed = generationBodySchema.safeParse({
    // A cell that another model has drawn would compare nothing.
    fallback: false,
    ...base,
    model: axes.models?.[at.model ?? 0] ?? base.model,
    prompt,
    ...(size === undefined ? {} : { size }),
    ...(seed === undefined ? {} : { seed }),
    response_format: 'url',
  });
  if (parsed.success) return parsed.data;
  // Each value was checked on its own: only words that were taken away can leave a prompt that is none.
  throw new AppError('invalid_request', {
    message: 'With this replacement nothing is left of the prompt.',
    param: `prompt_replace.with.${at.prompt_replace ?? 0}`,
    cause: parsed.error,
  });
}

function fieldOf(axis: AxisName): string {
  return axis === 'prompt_replace' ? 'prompt_replace.with' : `${axis}s`;
}
