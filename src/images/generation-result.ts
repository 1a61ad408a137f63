import { z } from 'zod';
import { promptChangeSchema } from '../prompts/prompt-diff.js';
import { structuredPromptSchema } from '../prompts/structured-prompt.js';
import { errorType, type AppError } from '../errors.js';
import type { JsonValue } from '../providers/provider.js';
import { usedRecipeSchema } from './recipes/used-recipe.js';

/** An error as callers see it, without the envelope. Facts stand beside the four fixed fields. */
export const publicErrorSchema = z.looseObject({
  message: z.string(),
  type: z.string(),
  code: z.string(),
  param: z.string().nullable(),
});
export type PublicError = z.output<typeof publicErrorSchema>;

export const jsonValue: z.ZodType<JsonValue> = z.json();

export const adjustmentSchema = z.object({
  param: z.string(),
  asked: jsonValue.optional(),
  sent: jsonValue.optional(),
  delivered: jsonValue.optional(),
  reason: z.string(),
  scale: z.number().optional(),
});

const whereabouts = {
  model: z.string(),
  provider: z.string(),
  route: z.string(),
  upstream_model: z.string(),
  operator: z.string(),
  operator_country: z.string(),
  country: z.string(),
};

/** Where a generation ran, what it cost and what was sent: kept with the record and shown as it is. */
export const receiptSchema = z.object({
  asked_model: z.string(),
  ...whereabouts,
  mode: z.enum(['live', 'test']),
  prompt: z.string(),
  prompt_sent: z.string(),
  prompt_reported: z.string().optional(),
  prompt_parts: structuredPromptSchema
    .optional()
    .describe('The prompt as it was given, where it came in parts.'),
  negative_prompt_sent: z.string().optional().describe('What went into a field of its own.'),
  prompt_diff: z
    .object({ sent: z.array(promptChangeSchema), reported: z.array(promptChangeSchema) })
    .partial()
    .optional()
    .describe(
      'Word by word: from `prompt` to `prompt_sent`, and from there to `prompt_reported`. Absent where nothing changed.',
    ),
  recipe: usedRecipeSchema.optional(),
  adapter_version: z.string().optional().describe('Version of the gateway that spoke to the provider.'),
  credits_quoted: z.number(),
  credits_charged: z.number(),
  fallback_from: z.string().optional().describe('The model that failed, where another one served.'),
  fallback_depth: z
    .int()
    .optional()
    .describe('How far down the list of fallback models it went; 1 is the first of them.'),
  served: z
    .array(
      z.object({
        ...whereabouts,
        images: z.array(z.int()).describe('Numbers of the pictures, from 1.'),
        credits_charged: z.number(),
      }),
    )
    .optional()
    .describe('Where the pictures of one generation ran in more than one place: each of them.'),
});
export type Receipt = z.output<typeof receiptSchema>;

/** The model that made a picture. @param position from 0 */
export function servedModel(receipt: Receipt, position: number): string {
  return receipt.served?.find(({ images }) => images.includes(position + 1))?.model ?? receipt.model;
}

const usageSchema = z.object({
  total_tokens: z.number(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  input_tokens_details: z.object({ text_tokens: z.number(), image_tokens: z.number() }),
  output_tokens_details: z.object({ text_tokens: z.number(), image_tokens: z.number() }),
});
export type PublicUsage = z.output<typeof usageSchema>;

/** What is kept of a finished generation beside its pictures and attempts. */
export const generationResultSchema = z.object({
  quality: z.string().optional(),
  adjustments: z.array(adjustmentSchema),
  receipt: receiptSchema,
  usage: usageSchema.optional(),
  /** One per image that could not be delivered. */
  errors: z.array(publicErrorSchema),
  metadata: z.record(z.string(), z.string()),
});
export type GenerationResult = z.output<typeof generationResultSchema>;

/** The public face of an error, with what decides whether a client may ask again. */
export function toPublicError(error: AppError): PublicError {
  return {
    message: error.message,
    type: errorType(error.status),
    code: error.code,
    param: error.param ?? null,
    ...error.facts,
    ...(error.retryAfterMs === undefined ? {} : { retry_after_ms: error.retryAfterMs }),
    should_retry: error.retry,
  };
}
