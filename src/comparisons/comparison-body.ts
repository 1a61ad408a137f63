import { z } from 'zod';
import { generationBodySchema } from '../images/request-body.js';
import { SHEET_FORMATS, SHEET_THEMES } from '../painter/sheet/sheet.js';

/** Cells that one comparison may have. */
export const MAX_CELLS = 100;
const MIN_SHEET_EDGE = 512;
export const MAX_SHEET_EDGE = 4096;

const { model, prompt, size, seed } = generationBodySchema.shape;
const axis = <T extends z.ZodType>(value: T) =>
  z
    .array(value)
    .min(1, 'must have at least one value')
    .max(MAX_CELLS, `must have at most ${MAX_CELLS} values`);

/** What is the same for all cells. */
export const comparisonBaseSchema = generationBodySchema
  .extend({
    // What a comparison answers is a grid with links; it is watched by its own events.
    stream: z.literal(false).optional(),
    dry_run: z.literal(false).optional(),
    response_format: z.literal('url').optional(),
    prompt_revision: z.boolean().optional(),
  })
  .omit({ partial_images: true, svg: true })
  .partial();

const sheetSchema = z
  .strictObject({
    format: z.enum(SHEET_FORMATS).describe('`webp` by default.'),
    theme: z.enum(SHEET_THEMES).describe('`light` by default.'),
    max_edge: z
      .number('must be a number')
      .int('must be a whole number')
      .min(MIN_SHEET_EDGE, `must be from ${MIN_SHEET_EDGE} to ${MAX_SHEET_EDGE}`)
      .max(MAX_SHEET_EDGE, `must be from ${MIN_SHEET_EDGE} to ${MAX_SHEET_EDGE}`)
      .describe(`Pixels of its longer edge at most; ${MAX_SHEET_EDGE} by default.`),
    title: z.string().max(200, 'must have at most 200 characters').describe('Its heading.'),
  })
  .partial();

/** The body of `POST /v1/images/comparisons`, as callers write it. */
export const comparisonBodySchema = z
  .strictObject({
    models: axis(model).describe('Slugs or aliases.'),
    prompts: axis(prompt).describe('Texts, or prompts in parts.'),
    prompt_replace: z
      .strictObject({
        replace: z
          .string()
          .regex(/\S/, 'must not be empty')
          .max(1000, 'must have at most 1000 characters')
          .describe('Words that occur in every prompt, exactly so and as whole words.'),
        with: axis(z.string().max(2000, 'must have at most 2000 characters')).describe(
          'What stands in their place. List the words themselves to have the prompt as it was among the cells.',
        ),
      })
      .describe('An axis of its own: every prompt with some words replaced by others.'),
    sizes: axis(size.unwrap()).describe('As `size` of a request.'),
    seeds: axis(seed.unwrap()).describe('As `seed` of a request.'),
    base: comparisonBaseSchema.describe(
      'Every other field of an image request, the same for all cells. Fallback models are off unless it says otherwise.',
    ),
    sheet: z
      .union([z.boolean(), sheetSchema], 'must be false, or an object')
      .describe('The contact sheet, a file of your own; false: none.'),
    dry_run: z.boolean().describe('true: answer with the plan of every cell and the sum, run nothing.'),
  })
  .partial();

export type ComparisonBody = z.output<typeof comparisonBodySchema>;
export type ComparisonBase = z.output<typeof comparisonBaseSchema>;

/** How a contact sheet is wanted. */
export const sheetWishSchema = z.object({
  format: z.enum(SHEET_FORMATS),
  theme: z.enum(SHEET_THEMES),
  maxEdge: z.number(),
  title: z.string().optional(),
});
export type SheetWish = z.output<typeof sheetWishSchema>;

/** @returns undefined where none is wanted */
export function sheetWishOf({ sheet = true }: ComparisonBody): SheetWish | undefined {
  if (sheet === false) return undefined;
  const { format, theme, max_edge: maxEdge, title } = sheet === true ? {} : sheet;
  return {
    format: format ?? 'webp',
    theme: theme ?? 'light',
    maxEdge: maxEdge ?? MAX_SHEET_EDGE,
    ...(title === undefined || title.trim() === '' ? {} : { title: title.trim() }),
  };
}
