import { z } from 'zod';

/** What the load of listeners is told. */
export const watchWishSchema = z.object({
  /** In turn, without a path. */
  origins: z.array(z.url()).min(1),
  key: z.string(),
  listeners: z.int().min(0),
  warmupMs: z.number(),
  durationMs: z.number(),
});
export type WatchWish = z.output<typeof watchWishSchema>;

export const watchResultSchema = z.object({
  event: z.literal('result'),
  /** Ends that were heard of. */
  heard: z.number(),
  /** From when the upstream had answered to when the listener heard of it; what asking took counts too. */
  p50Ms: z.number(),
  p95Ms: z.number(),
  problems: z.record(z.string(), z.number()),
});
export type WatchResult = z.output<typeof watchResultSchema>;
