import { z } from 'zod';

/** Answers about comparisons as far as the command line reads them; the rest is passed on. */
const axis = z.looseObject({
  axis: z.string(),
  replaces: z.string().optional(),
  values: z.array(z.union([z.string(), z.number(), z.looseObject({})])),
});
export type SeenAxis = z.output<typeof axis>;

const cellShape = {
  index: z.number(),
  coordinates: z.record(z.string(), z.number()),
  error: z.looseObject({ code: z.string(), message: z.string() }).optional(),
  adjustments: z.array(z.looseObject({ param: z.string() })),
};

export const seenPlan = z.looseObject({
  axes: z.array(axis),
  quote: z.object({ credits: z.number(), cells: z.number(), refused: z.number() }),
  cells: z.array(
    z.looseObject({ ...cellShape, credits: z.number().optional(), size_sent: z.string().optional() }),
  ),
});
export type SeenPlan = z.output<typeof seenPlan>;

export const seenCell = z.looseObject({
  ...cellShape,
  status: z.enum(['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled']),
  credits_used: z.number(),
  latency_ms: z.number().optional(),
});
export type SeenCell = z.output<typeof seenCell>;

export const seenComparison = z.looseObject({
  id: z.string(),
  status: z.enum(['running', 'succeeded', 'partial', 'failed', 'cancelled']),
  axes: z.array(axis),
  counts: z.looseObject({
    total: z.number(),
    succeeded: z.number(),
    failed: z.number(),
    cancelled: z.number(),
  }),
  credits_used: z.number(),
  sheet: z.object({ file_id: z.string() }).optional(),
  warnings: z.array(z.string()),
  cells: z.array(seenCell),
  table: z.array(
    z.looseObject({
      axis: z.string(),
      value: z.number(),
      cells: z.number(),
      succeeded: z.number(),
      failed: z.number(),
      credits_used: z.number(),
      latency_ms: z.object({ min: z.number(), median: z.number(), max: z.number() }).optional(),
    }),
  ),
});
export type SeenComparison = z.output<typeof seenComparison>;
