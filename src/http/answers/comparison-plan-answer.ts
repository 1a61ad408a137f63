import { z } from 'zod';
import { formatSize } from '../../catalogue/size-rules.js';
import { AXIS_NAMES, axisSchema, coordinatesSchema, differences } from '../../comparisons/axes.js';
import type { ComparisonPlan, PlannedCell } from '../../comparisons/plan-comparison.js';
import { toCredits } from '../../credits/microcredits.js';
import { adjustmentSchema, publicErrorSchema, toPublicError } from '../../images/generation-result.js';

/** What every cell would run, and the sum. */
export const comparisonPlanSchema = z
  .object({
    object: z.literal('image.comparison.plan'),
    axes: z.array(axisSchema),
    quote: z.object({
      credits: z.number().describe('The most that all cells together can cost.'),
      cells: z.number().int(),
      refused: z.number().int().describe('Cells that can not run; they cost nothing.'),
    }),
    cells: z.array(
      z.object({
        index: z.number().int(),
        coordinates: coordinatesSchema,
        vary: z.array(z.enum(AXIS_NAMES)),
        credits: z.number().optional(),
        model: z.string().optional(),
        provider: z.string().optional(),
        route: z.string().optional(),
        country: z.string().optional(),
        size_sent: z.string().optional(),
        size_delivered: z.string().optional(),
        adjustments: z.array(adjustmentSchema),
        error: publicErrorSchema.optional().describe('Why it can not run.'),
      }),
    ),
  })
  .meta({ id: 'ComparisonPlan' });

export function toComparisonPlanAnswer({
  axes,
  cells,
  quote,
}: ComparisonPlan): z.output<typeof comparisonPlanSchema> {
  const [first] = cells;
  return {
    object: 'image.comparison.plan',
    axes: [...axes],
    quote: {
      credits: toCredits(quote),
      cells: cells.length,
      refused: cells.filter(({ plan }) => plan === undefined).length,
    },
    cells: cells.map((cell) => ({
      index: cell.position,
      coordinates: cell.coordinates,
      vary: [...differences(cell.coordinates, first?.coordinates ?? cell.coordinates)],
      ...describePlan(cell),
    })),
  };
}

function describePlan({ plan, error }: PlannedCell) {
  if (plan === undefined) return { adjustments: [], error: toPublicError(error) };
  const [candidate] = plan.candidates;
  const { model, route, nativeSize, finish } = candidate;
  return {
    credits: toCredits(plan.quote),
    model: model.entry.slug,
    provider: model.provider.id,
    route: route.id,
    country: route.country,
    ...(nativeSize === undefined ? {} : { size_sent: formatSize(nativeSize) }),
    ...(finish.size === undefined ? {} : { size_delivered: formatSize(finish.size) }),
    adjustments: candidate.adjustments.map((adjustment) => ({ ...adjustment })),
  };
}
