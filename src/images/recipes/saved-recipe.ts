import { z } from 'zod';
import { nearestName } from '../../catalogue/catalogue.js';
import { AppError } from '../../errors.js';
import { findVariables, fillTemplate, VARIABLE_NAME, type Template } from './placeholders.js';
import type { UsedRecipe } from './used-recipe.js';

const MAX_VARIABLES = 50;
export const MAX_VALUE_CHARS = 20_000;

const variableSchema = z
  .strictObject({
    default: z
      .string()
      .max(MAX_VALUE_CHARS)
      .describe('Stands there where a call names no value; without it a call has to.'),
    description: z.string().max(500),
  })
  .partial();

/** Variables as they are declared. */
export const variablesSchema = z
  .record(
    z
      .string()
      .regex(
        VARIABLE_NAME,
        'must be named by a lower-case letter, then up to 39 letters, digits and underscores',
      ),
    variableSchema,
  )
  .refine(
    (variables) => Object.keys(variables).length <= MAX_VARIABLES,
    `must be at most ${MAX_VARIABLES} variables`,
  );
export type Variables = z.output<typeof variablesSchema>;

/** A request that is saved by name. */
export interface SavedRecipe {
  readonly name: string;
  readonly version: number;
  readonly description: string | undefined;
  readonly request: Template;
  /** All of them, declared or not. */
  readonly variables: Variables;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Id of the key that saved this version. */
  readonly updatedBy: string;
}

/** Fields that say the same thing in other ways: whoever gives one sets the others of the recipe aside. */
const SETS_ASIDE: Readonly<Record<string, readonly string[]>> = {
  size: ['aspect_ratio', 'resolution', 'image_size'],
  aspect_ratio: ['size'],
  resolution: ['size', 'image_size'],
  image_size: ['size', 'resolution'],
};

/**
 * The variables of a request: those that are declared, and those that its text uses.
 * @throws AppError invalid_request for a declaration that nothing uses, or one that is missing
 */
export function completeVariables(request: Template, declared: Variables): Variables {
  const uses = findVariables(request);
  for (const [name, { wholeFields }] of uses) {
    const [field] = wholeFields;
    if (field === undefined || Object.hasOwn(declared, name)) continue;
    throw new AppError('invalid_request', {
      message: `\`request.${field}\` is {{${name}}}, which must be declared in \`variables\`.`,
      param: `variables.${name}`,
    });
  }
  for (const name of Object.keys(declared)) {
    if (uses.has(name)) continue;
    const nearest = nearestName(name, [...uses.keys()]);
    throw new AppError('invalid_request', {
      message:
        `\`variables.${name}\` is declared, and the request has no {{${name}}}.` +
        (nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`),
      param: `variables.${name}`,
      facts: { allowed: [...uses.keys()], ...(nearest === undefined ? {} : { nearest }) },
    });
  }
  if (uses.size > MAX_VARIABLES) {
    throw new AppError('invalid_request', {
      message: `\`request\` has ${uses.size} variables; it may have ${MAX_VARIABLES}.`,
      param: 'request',
    });
  }
  const names = [...new Set([...Object.keys(declared), ...uses.keys()])];
  return Object.fromEntries(names.map((name) => [name, declared[name] ?? {}]));
}

/** A request to look a recipe over by: defaults stand where they are, whole fields without one are left out. */
export function sampleOf(request: Template, variables: Variables): Template {
  const defaults = new Map(
    Object.entries(variables).flatMap(([name, { default: text }]): [string, string][] =>
      text === undefined || text.trim() === '' ? [] : [[name, text]],
    ),
  );
  const open = [...findVariables(request)].flatMap(([name, { wholeFields }]) =>
    defaults.has(name) ? [] : wholeFields,
  );
  return Object.fromEntries(
    Object.entries(fillTemplate(request, defaults)).filter(([field]) => !open.includes(field)),
  );
}

/** What is left of declarations when the request changes under them: those that say something, and those that are used. */
export function keepDeclared(request: Template, before: Variables): Variables {
  const uses = findVariables(request);
  return Object.fromEntries(
    Object.entries(before).filter(([name, says]) => uses.has(name) || Object.keys(says).length > 0),
  );
}

/**
 * The request of a recipe with its placeholders filled, below what a call says itself.
 * @param given fields of the call
 * @param texts what the call gives for variables
 * @throws AppError invalid_request for a variable that is missing, unknown_parameter for one that the recipe has not
 */
export function applyRecipe(
  recipe: SavedRecipe,
  given: Readonly<Record<string, unknown>>,
  texts: Readonly<Record<string, string>>,
): { readonly fields: Readonly<Record<string, unknown>>; readonly used: UsedRecipe } {
  requireKnown(recipe, texts);
  const says = Object.keys(given).filter((field) => given[field] !== undefined);
  const aside = new Set(says.flatMap((field) => [field, ...(SETS_ASIDE[field] ?? [])]));
  const overridden = Object.keys(recipe.request).filter((field) => aside.has(field));
  const rest = Object.fromEntries(Object.entries(recipe.request).filter(([field]) => !aside.has(field)));
  const values = valuesFor(recipe, [...findVariables(rest).keys()], texts);
  return {
    fields: { ...fillTemplate(rest, new Map(Object.entries(values))), ...given },
    used: {
      name: recipe.name,
      version: recipe.version,
      ...(Object.keys(values).length === 0 ? {} : { variables: values }),
      ...(overridden.length === 0 ? {} : { overridden }),
    },
  };
}

function requireKnown({ name, variables }: SavedRecipe, texts: Readonly<Record<string, string>>): void {
  const known = Object.keys(variables);
  const unknown = Object.keys(texts).find((text) => !known.includes(text));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  const shown = unknown.slice(0, 100);
  throw new AppError('unknown_parameter', {
    message:
      `The recipe ${name} has no variable \`${shown}\`.` +
      (nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`) +
      (known.length === 0 ? ' It has none.' : ` It has: ${known.join(', ')}.`),
    param: `variables.${shown}`,
    facts: { allowed: known, ...(nearest === undefined ? {} : { nearest }) },
  });
}

function valuesFor(
  { name, variables }: SavedRecipe,
  needed: readonly string[],
  texts: Readonly<Record<string, string>>,
): Record<string, string> {
  const textOf = (variable: string) =>
    Object.hasOwn(texts, variable) ? texts[variable] : variables[variable]?.default;
  const missing = needed.filter((variable) => textOf(variable) === undefined);
  const [first] = missing;
  if (first !== undefined) {
    const described = variables[first]?.description;
    throw new AppError('invalid_request', {
      message:
        `\`variables.${first}\` is missing: the recipe ${name} needs ${missing.join(', ')}.` +
        (described === undefined ? '' : ` ${first}: ${described}`),
      param: `variables.${first}`,
    });
  }
  return Object.fromEntries(needed.map((variable) => [variable, textOf(variable) ?? '']));
}
