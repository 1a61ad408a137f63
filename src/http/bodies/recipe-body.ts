import { z } from 'zod';
import type { Catalogue } from '../../catalogue/catalogue.js';
import { AppError } from '../../errors.js';
import type { Template } from '../../images/recipes/placeholders.js';
import type { RecipeText } from '../../images/recipes/recipe-store.js';
import { completeVariables, sampleOf, type Variables } from '../../images/recipes/saved-recipe.js';
import { generationBodySchema } from '../../images/request-body.js';
import { normaliseGenerationBody } from '../../images/request.js';
import { describeProblem } from '../describe-problem.js';

/** Longest request of a recipe as JSON, in UTF-16 units. */
const MAX_REQUEST_CHARS = 250_000;

/** What says how a call is answered, or for whom, is each call's own. */
const savedRequestSchema = generationBodySchema.partial().omit({ dry_run: true, stream: true, user: true });
const KNOWN = Object.keys(savedRequestSchema.shape);

/** Slugs: they stand in addresses and on command lines. */
export const recipeName = z
  .string()
  .regex(
    /^[a-z0-9]+(?:-[a-z0-9]+)*$/,
    'must be lower-case letters and digits in words joined by single hyphens, for example winter-card',
  )
  .max(64, 'must have at most 64 characters');

/**
 * What a recipe says, looked over with its defaults in place: a call that fills it can only fail by what it fills in.
 * @throws AppError naming the field of the request, or the variable, that is wrong
 */
export function readRecipe(
  {
    description,
    request,
    variables,
  }: {
    readonly description: string | undefined;
    readonly request: Template;
    readonly variables: Variables;
  },
  catalogue: Catalogue,
): RecipeText {
  const text = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== null));
  if (JSON.stringify(text).length > MAX_REQUEST_CHARS) {
    throw new AppError('payload_too_large', {
      message: `\`request\` is longer than ${MAX_REQUEST_CHARS} characters.`,
      param: 'request',
    });
  }
  const sample = sampleOf(text, completeVariables(text, variables));
  inRequest(() => {
    const parsed = savedRequestSchema.safeParse(sample, { reportInput: true });
    if (!parsed.success) throw describeProblem(parsed.error, KNOWN);
    const { model, prompt } = parsed.data;
    normaliseGenerationBody({ ...parsed.data, model: model ?? 'any', prompt: prompt ?? 'any' });
    if (model !== undefined) catalogue.get(model, 'model');
  });
  return { description, request: text, variables };
}

/** Problems are told as what they are: of a field within `request`. */
function inRequest(look: () => void): void {
  try {
    look();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, {
      message: `In \`request\`: ${error.message}`,
      param: error.param === undefined ? 'request' : `request.${error.param}`,
      facts: error.facts,
      cause: error,
    });
  }
}
