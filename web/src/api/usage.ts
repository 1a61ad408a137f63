import * as z from 'zod/mini';

const sums = {
  images: z.number(),
  generations: z.number(),
  credits: z.number(),
  failed: z.number(),
};

const usageSchema = z.object({
  mode: z.enum(['live', 'test']),
  from: z.string(),
  to: z.string(),
  data: z.array(
    z.object({
      ...sums,
      day: z.optional(z.string()),
      model: z.optional(z.string()),
      key_id: z.optional(z.string()),
      key_name: z.optional(z.string()),
    }),
  ),
  totals: z.object(sums),
});
/** What was made and charged, in credits. Days are those of UTC, `YYYY-MM-DD`. */
export type Usage = z.output<typeof usageSchema>;
export type UsageRow = Usage['data'][number];
export type UsageSums = Usage['totals'];

/** Whole days, both included: `YYYY-MM-DD`. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

export function usageOf({ from, to }: DayRange, by: 'model' | 'key', signal: AbortSignal) {
  return {
    path: `/v1/usage?from=${from}&to=${to}&group_by=day,${by}`,
    answer: usageSchema,
    signal,
  } as const;
}

/** The same by day, model and key as CSV, which is no answer in JSON. */
export function usageCsvPath({ from, to }: DayRange): string {
  return `/v1/usage?from=${from}&to=${to}&group_by=day,model,key&format=csv`;
}

const budgetSchema = z.object({
  scope: z.enum(['workspace', 'key']),
  key_id: z.optional(z.string()),
  key_name: z.optional(z.string()),
  monthly_credits: z.optional(z.number()),
  charged: z.number(),
  held: z.number(),
  remaining: z.optional(z.number()),
});
/** What a month may cost and has cost, in credits. */
export type Budget = z.output<typeof budgetSchema>;

/** This month's budgets: the workspace's first, then those of keys that have one. */
export function budgetsOf(signal: AbortSignal) {
  return {
    path: '/v1/budgets',
    answer: z.object({ ends_at: z.number(), data: z.array(budgetSchema) }),
    signal,
  } as const;
}
