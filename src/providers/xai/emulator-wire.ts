/**
 * Everything the emulated service answers, as strict schemas: the emulator's tests hold its answers against them, and
 * the fixtures from the protocol notes prove that they are the real shapes (§5, §6, §8, §10).
 */
import { z } from 'zod';

const usage = z.strictObject({ cost_in_usd_ticks: z.int() });

export const imagesAnswer = z.strictObject({
  block_reason: z.string().nullish(),
  data: z.array(
    z.strictObject({
      url: z.string().nullish(),
      b64_json: z.string().nullish(),
      mime_type: z.string().optional(),
      revised_prompt: z.string().optional(),
      respect_moderation: z.boolean().optional(),
      // Only with storage, which is not emulated.
      file_output: z
        .strictObject({
          public_url: z.string().nullish(),
          filename: z.string().nullish(),
          expires_at: z.int().nullish(),
          public_url_expires_at: z.int().nullish(),
          public_url_error: z.string().nullish(),
          storage_error: z.string().nullish(),
        })
        .optional(),
    }),
  ),
  usage,
});

/** The three shapes in JSON; the fourth is plain text. */
export const errorAnswer = z.union([
  z.strictObject({ code: z.string(), error: z.string(), usage: usage.optional() }),
  z.strictObject({
    error: z.strictObject({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
    usage: usage.optional(),
  }),
  z.strictObject({ error: z.string(), usage: usage.optional() }),
]);

const model = {
  id: z.string(),
  created: z.int(),
  object: z.literal('model'),
  owned_by: z.string(),
};

export const modelAnswer = z.strictObject(model);
export const modelsAnswer = z.strictObject({ object: z.literal('list'), data: z.array(modelAnswer) });

export const imageModelsAnswer = z.strictObject({
  models: z.array(
    z.strictObject({
      ...model,
      fingerprint: z.string(),
      max_prompt_length: z.int(),
      version: z.string(),
      input_modalities: z.array(z.string()),
      output_modalities: z.array(z.string()),
      image_price: z.int(),
      aliases: z.array(z.string()),
    }),
  ),
});
