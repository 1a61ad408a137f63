import * as z from 'zod/mini';
import { generationSchema, planSchema } from './images.js';

/** A picture that an edit starts from: one that is stored, or bytes that travel with the request. */
export type EditInput =
  { readonly kind: 'image' | 'file'; readonly id: string } | { readonly kind: 'bytes'; readonly blob: Blob };

/** The body of an edit, as far as screens write it. */
export interface EditWish {
  readonly model: string;
  readonly prompt: string;
  readonly negative_prompt?: string | undefined;
  readonly partial_images?: number | undefined;
}

/** An edit with its pictures. */
export interface WholeEdit {
  readonly wish: EditWish;
  /** The first is the one that is edited. */
  readonly inputs: readonly EditInput[];
  /** PNG of the shape of the first picture; transparent pixels are repainted. */
  readonly mask?: Blob | undefined;
}

/** What an edit would cost, and what would be adapted. */
export function planOfEdit(edit: WholeEdit, signal: AbortSignal) {
  return { method: 'POST', path: '/v1/images/plan', form: formOf(edit), answer: planSchema, signal } as const;
}

/** Begins an edit, which runs on whether or not anybody watches. */
export function beginEdit(edit: WholeEdit, idempotencyKey: string) {
  return {
    method: 'POST',
    path: '/v1/images/edits',
    form: formOf(edit),
    headers: { prefer: 'respond-async', 'idempotency-key': idempotencyKey },
    answer: generationSchema,
  } as const;
}

const pictureSchema = z.object({
  id: z.string(),
  prompt: z.optional(z.string()),
  model: z.string(),
  operation: z.enum(['generate', 'edit']),
  width: z.number(),
  height: z.number(),
  url: z.optional(z.string()),
  file_id: z.optional(z.string()),
  parents: z.optional(z.array(z.string())),
});
/** A picture of the workspace; without a link once its bytes are gone. */
export type ListedPicture = z.output<typeof pictureSchema>;

export function listedPictureOf(id: string, signal: AbortSignal) {
  return { path: `/v1/images/${id}`, answer: pictureSchema, signal } as const;
}

/** The newest pictures, or those that were edited from one. */
export function listedPictures(
  query: { readonly parent?: string; readonly limit: number },
  signal: AbortSignal,
) {
  const asked = new URLSearchParams({ limit: String(query.limit) });
  if (query.parent !== undefined) asked.set('parent', query.parent);
  return {
    path: `/v1/images?${asked.toString()}`,
    answer: z.object({ data: z.array(pictureSchema) }),
    signal,
  } as const;
}

/** Stores a picture for as long as it is worked on. */
export function uploadOf(picture: File, lifeSeconds: number) {
  const form = new FormData();
  form.append('purpose', 'vision');
  form.append('expires_after[anchor]', 'created_at');
  form.append('expires_after[seconds]', String(lifeSeconds));
  form.append('file', picture);
  return { method: 'POST', path: '/v1/files', form, answer: z.object({ id: z.string() }) } as const;
}

function formOf({ wish, inputs, mask }: WholeEdit): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(wish)) {
    if (value !== undefined) form.append(name, String(value));
  }
  for (const input of inputs) {
    if (input.kind === 'bytes') form.append('image[]', input.blob, 'picture');
    else form.append('image[]', input.id);
  }
  if (mask !== undefined) form.append('mask', mask, 'mask.png');
  return form;
}
