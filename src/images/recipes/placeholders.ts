import { z } from 'zod';
import { nearestName } from '../../catalogue/catalogue.js';
import { AppError } from '../../errors.js';

/** A request as it is written: fields of the body of a generation, with placeholders. */
export const templateSchema = z.record(z.string(), z.json());
export type Template = z.output<typeof templateSchema>;
type Json = Template[string];

/** Names of variables. */
export const VARIABLE_NAME = /^[a-z][a-z0-9_]{0,39}$/;

/** Fields whose text may hold placeholders anywhere. */
const TEXTS = ['prompt', 'negative_prompt'] as const;
/** Fields that may be one placeholder as a whole, when it is declared. */
const VALUES = ['model', 'size', 'aspect_ratio', 'quality', 'style', 'seed'] as const;

/** Two braces with anything between them: what is no placeholder is refused rather than sent as it stands. */
const BRACES = /\{\{([^{}\n]{0,100})\}\}/g;

/** Where a variable stands. */
export interface Use {
  /** Fields that it is the whole of, which takes a declaration. */
  readonly wholeFields: readonly string[];
}

/**
 * The variables of a request.
 * @throws AppError invalid_request for braces that are no placeholder, or stand where none may
 */
export function findVariables(request: Template): ReadonlyMap<string, Use> {
  const uses = new Map<string, Use>();
  for (const [field, value] of Object.entries(request)) {
    for (const text of textsIn(value)) {
      for (const [written, inner = ''] of text.matchAll(BRACES)) {
        const name = requireName(inner, written, field);
        const whole = isOneOf(VALUES, field);
        if (!whole && !isOneOf(TEXTS, field)) throw misplaced(field, written);
        if (whole && text.trim() !== written) throw notWhole(field, written);
        const known = uses.get(name)?.wholeFields ?? [];
        uses.set(name, { wholeFields: whole ? [...known, field] : known });
      }
    }
  }
  return uses;
}

/**
 * Puts texts for placeholders, all at once: braces in a text are text. What has none is left as it is.
 */
export function fillTemplate(request: Template, texts: ReadonlyMap<string, string>): Template {
  return Object.fromEntries(
    Object.entries(request).map(([field, value]) => {
      if (!isOneOf(TEXTS, field) && !isOneOf(VALUES, field)) return [field, value];
      const filled = mapTexts(value, (text) => fill(text, texts));
      const numeric = field === 'seed' && typeof filled === 'string' && /^\d{1,16}$/.test(filled.trim());
      return [field, numeric ? Number(filled) : filled];
    }),
  );
}

function fill(text: string, texts: ReadonlyMap<string, string>): string {
  return text.replace(BRACES, (written, inner: string) => texts.get(inner.trim()) ?? written);
}

function* textsIn(value: Json): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const item of value) yield* textsIn(item);
  else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) yield* textsIn(item);
}

function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function requireName(inner: string, written: string, field: string): string {
  const name = inner.trim();
  if (VARIABLE_NAME.test(name)) return name;
  const meant = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[_0-9]+|_+$/g, '');
  const nearest = VARIABLE_NAME.test(meant) ? `{{${meant}}}` : undefined;
  throw new AppError('invalid_request', {
    message:
      `\`request.${field}\`: ${written} is no placeholder. The name of a variable is a lower-case letter, then up to 39 letters, ` +
      `digits and underscores.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`,
    param: `request.${field}`,
    facts: nearest === undefined ? {} : { nearest },
  });
}

function misplaced(field: string, written: string): AppError {
  const allowed = [...TEXTS, ...VALUES];
  const nearest = nearestName(field, allowed);
  return new AppError('invalid_request', {
    message: `\`request.${field}\` takes no placeholder, and holds ${written}. Placeholders stand in ${allowed.join(', ')}.`,
    param: `request.${field}`,
    facts: { allowed, ...(nearest === undefined ? {} : { nearest }) },
  });
}

function notWhole(field: string, written: string): AppError {
  return new AppError('invalid_request', {
    message: `\`request.${field}\` is one placeholder as a whole, ${written}, or holds none.`,
    param: `request.${field}`,
    facts: { nearest: written },
  });
}
