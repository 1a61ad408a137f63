import * as z from 'zod/mini';
import { partsSchema, type PromptParts } from './prompts.js';

const adjustmentSchema = z.object({
  param: z.string(),
  asked: z.optional(z.unknown()),
  sent: z.optional(z.unknown()),
  delivered: z.optional(z.unknown()),
  reason: z.string(),
});

/** The body of a generation, as far as screens write it. */
export interface ImageWish {
  readonly model: string;
  readonly prompt: string | PromptParts;
  readonly negative_prompt?: string | undefined;
  readonly n?: number | undefined;
  readonly size?: string | undefined;
  readonly quality?: string | undefined;
  readonly style?: string | undefined;
  readonly background?: string | undefined;
  readonly output_format?: string | undefined;
  readonly output_compression?: number | undefined;
  readonly moderation?: string | undefined;
  readonly person_generation?: string | undefined;
  readonly complexity?: string | undefined;
  readonly seed?: number | undefined;
  readonly prompt_revision?: boolean | undefined;
  readonly partial_images?: number | undefined;
}

export const planSchema = z.object({
  model: z.string(),
  asked_model: z.string(),
  quote: z.object({ credits: z.number() }),
  candidates: z.array(
    z.object({
      depth: z.number(),
      model: z.string(),
      operator: z.string(),
      operator_country: z.string(),
      country: z.string(),
      size_delivered: z.optional(z.string()),
    }),
  ),
  prompt: z.object({ sent: z.string() }),
  adjustments: z.array(adjustmentSchema),
});
export type Plan = z.output<typeof planSchema>;

/** What would run, with what adaptations, at what price. */
export function planOf(wish: ImageWish, signal: AbortSignal) {
  return { method: 'POST', path: '/v1/images/plan', body: wish, answer: planSchema, signal } as const;
}

const publicErrorSchema = z.looseObject({
  message: z.string(),
  code: z.string(),
  param: z.optional(z.nullable(z.string())),
  provider_reason: z.optional(z.string()),
});

const pictureSchema = z.object({
  id: z.string(),
  url: z.optional(z.string()),
  model: z.optional(z.string()),
  revised_prompt: z.optional(z.string()),
  width: z.number(),
  height: z.number(),
  mime_type: z.string(),
  seed: z.optional(z.number()),
  file_id: z.optional(z.string()),
  expires_at: z.number(),
  provenance: z.optional(z.object({ c2pa: z.boolean(), treatment: z.string() })),
});
export type Picture = z.output<typeof pictureSchema>;

const receiptSchema = z.object({
  asked_model: z.string(),
  model: z.string(),
  operator: z.string(),
  operator_country: z.string(),
  country: z.string(),
  mode: z.enum(['live', 'test']),
  prompt: z.string(),
  prompt_sent: z.string(),
  prompt_reported: z.optional(z.string()),
  prompt_parts: z.optional(partsSchema),
  negative_prompt_sent: z.optional(z.string()),
  credits_quoted: z.number(),
  credits_charged: z.number(),
  fallback_from: z.optional(z.string()),
});

export const generationSchema = z.object({
  id: z.string(),
  status: z.enum(['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled']),
  created: z.number(),
  data: z.array(pictureSchema),
  credits_used: z.number(),
  model: z.string(),
  quality: z.optional(z.string()),
  adjustments: z.array(adjustmentSchema),
  receipt: z.optional(receiptSchema),
  attempts: z.array(
    z.object({ image: z.number(), model: z.string(), outcome: z.string(), duration_ms: z.number() }),
  ),
  errors: z.array(publicErrorSchema),
  error: z.optional(publicErrorSchema),
});
/** The record behind a call. Times are Unix seconds, money is credits. */
export type Generation = z.output<typeof generationSchema>;

/** Begins a generation, which runs on whether or not anybody watches. */
export function beginGeneration(wish: ImageWish, idempotencyKey: string) {
  return {
    method: 'POST',
    path: '/v1/images/generations',
    body: wish,
    headers: { prefer: 'respond-async', 'idempotency-key': idempotencyKey },
    answer: generationSchema,
  } as const;
}

export function generationOf(id: string, signal: AbortSignal) {
  return { path: `/v1/images/generations/${id}`, answer: generationSchema, signal } as const;
}

/** What runs is stopped, what waits is given up; pictures that were delivered by then stay. */
export function cancelOf(id: string) {
  return { method: 'DELETE', path: `/v1/images/generations/${id}`, answer: generationSchema } as const;
}

/** Keeps a picture for good. */
export function keepOf(imageId: string) {
  return {
    method: 'POST',
    path: '/v1/files',
    body: { image_id: imageId },
    answer: z.object({ id: z.string(), filename: z.string() }),
  } as const;
}

const replaySchema = z.object({ not_reproducible: z.array(z.string()), identical: z.optional(z.boolean()) });

/** What making a picture again would cost, and what can't be made the same. */
export function replayPlanOf(imageId: string, signal: AbortSignal) {
  return {
    method: 'POST',
    path: `/v1/images/${imageId}/replay`,
    body: { dry_run: true },
    answer: z.object({ quote: z.object({ credits: z.number() }), replay: replaySchema }),
    signal,
  } as const;
}

/** Makes a picture again; answers when it is there. */
export function replayOf(imageId: string, idempotencyKey: string) {
  return {
    method: 'POST',
    path: `/v1/images/${imageId}/replay`,
    body: {},
    headers: { 'idempotency-key': idempotencyKey },
    answer: z.object({ ...generationSchema.shape, replay: replaySchema }),
  } as const;
}
