import { z } from 'zod';

/** Which saved recipe a request came of, and with what. */
export const usedRecipeSchema = z
  .object({
    name: z.string(),
    version: z.int(),
    variables: z
      .record(z.string(), z.string())
      .optional()
      .describe('What stood for its placeholders, defaults included.'),
    overridden: z
      .array(z.string())
      .optional()
      .describe('Its fields that fields of the request took the place of.'),
  })
  .describe('The saved recipe that the request came of.')
  .meta({ id: 'UsedRecipe' });
export type UsedRecipe = z.output<typeof usedRecipeSchema>;
