import { z } from 'zod';
import { structuredPromptSchema } from '../prompts/structured-prompt.js';

/** Axes in the order of the matrix: the first one changes slowest. */
export const AXIS_NAMES = ['model', 'prompt', 'prompt_replace', 'size', 'seed'] as const;
export type AxisName = (typeof AXIS_NAMES)[number];

/** One variable of a comparison, with the values that it takes. */
export const axisSchema = z.object({
  axis: z.enum(AXIS_NAMES),
  replaces: z.string().optional().describe('For `prompt_replace`: the words that its values stand for.'),
  values: z.array(z.union([z.string(), z.number(), structuredPromptSchema])),
});
export type Axis = z.output<typeof axisSchema>;
export type AxisValue = Axis['values'][number];

/** Which value of each axis a cell has, from 0. */
export const coordinatesSchema = z.partialRecord(z.enum(AXIS_NAMES), z.int());
export type Coordinates = z.output<typeof coordinatesSchema>;

/** The axes on which two cells differ. */
export function differences(a: Coordinates, b: Coordinates): readonly AxisName[] {
  return AXIS_NAMES.filter((name) => a[name] !== b[name]);
}
