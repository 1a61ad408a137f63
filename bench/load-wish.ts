import { z } from 'zod';

/** What the load generator is told. */
export const loadWishSchema = z.object({
  /** Callers are spread over them. */
  urls: z.array(z.url()).min(1),
  key: z.string(),
  body: z.string(),
  concurrency: z.int().min(1),
  warmupMs: z.number(),
  durationMs: z.number(),
  /**
   * The prompt asks the upstream to take so long, differently for each call, and the time of an answer is counted without it.
   * The body has `WAIT_MS` where the number belongs.
   */
  waits: z.object({ minMs: z.int().min(0), maxMs: z.int().min(0) }).optional(),
  /** SHA-256 of the pictures that may come, hexadecimal. */
  hashes: z.array(z.string()),
});
export type LoadWish = z.output<typeof loadWishSchema>;

export const loadResultSchema = z.object({
  event: z.literal('result'),
  seconds: z.number(),
  /** Answers within the measured time; each has one picture. */
  images: z.number(),
  /** All answers, warm-up included. */
  answered: z.number(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
  problems: z.array(z.string()),
});
export type LoadResult = z.output<typeof loadResultSchema>;
