import { z } from 'zod';

/** What the paced load is told. */
export const pacedWishSchema = z.object({
  /** In turn. */
  urls: z.array(z.url()).min(1),
  method: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
  /** Status of a right answer. */
  status: z.int(),
  perSecond: z.number().positive(),
  warmupMs: z.number(),
  durationMs: z.number(),
});
export type PacedWish = z.output<typeof pacedWishSchema>;

export const pacedResultSchema = z.object({
  event: z.literal('result'),
  seconds: z.number(),
  /** Right answers to what was sent in the measured time. */
  answered: z.number(),
  megabytes: z.number(),
  /** From when a request was due to the end of its answer. */
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
  /** What went wrong, and how often. */
  problems: z.record(z.string(), z.number()),
});
export type PacedResult = z.output<typeof pacedResultSchema>;
