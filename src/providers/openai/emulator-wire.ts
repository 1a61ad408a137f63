/**
 * Everything the emulated service answers, as strict schemas: the emulator's tests hold its answers against them, and
 * the fixtures from the protocol notes prove that they are the real shapes (§7, §9, §10, §11).
 */
import { z } from 'zod';

const usage = z.strictObject({
  input_tokens: z.int(),
  output_tokens: z.int(),
  total_tokens: z.int(),
  input_tokens_details: z.strictObject({ text_tokens: z.int(), image_tokens: z.int() }),
  output_tokens_details: z.strictObject({ text_tokens: z.int(), image_tokens: z.int() }).optional(),
});

/** Success of generations and edits. Older edit answers have no `usage`; the DALL·E models have only `created` and `data`. */
export const imagesAnswer = z.strictObject({
  created: z.int(),
  background: z.enum(['opaque', 'transparent']).optional(),
  output_format: z.string().optional(),
  quality: z.string().optional(),
  size: z.string().optional(),
  data: z.array(
    z.strictObject({
      b64_json: z.string().optional(),
      url: z.url().optional(),
      revised_prompt: z.string().optional(),
      generation_id: z.string().optional(),
    }),
  ),
  usage: usage.optional(),
  // Seen through a gateway beside SVG pictures; the emulator sends none.
  svg_usage: z
    .strictObject({
      model: z.string(),
      input_tokens: z.int(),
      output_tokens: z.int(),
      reasoning_tokens: z.int(),
      total_tokens: z.int(),
    })
    .optional(),
});

export const errorAnswer = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
    moderation_details: z
      .strictObject({ moderation_stage: z.enum(['input', 'output']), categories: z.array(z.string()) })
      .optional(),
  }),
});

const eventFields = {
  b64_json: z.string(),
  created_at: z.int(),
  size: z.string(),
  quality: z.string(),
  background: z.string(),
  output_format: z.string(),
};

/** The data of one server-sent event. */
export const streamEvent = z.union([
  z.strictObject({
    type: z.enum(['image_generation.partial_image', 'image_edit.partial_image']),
    ...eventFields,
    partial_image_index: z.int(),
  }),
  z.strictObject({
    type: z.enum(['image_generation.completed', 'image_edit.completed']),
    ...eventFields,
    usage,
  }),
  errorAnswer,
]);

export const modelAnswer = z.strictObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
  shutdown_date: z.string().nullish(),
});

export const modelsAnswer = z.strictObject({ object: z.literal('list'), data: z.array(modelAnswer) });
