import * as z from 'zod/mini';
import type { ImageWish } from './images.js';
import { partsSchema } from './prompts.js';

/** What can be varied, in the order of the matrix. */
export const AXES = ['model', 'prompt', 'prompt_replace', 'size', 'seed'] as const;
export type AxisName = (typeof AXES)[number];

const axisSchema = z.object({
  axis: z.enum(AXES),
  /** For `prompt_replace`: the words that its values stand for. */
  replaces: z.optional(z.string()),
  values: z.array(z.union([z.string(), z.number(), partsSchema])),
});
export type ComparedAxis = z.output<typeof axisSchema>;

const text = z.optional(z.string());
/** What is the same for all cells. */
const baseSchema = z.object({
  model: text,
  prompt: z.optional(z.union([z.string(), partsSchema])),
  negative_prompt: text,
  size: text,
  quality: text,
  style: text,
  background: text,
  output_format: text,
  output_compression: z.optional(z.number()),
  moderation: text,
  person_generation: text,
  complexity: text,
  seed: z.optional(z.number()),
  prompt_revision: z.optional(z.boolean()),
});

/** The body of a comparison, as far as screens write it. */
export interface ComparisonWish {
  readonly models?: readonly string[];
  readonly prompts?: readonly string[];
  readonly prompt_replace?: { readonly replace: string; readonly with: readonly string[] };
  readonly sizes?: readonly string[];
  readonly seeds?: readonly number[];
  readonly base: Partial<ImageWish>;
}

const adjustmentSchema = z.object({ param: z.string(), reason: z.string() });
const errorSchema = z.looseObject({ message: z.string(), code: z.string() });
/** Which value of each axis, from 0. */
const coordinatesSchema = z.partialRecord(z.enum(AXES), z.number());
export type Coordinates = z.output<typeof coordinatesSchema>;

const plannedCellSchema = z.object({
  index: z.number(),
  coordinates: coordinatesSchema,
  /** In credits; absent where it can't run. */
  credits: z.optional(z.number()),
  size_delivered: text,
  adjustments: z.array(adjustmentSchema),
  error: z.optional(errorSchema),
});
export type PlannedCell = z.output<typeof plannedCellSchema>;

const planSchema = z.object({
  axes: z.array(axisSchema),
  quote: z.object({ credits: z.number(), cells: z.number(), refused: z.number() }),
  cells: z.array(plannedCellSchema),
});
export type ComparisonPlan = z.output<typeof planSchema>;

/** What every cell would cost, and which can't run. */
export function comparisonPlanOf(wish: ComparisonWish, signal: AbortSignal) {
  return {
    method: 'POST',
    path: '/v1/images/comparisons',
    body: { ...wish, dry_run: true },
    answer: planSchema,
    signal,
  } as const;
}

const pictureSchema = z.object({
  id: z.string(),
  url: text,
  previews: z.array(z.object({ width: z.number(), url: z.string() })),
  width: z.number(),
  height: z.number(),
  mime_type: z.string(),
  file_id: text,
});
export type CellPicture = z.output<typeof pictureSchema>;

export const cellSchema = z.object({
  index: z.number(),
  coordinates: coordinatesSchema,
  status: z.enum(['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled']),
  /** Absent where it could not be planned. */
  generation_id: text,
  images: z.array(pictureSchema),
  credits_quoted: z.optional(z.number()),
  credits_used: z.number(),
  /** From its first call to its end. */
  latency_ms: z.optional(z.number()),
  adjustments: z.array(adjustmentSchema),
  error: z.optional(errorSchema),
});
export type Cell = z.output<typeof cellSchema>;

const summaryShape = {
  id: z.string(),
  status: z.enum(['running', 'succeeded', 'partial', 'failed', 'cancelled']),
  created: z.number(),
  axes: z.array(axisSchema),
  base: baseSchema,
  counts: z.object({ total: z.number(), succeeded: z.number(), failed: z.number(), cancelled: z.number() }),
  credits_quoted: z.number(),
  credits_used: z.number(),
  sheet: z.optional(z.object({ file_id: z.string() })),
  warnings: z.array(z.string()),
};
const summarySchema = z.object(summaryShape);
export type ComparisonSummary = z.output<typeof summarySchema>;
export const comparisonSchema = z.object({ ...summaryShape, cells: z.array(cellSchema) });
/** A comparison with its grid. Times are Unix seconds, money is credits. */
export type Comparison = z.output<typeof comparisonSchema>;

/** Begins a comparison, which runs on whether or not anybody watches. */
export function beginComparison(wish: ComparisonWish, idempotencyKey: string) {
  return {
    method: 'POST',
    path: '/v1/images/comparisons',
    body: wish,
    headers: { prefer: 'respond-async', 'idempotency-key': idempotencyKey },
    answer: comparisonSchema,
  } as const;
}

export function comparisonOf(id: string, signal: AbortSignal) {
  return { path: pathOf(id), answer: comparisonSchema, signal } as const;
}

/** What has not begun is given up and costs nothing; what runs ends as it ends. */
export function cancelComparisonOf(id: string) {
  return { method: 'DELETE', path: pathOf(id), answer: comparisonSchema } as const;
}

const pageSchema = z.object({ data: z.array(summarySchema), has_more: z.boolean(), last_id: text });
export type ComparisonPage = z.output<typeof pageSchema>;

/** A page of comparisons, newest first. @param after id of the last one of the page before */
export function comparisonList(after: string | undefined, signal: AbortSignal) {
  const query = new URLSearchParams({ limit: '20', ...(after === undefined ? {} : { after }) });
  return {
    path: `/v1/images/comparisons?${query.toString()}`,
    answer: pageSchema,
    signal,
  } as const;
}

/** Where a comparison is; its id may come from the address. */
export function pathOf(id: string): string {
  return `/v1/images/comparisons/${encodeURIComponent(id)}`;
}
