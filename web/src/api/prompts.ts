import * as z from 'zod/mini';

export const SLOTS = ['subject', 'style', 'composition', 'lighting', 'details', 'mood'] as const;
export type Slot = (typeof SLOTS)[number];

const word = z.optional(z.string());
/** A prompt in parts; absent ones are open. */
export const partsSchema = z.object({
  subject: word,
  style: word,
  composition: word,
  lighting: word,
  details: word,
  mood: word,
  text: word,
  avoid: z.optional(z.array(z.string())),
});
export type PromptParts = z.output<typeof partsSchema>;

const editSchema = z.object({ field: z.string(), start: z.number(), end: z.number(), text: z.string() });
export type TextEdit = z.output<typeof editSchema>;

const findingSchema = z.object({
  rule: z.string(),
  severity: z.enum(['warning', 'info']),
  field: z.string(),
  start: z.number(),
  end: z.number(),
  message: z.string(),
  suggestions: z.array(z.object({ label: z.string(), edits: z.array(editSchema) })),
});
export type Finding = z.output<typeof findingSchema>;

/** A prompt as requests take it, with what has to stay out where it is not among the parts. */
export interface PromptWish {
  readonly prompt: string | PromptParts;
  readonly negative_prompt?: string | undefined;
}

/** Looks a prompt over, for one model. */
export function lintOf(wish: PromptWish, model: string, signal: AbortSignal) {
  return {
    method: 'POST',
    path: '/v1/prompts/lint',
    body: { ...wish, model },
    answer: z.object({ findings: z.array(findingSchema) }),
    signal,
  } as const;
}

/** Splits text into parts. */
export function partsOf(prompt: string) {
  return {
    method: 'POST',
    path: '/v1/prompts/parse',
    body: { prompt },
    answer: z.object({ prompt: partsSchema }),
  } as const;
}

/** Words parts for a model. */
export function wordingOf(prompt: PromptParts, model: string) {
  return {
    method: 'POST',
    path: '/v1/prompts/compose',
    body: { prompt, models: [model] },
    answer: z.object({ renderings: z.array(z.object({ prompt: word, left_out: z.array(z.string()) })) }),
  } as const;
}
