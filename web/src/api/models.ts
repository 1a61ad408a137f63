import * as z from 'zod/mini';

const choice = z.union([z.string(), z.number(), z.boolean()]);
const range = z.object({ min: z.number(), max: z.number() });

const modelSchema = z.object({
  id: z.string(),
  name: z.string(),
  owned_by: z.string(),
  strengths: z.array(z.string()),
  notes: z.string(),
  capabilities: z.object({
    imageGenerate: z.boolean(),
    imageEdit: z.boolean(),
    maskEdit: z.boolean(),
    /** How many pictures an edit takes; 0: none. */
    maxInputImages: z.number(),
    seed: z.boolean(),
    negativePrompt: z.boolean(),
    transparency: z.boolean(),
    streaming: z.boolean(),
  }),
  allowedParams: z.object({
    sizes: z.array(z.object({ size: z.string(), aspect_ratio: z.string(), native: z.boolean() })),
    n: range,
    prompt: z.object({ max_chars: z.number() }),
    quality: z.optional(z.array(choice)),
    style: z.optional(z.array(choice)),
    background: z.optional(z.array(choice)),
    output_format: z.array(choice),
    output_compression: z.optional(range),
    moderation: z.optional(z.array(choice)),
    person_generation: z.optional(z.array(choice)),
    complexity: z.optional(z.array(choice)),
    seed: z.optional(range),
    prompt_revision: z.array(choice),
  }),
  pricing: z.object({
    unit: z.enum(['image', 'token']),
    credits: z.array(z.object({ size: z.string(), quality: z.optional(z.string()), credits: z.number() })),
  }),
  lifecycle: z.object({
    status: z.enum(['active', 'deprecated', 'retired']),
    deprecated_on: z.optional(z.string()),
    retired_on: z.optional(z.string()),
    successor: z.optional(z.string()),
  }),
  routes: z.array(
    z.object({
      operator: z.string(),
      operator_country: z.string(),
      country: z.string(),
      also_in: z.optional(z.array(z.string())),
    }),
  ),
  content_policy: z.enum(['provider', 'none']),
  available: z.boolean(),
  unavailable_reason: z.optional(z.string()),
});

/** A model of the catalogue, as far as screens need it. */
export type Model = z.output<typeof modelSchema>;

const listSchema = z.object({ data: z.array(modelSchema) });

/** Every model, with whether this key can use it now. */
export function modelList(signal: AbortSignal) {
  return { path: '/v1/models', answer: listSchema, signal } as const;
}
