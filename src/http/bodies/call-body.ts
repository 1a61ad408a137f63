import { z } from 'zod';
import { AppError } from '../../errors.js';
import { applyRecipe, MAX_VALUE_CHARS } from '../../images/recipes/saved-recipe.js';
import { generationBodySchema, type RecordedBody } from '../../images/request-body.js';
import type { Caller } from '../../workspaces/workspace-store.js';
import type { HttpContext } from '../context.js';
import { describeProblem } from '../describe-problem.js';

const { model, prompt } = generationBodySchema.shape;

/** The body of a call that makes pictures: fields of a request, and the saved recipe that stands behind them. */
export const callBodySchema = generationBodySchema.partial().extend({
  model: model
    .optional()
    .describe('Slug or alias of a model, see GET /v1/models. Needed unless `recipe` says it.'),
  prompt: prompt
    .optional()
    .describe('What to draw: text, or parts that are worded for the model. Needed unless `recipe` says it.'),
  recipe: z
    .string()
    .max(100, 'must have at most 100 characters')
    .optional()
    .describe('Name of a saved recipe, see /v1/recipes. Fields beside it take the place of the recipe’s.'),
  variables: z
    .record(
      z.string(),
      z
        .union(
          [z.string().max(MAX_VALUE_CHARS, `must have at most ${MAX_VALUE_CHARS} characters`), z.number()],
          'must be text',
        )
        .transform(String),
    )
    .optional()
    .describe('What stands for the placeholders of the recipe: `{"subject": "a fox"}`.'),
});
export type CallBody = z.output<typeof callBodySchema>;

/**
 * The whole request of a call, with its recipe behind it.
 * @throws AppError not_found for an unknown recipe, invalid_request or unknown_parameter for its variables and for what the two
 * together lack
 */
export async function readCall(
  written: CallBody,
  caller: Caller,
  { recipes }: Pick<HttpContext, 'recipes'>,
): Promise<RecordedBody> {
  const { recipe: name, variables, ...given } = written;
  if (name === undefined) {
    if (variables !== undefined) {
      throw new AppError('invalid_request', {
        message: '`variables` stand for the placeholders of a saved recipe. Name it in `recipe`.',
        param: 'variables',
      });
    }
    if (given.model === undefined || given.prompt === undefined) {
      const param = given.model === undefined ? 'model' : 'prompt';
      throw new AppError('invalid_request', { message: `\`${param}\` is required.`, param });
    }
    return { ...given, model: given.model, prompt: given.prompt };
  }
  const recipe = await recipes.load(caller.workspace.id, name, 'recipe');
  const { fields, used } = applyRecipe(recipe, given, variables ?? {});
  const parsed = generationBodySchema.safeParse(fields, { reportInput: true });
  if (!parsed.success) throw describeProblem(parsed.error, Object.keys(callBodySchema.shape));
  return { ...parsed.data, recipe: used };
}
