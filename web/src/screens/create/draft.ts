import * as z from 'zod/mini';
import { CHOICES, settingsOfWish } from '../../parts/model-settings.js';
import { splitAvoided } from '../../parts/split-avoided.js';
import type { ImageWish } from '../../api/images.js';
import type { Model } from '../../api/models.js';
import { SLOTS, type PromptParts } from '../../api/prompts.js';

const partsSchema = z.object({
  subject: z._default(z.string(), ''),
  style: z._default(z.string(), ''),
  composition: z._default(z.string(), ''),
  lighting: z._default(z.string(), ''),
  details: z._default(z.string(), ''),
  mood: z._default(z.string(), ''),
  text: z._default(z.string(), ''),
});
export type DraftParts = z.output<typeof partsSchema>;

const draftSchema = z.object({
  mode: z._default(z.enum(['text', 'parts']), 'text'),
  text: z._default(z.string(), ''),
  parts: z._default(partsSchema, partsSchema.parse({})),
  avoid: z._default(z.array(z.string()), []),
  /** Slug; empty: none chosen yet. */
  model: z._default(z.string(), ''),
  /** `WIDTHxHEIGHT`; empty: the model's own. */
  size: z._default(z.string(), ''),
  n: z._default(z.number(), 1),
  /** Parameters that the schema of the model lists; those that another model lacks wait until they fit again. */
  settings: z._default(z.record(z.string(), z.string()), {}),
});

/** What somebody is about to ask for; kept in this browser, and never a key. */
export type Draft = z.output<typeof draftSchema>;

export const EMPTY_DRAFT: Draft = draftSchema.parse({});

/** Reads a draft back; whatever does not fit any more is begun anew. */
export function parseDraft(json: string | null): Draft {
  try {
    const parsed = draftSchema.safeParse(JSON.parse(json ?? '{}'));
    return parsed.success ? parsed.data : EMPTY_DRAFT;
  } catch {
    // Not written by us.
    return EMPTY_DRAFT;
  }
}

/** Whether there is anything to be drawn. */
export function saysSomething({ mode, text, parts }: Draft): boolean {
  return mode === 'text' ? text.trim() !== '' : Object.values(parts).some((part) => part.trim() !== '');
}

/** The parts that say something, with what to leave out. */
export function partsOfDraft({ parts, avoid }: Draft): PromptParts {
  const said = [...SLOTS, 'text' as const].filter((slot) => parts[slot].trim() !== '');
  return {
    ...Object.fromEntries(said.map((slot) => [slot, parts[slot].trim()])),
    ...(avoid.length === 0 ? {} : { avoid: [...avoid] }),
  };
}

/** The prompt as requests take it. */
export function promptOfDraft(draft: Draft): Pick<ImageWish, 'prompt' | 'negative_prompt'> {
  if (draft.mode === 'parts') return { prompt: partsOfDraft(draft) };
  return {
    prompt: draft.text.trim(),
    ...(draft.avoid.length === 0 ? {} : { negative_prompt: draft.avoid.join(', ') }),
  };
}

/** The request of a draft. Settings that the model does not have are left out. */
export function toWish(draft: Draft, model: Model): ImageWish {
  return {
    model: model.id,
    ...promptOfDraft(draft),
    ...(draft.n === 1 ? {} : { n: draft.n }),
    ...(draft.size === '' ? {} : { size: draft.size }),
    ...settingsOfWish(draft.settings, model.allowedParams),
    ...(model.capabilities.streaming ? { partial_images: 2 } : {}),
  };
}

/** A draft that asks for the same again. */
export function fromWish(wish: ImageWish, before: Draft): Draft {
  const parts = typeof wish.prompt === 'string' ? undefined : wish.prompt;
  const written = [...CHOICES, 'seed', 'output_compression', 'prompt_revision'] as const;
  return {
    ...before,
    mode: parts === undefined ? 'text' : 'parts',
    ...(typeof wish.prompt === 'string'
      ? { text: wish.prompt, avoid: splitAvoided(wish.negative_prompt ?? '') }
      : { parts: fillParts(wish.prompt), avoid: [...(wish.prompt.avoid ?? [])] }),
    model: wish.model,
    size: wish.size ?? '',
    n: wish.n ?? 1,
    settings: Object.fromEntries(
      written.flatMap((name) => (wish[name] === undefined ? [] : [[name, String(wish[name])]])),
    ),
  };
}

/** Parts with an empty text where one is open. */
export function fillParts(parts: PromptParts): DraftParts {
  return partsSchema.parse({ ...parts });
}
