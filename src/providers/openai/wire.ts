/**
 * What is read of the Images API's answers (protocol notes §7, §9, §10): lenient, and only the members that matter.
 * Value lists are open strings, because the published enums lag behind the service (§13).
 */
import { z } from 'zod';
import { pictureRef } from '../shared/json-pictures.js';

const usage = z.object({
  input_tokens: z.number(),
  output_tokens: z.number(),
  total_tokens: z.number().nullish(),
  input_tokens_details: z
    .object({ text_tokens: z.number().nullish(), image_tokens: z.number().nullish() })
    .nullish(),
  output_tokens_details: z
    .object({ text_tokens: z.number().nullish(), image_tokens: z.number().nullish() })
    .nullish(),
});
export type WireUsage = z.infer<typeof usage>;

const moderationDetails = z.object({
  moderation_stage: z.string().nullish(),
  categories: z.array(z.string()).nullish(),
});

const errorMember = z.object({
  message: z.string().nullish(),
  type: z.string().nullish(),
  param: z.string().nullish(),
  code: z.union([z.string(), z.number()]).nullish(),
  moderation_details: moderationDetails.nullish().catch(undefined),
});
export type WireError = z.infer<typeof errorMember>;

/** The envelope of every error, also as an event of a stream. */
export const errorEnvelope = z.object({ error: errorMember });

/** What an answer and a completed event say of the pictures; `auto` comes back resolved. */
const resolved = {
  size: z.string().nullish(),
  quality: z.string().nullish(),
  background: z.string().nullish(),
  output_format: z.string().nullish(),
  // Billing facts that can't be understood must not cost the picture beside them.
  usage: usage.nullish().catch(undefined),
} as const;

/** An empty or foreign value is as good as none. */
const picture = pictureRef.nullish().catch(undefined);

const imageItem = z.object({
  b64_json: picture,
  url: z.string().nullish(),
  revised_prompt: z.string().nullish(),
  generation_id: z.string().nullish(),
});
export type WireImage = z.infer<typeof imageItem>;

/** A whole answer, its base64 replaced by references to stored pictures. */
export const imagesResponse = z.object({ ...resolved, data: z.array(imageItem).nullish() });
export type WireImages = z.infer<typeof imagesResponse>;

/** One event of a stream, its base64 replaced likewise. */
export const imageEvent = z.object({
  ...resolved,
  type: z.string().nullish(),
  b64_json: picture,
});
