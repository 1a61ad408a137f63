/** What is read of the servers' answers (protocol notes §B6): lenient, and only the members that matter. */
import { z } from 'zod';
import { pictureRef } from '../shared/json-pictures.js';

/** A whole answer, its base64 replaced by references to stored pictures. */
export const paintAnswer = z.object({
  // An empty or foreign value is as good as none.
  images: z.array(pictureRef.nullable().catch(null)).nullish(),
  /** JSON as a text. */
  info: z.string().nullish().catch(undefined),
});

export const paintInfo = z.object({ all_seeds: z.array(z.number()).nullish() });

/** How far the server is with whatever it does. */
export const progressAnswer = z.object({
  progress: z.number().nullish().catch(undefined),
  state: z
    .object({
      job: z.string().nullish().catch(undefined),
      interrupted: z.boolean().nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
  current_image: pictureRef.nullish().catch(undefined),
});

const text = z.union([z.string(), z.number()]).nullish().catch(undefined);

/** All shapes of errors: the servers' own wrapper, FastAPI's, sd-server's texts, and a proxy's. */
export const errorBody = z.object({
  error: z
    .union([z.string(), z.object({ message: z.string().nullish(), code: text, type: text })])
    .nullish()
    .catch(undefined),
  message: z.string().nullish().catch(undefined),
  errors: z.string().nullish().catch(undefined),
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
