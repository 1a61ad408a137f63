import { z } from 'zod';
import { comparisonBodySchema, type ComparisonBody } from '../../comparisons/comparison-body.js';
import { nameField } from '../../comparisons/matrix.js';
import { AppError } from '../../errors.js';
import { applyRecipe } from '../../images/recipes/saved-recipe.js';
import type { UsedRecipe } from '../../images/recipes/used-recipe.js';
import type { Caller } from '../../workspaces/workspace-store.js';
import type { HttpContext } from '../context.js';
import { describeProblem } from '../describe-problem.js';
import { callBodySchema } from './call-body.js';

const { base } = comparisonBodySchema.shape;
const { recipe, variables } = callBodySchema.shape;

/** The body of a call that compares: that of a comparison, and the saved recipe that may stand behind its base. */
export const comparisonCallSchema = comparisonBodySchema.extend({
  base: base
    .unwrap()
    .extend({ recipe, variables })
    .optional()
    .describe(base.description ?? ''),
});
type ComparisonCall = z.output<typeof comparisonCallSchema>;

/** Fields of a recipe that say how an answer comes; a comparison's is always a grid with links. */
const NOT_COMPARED = ['stream', 'dry_run', 'response_format', 'partial_images'] as const;

/**
 * The whole comparison of a call, with its recipe behind the base. Axes take the place of the recipe's fields.
 * @throws AppError not_found for an unknown recipe, invalid_request or unknown_parameter for its variables
 */
export async function readComparison(
  written: ComparisonCall,
  caller: Caller,
  { recipes }: Pick<HttpContext, 'recipes'>,
): Promise<{ readonly body: ComparisonBody; readonly recipe: UsedRecipe | undefined }> {
  const { recipe: name, variables: texts, ...given } = written.base ?? {};
  if (name === undefined) {
    if (texts !== undefined) {
      throw new AppError('invalid_request', {
        message: '`base.variables` stand for the placeholders of a saved recipe. Name it in `base.recipe`.',
        param: 'base.variables',
      });
    }
    return { body: written.base === undefined ? written : { ...written, base: given }, recipe: undefined };
  }
  const saved = await recipes.load(caller.workspace.id, name, 'base.recipe');
  const byAxes = {
    ...(written.models === undefined ? {} : { model: written.models[0] }),
    ...(written.prompts === undefined ? {} : { prompt: written.prompts[0] }),
    ...(written.sizes === undefined ? {} : { size: written.sizes[0] }),
    ...(written.seeds === undefined ? {} : { seed: written.seeds[0] }),
  };
  const { fields, used } = apply(saved, { ...given, ...byAxes }, texts ?? {});
  const left = Object.fromEntries(
    Object.entries(fields).filter(
      ([field]) =>
        // Said twice, it is refused as ever.
        (!Object.hasOwn(byAxes, field) || Object.hasOwn(given, field)) &&
        (!NOT_COMPARED.some((other) => other === field) || Object.hasOwn(given, field)),
    ),
  );
  const parsed = z.object({ base }).safeParse({ base: left }, { reportInput: true });
  if (!parsed.success) throw describeProblem(parsed.error, Object.keys(comparisonCallSchema.shape));
  return { body: { ...written, base: parsed.data.base }, recipe: used };
}

/** Its errors name the fields as a comparison has them. */
function apply(...args: Parameters<typeof applyRecipe>): ReturnType<typeof applyRecipe> {
  try {
    return applyRecipe(...args);
  } catch (error) {
    throw nameField(error, {});
  }
}
