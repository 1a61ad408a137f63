/** What is read of the servers' answers (protocol notes §B2 to §B5, §B7): lenient, and only the members that matter. */
import { z } from 'zod';
import { pictureRef } from '../shared/json-pictures.js';

const imageItem = z.object({
  // An empty or foreign value is as good as none.
  b64_json: pictureRef.nullish().catch(undefined),
  /** An address, a path, or a whole picture as a data URL. */
  url: z.union([z.string(), pictureRef]).nullish().catch(undefined),
  revised_prompt: z.string().nullish().catch(undefined),
});
export type WireImage = z.infer<typeof imageItem>;

/** A whole answer, its base64 replaced by references to stored pictures. */
export const imagesResponse = z.object({
  id: z.union([z.string(), z.number()]).nullish().catch(undefined),
  data: z.array(imageItem).nullish(),
});

const text = z.union([z.string(), z.number()]).nullish().catch(undefined);

/** All shapes of errors: OpenAI's, one with plain texts, and FastAPI's. */
export const errorBody = z.object({
  error: z
    .union([z.string(), z.object({ message: z.string().nullish(), code: text, type: text })])
    .nullish()
    .catch(undefined),
  message: z.string().nullish().catch(undefined),
  detail: z
    .union([
      z.string(),
      z.array(
        z.object({
          loc: z.array(z.union([z.string(), z.number()])).nullish(),
          msg: z.string().nullish(),
        }),
      ),
    ])
    .nullish()
    .catch(undefined),
});

/** The place of an edit's picture, as `inputRefOf` makes it. */
const inputPlace = z.strictObject({ $input: z.union([z.int(), z.string()]), as: z.string() });

/** Our own form of a call, before a dialect is spoken. */
export const plainCall = z.strictObject({
  model: z.string(),
  prompt: z.string(),
  n: z.number(),
  size: z.string().optional(),
  seed: z.number().optional(),
  steps: z.number().optional(),
  guidance: z.number().optional(),
  negative_prompt: z.string().optional(),
  user: z.string().optional(),
  /** An edit's pictures; a call without them generates. */
  images: z.array(inputPlace).min(1).optional(),
  mask: inputPlace.optional(),
});
export type PlainCall = z.infer<typeof plainCall>;
