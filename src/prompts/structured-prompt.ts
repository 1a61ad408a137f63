import { z } from 'zod';
import { PROMPT_SLOTS, type PromptSlot } from '../providers/model.js';

/** Longest text of one slot in UTF-16 units; the longest prompt that any model takes is shorter than all of them together. */
const MAX_SLOT_CHARS = 20_000;
const MAX_AVOIDED = 50;
const MAX_AVOIDED_CHARS = 300;

const slot = (what: string) =>
  z.string().max(MAX_SLOT_CHARS, `must have at most ${MAX_SLOT_CHARS} characters`).describe(what);

/** Every member of a structured prompt, in the order in which the documentation tells them. */
export const PROMPT_MEMBERS = [...PROMPT_SLOTS, 'text', 'avoid'] as const;

const boundedParts = z
  .strictObject({
    subject: slot('Who or what, how many, doing what.'),
    style: slot('Medium and manner: photograph, loose watercolour, flat vector, …'),
    composition: slot('Where things stand, how near, from which angle.'),
    lighting: slot('Source, direction, time of day.'),
    details: slot('What makes it this one and no other.'),
    mood: slot('The feeling of the whole.'),
    text: slot('Words to be lettered in the picture, exactly so.'),
    avoid: z
      .array(z.string().max(MAX_AVOIDED_CHARS, `must have at most ${MAX_AVOIDED_CHARS} characters`))
      .max(MAX_AVOIDED, `must have at most ${MAX_AVOIDED} entries`)
      .describe('What the picture should not show, one thing per entry.'),
  })
  .partial();

/** A prompt in parts, as callers write it. At least one part says something. */
export const structuredPromptSchema = boundedParts
  .refine((prompt) => !saysNothing(prompt), 'must say something in at least one part')
  .meta({ id: 'StructuredPrompt' });

/** Parts as they are answered: a text may have more of them than a request takes. */
export const partsAnswerSchema = z
  .object({
    subject: z.string(),
    style: z.string(),
    composition: z.string(),
    lighting: z.string(),
    details: z.string(),
    mood: z.string(),
    text: z.string(),
    avoid: z.array(z.string()),
  })
  .partial()
  .meta({ id: 'PromptPartsFound' });

/** A prompt in parts. Absent parts are open: the model decides. */
export type StructuredPrompt = { readonly [slot in PromptSlot]?: string | undefined } & {
  readonly text?: string | undefined;
  readonly avoid?: readonly string[] | undefined;
};

function saysNothing(prompt: StructuredPrompt): boolean {
  return ([...PROMPT_SLOTS, 'text'] as const).every((part) => (prompt[part] ?? '').trim() === '');
}

/** Whether JSON text of a form is meant as a prompt in parts: an object of nothing but parts, or one with a subject. */
export function looksStructured(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  const known: readonly string[] = PROMPT_MEMBERS;
  return names.includes('subject') || (names.length > 0 && names.every((name) => known.includes(name)));
}

/** The parts that are there, as plain JSON. */
export function copyParts(prompt: StructuredPrompt): z.output<typeof partsAnswerSchema> {
  const { avoid, ...words } = prompt;
  const said = Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined));
  return { ...said, ...(avoid === undefined ? {} : { avoid: [...avoid] }) };
}
