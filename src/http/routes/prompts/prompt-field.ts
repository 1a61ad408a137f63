import { z } from 'zod';
import { structuredPromptSchema } from '../../../prompts/structured-prompt.js';

const MAX_PROMPT_CHARS = 200_000;

/** A prompt as generations take it. */
export const promptField = z.union([
  z
    .string()
    .max(MAX_PROMPT_CHARS, `must have at most ${MAX_PROMPT_CHARS} characters`)
    .regex(/\S/, 'must not be empty'),
  structuredPromptSchema,
]);
