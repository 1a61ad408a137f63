import * as z from 'zod/mini';
import { partsSchema } from './prompts.js';

const listedSchema = z.object({
  id: z.string(),
  created: z.number(),
  generation_id: z.string(),
  model: z.string(),
  operation: z.enum(['generate', 'edit']),
  prompt: z.optional(z.string()),
  width: z.number(),
  height: z.number(),
  mime_type: z.string(),
  bytes: z.number(),
  lost: z.optional(z.literal(true)),
  url: z.optional(z.string()),
  previews: z.array(z.object({ width: z.number(), url: z.string() })),
  file_id: z.optional(z.string()),
  expires_at: z.number(),
  parents: z.optional(z.array(z.string())),
});
/** A picture of the workspace, as lists have it. Times are Unix seconds. */
export type ListedPicture = z.output<typeof listedSchema>;

const listedPageSchema = z.object({
  data: z.array(listedSchema),
  last_id: z.optional(z.string()),
  has_more: z.boolean(),
});
export type PicturePage = z.output<typeof listedPageSchema>;

/** Which pictures; what is absent lets all through. Times are Unix seconds, inclusive. */
export interface PictureFilter {
  readonly model?: string | undefined;
  readonly kept?: boolean | undefined;
  readonly operation?: 'generate' | 'edit' | undefined;
  /** Id of the picture that they were edited from. */
  readonly parent?: string | undefined;
  readonly created_after?: number | undefined;
  readonly created_before?: number | undefined;
}

/** A page of the pictures that are there, newest first. @param after id of the last one of the page before */
export function pictureList(filter: PictureFilter, after: string | undefined, signal: AbortSignal) {
  const query = new URLSearchParams({ limit: '100' });
  for (const [name, value] of Object.entries({ ...filter, after })) {
    if (value !== undefined) query.set(name, String(value));
  }
  return { path: `/v1/images?${query.toString()}`, answer: listedPageSchema, signal } as const;
}

export function pictureOf(id: string, signal?: AbortSignal) {
  return { path: `/v1/images/${id}`, answer: listedSchema, signal } as const;
}

/** Deletes a file, with the generated picture that it keeps. */
export function deleteFileOf(fileId: string) {
  return { method: 'DELETE', path: `/v1/files/${fileId}`, answer: z.object({ id: z.string() }) } as const;
}

const wishSchema = z.object({
  model: z.string(),
  prompt: z.union([z.string(), partsSchema]),
  negative_prompt: z.optional(z.string()),
  size: z.optional(z.string()),
  quality: z.optional(z.string()),
  style: z.optional(z.string()),
  background: z.optional(z.string()),
  output_format: z.optional(z.string()),
  output_compression: z.optional(z.number()),
  moderation: z.optional(z.string()),
  person_generation: z.optional(z.string()),
  complexity: z.optional(z.string()),
  seed: z.optional(z.number()),
  prompt_revision: z.optional(z.boolean()),
});

/** The request for one picture. */
export function recipeOf(imageId: string, signal: AbortSignal) {
  return {
    path: `/v1/images/${imageId}/recipe`,
    answer: z.object({ request: wishSchema, inputs: z.number() }),
    signal,
  } as const;
}

const provenanceSchema = z.object({
  c2pa: z.optional(
    z.object({
      manifests: z.array(
        z.object({
          claim_generator: z.optional(z.string()),
          claim_generator_info: z.array(z.object({ name: z.string() })),
          digital_source_types: z.array(z.string()),
        }),
      ),
    }),
  ),
  xmp: z.optional(
    z.object({
      digital_source_type: z.optional(z.string()),
      creator_tool: z.optional(z.string()),
      recipe_hash: z.optional(z.string()),
    }),
  ),
});
export type Provenance = z.output<typeof provenanceSchema>;

/** What the bytes of a picture say of where they come from. */
export function provenanceOf(imageId: string, signal: AbortSignal) {
  return {
    path: `/v1/images/${imageId}/provenance`,
    answer: z.object({
      record: z.object({ treatment: z.optional(z.enum(['untouched', 'marked', 'converted'])) }),
      picture: provenanceSchema,
      original: z.optional(z.object({ ...provenanceSchema.shape, url: z.optional(z.string()) })),
    }),
    signal,
  } as const;
}
