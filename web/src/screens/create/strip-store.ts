import * as z from 'zod/mini';
import type { ImageWish } from '../../api/images.js';
import { partsSchema } from '../../api/prompts.js';

const optionalText = z.optional(z.string());
const optionalNumber = z.optional(z.number());
const wishSchema = z.object({
  model: z.string(),
  prompt: z.union([z.string(), partsSchema]),
  negative_prompt: optionalText,
  n: optionalNumber,
  size: optionalText,
  quality: optionalText,
  style: optionalText,
  background: optionalText,
  output_format: optionalText,
  output_compression: optionalNumber,
  moderation: optionalText,
  person_generation: optionalText,
  complexity: optionalText,
  seed: optionalNumber,
  prompt_revision: z.optional(z.boolean()),
  partial_images: optionalNumber,
});

const entrySchema = z.object({
  /** Makes the request happen once, however often it is sent. */
  once: z.string(),
  wish: wishSchema,
  /** Unix milliseconds. */
  at: z.number(),
  /** Of the generation; absent until the server has answered. */
  id: optionalText,
  /** Said about it beside the pictures. */
  note: optionalText,
});
/** A generation that was asked for here. */
export type StripEntry = z.output<typeof entrySchema> & { readonly wish: ImageWish };

const MAX_ENTRIES = 24;
const listeners = new Set<() => void>();
let cached:
  | { readonly place: string; readonly json: string | null; readonly entries: readonly StripEntry[] }
  | undefined;

const placeOf = (keyId: string) => `atelier.strip.${keyId}`;

/** What was asked for with a key in this browser, the newest first. */
export function readStrip(keyId: string): readonly StripEntry[] {
  const place = placeOf(keyId);
  const json = localStorage.getItem(place);
  if (cached?.place === place && cached.json === json) return cached.entries;
  cached = { place, json, entries: parse(json) };
  return cached.entries;
}

export function changeStrip(
  keyId: string,
  change: (entries: readonly StripEntry[]) => readonly StripEntry[],
): void {
  const next = change(readStrip(keyId)).slice(0, MAX_ENTRIES);
  localStorage.setItem(placeOf(keyId), JSON.stringify(next));
  for (const listener of listeners) listener();
}

/** Also told of what other tabs do. */
export function subscribeToStrip(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

function parse(json: string | null): readonly StripEntry[] {
  try {
    const parsed = z.array(entrySchema).safeParse(JSON.parse(json ?? '[]'));
    return parsed.success ? parsed.data : [];
  } catch {
    // Not written by us.
    return [];
  }
}
