/** What is read of xAI's answers (protocol notes §5, §6, §8): lenient, and only the members that matter. */
import { z } from 'zod';
import { pictureRef } from '../shared/json-pictures.js';

const usage = z.object({ cost_in_usd_ticks: z.number().nullish() });
export type WireUsage = z.infer<typeof usage>;

const imageItem = z.object({
  // An empty or foreign value is as good as none.
  b64_json: pictureRef.nullish().catch(undefined),
  url: z.string().nullish(),
  mime_type: z.string().nullish(),
  revised_prompt: z.string().nullish(),
  respect_moderation: z.boolean().nullish(),
});
export type WireImage = z.infer<typeof imageItem>;

/** A whole answer, its base64 replaced by references to stored pictures. */
export const imagesResponse = z.object({
  data: z.array(imageItem).nullish(),
  block_reason: z.string().nullish(),
  model: z.string().nullish(),
  // Billing facts that can't be understood must not cost the picture beside them.
  usage: usage.nullish().catch(undefined),
});
export type WireImages = z.infer<typeof imagesResponse>;

/** Three of the four shapes of an error; the fourth is plain text. A blocked picture may be billed here too. */
export const errorBody = z.object({
  code: z.union([z.string(), z.number()]).nullish(),
  error: z.union([
    z.string(),
    z.object({
      message: z.string().nullish(),
      type: z.string().nullish(),
      code: z.union([z.string(), z.number()]).nullish(),
    }),
  ]),
  usage: usage.nullish().catch(undefined),
});
