import { z } from 'zod';

const HARM = z.enum([
  'HARASSMENT',
  'HATE_SPEECH',
  'SEXUALLY_EXPLICIT',
  'DANGEROUS_CONTENT',
  'CIVIC_INTEGRITY',
]);
const THRESHOLD = z.enum([
  'BLOCK_LOW_AND_ABOVE',
  'BLOCK_MEDIUM_AND_ABOVE',
  'BLOCK_ONLY_HIGH',
  'BLOCK_NONE',
  'OFF',
]);

/**
 * `provider_options.google`: what the API has and the request lacks (protocol notes §2, §7). The first group is for Gemini
 * models, the second for Imagen. Search grounding and service tiers are left out, because they cost extra by prices that
 * no quote knows.
 */
export const googleOptions = z.strictObject({
  thinking_level: z.enum(['minimal', 'medium', 'high']).optional(),
  temperature: z.number().min(0).max(1).optional(),
  system_instruction: z.string().min(1).max(8000).optional(),
  safety_settings: z
    .array(z.strictObject({ category: HARM, threshold: THRESHOLD }))
    .max(5)
    .optional(),

  safety_setting: z
    .enum(['block_low_and_above', 'block_medium_and_above', 'block_only_high', 'block_none'])
    .optional(),
  language: z.enum(['auto', 'en', 'zh', 'zh-CN', 'zh-TW', 'hi', 'ja', 'ko', 'pt', 'es']).optional(),
  guidance_scale: z.number().min(0).max(500).optional(),
});
export type GoogleOptions = z.infer<typeof googleOptions>;

/** Options that one of the two protocols has; the other refuses them. */
export const GEMINI_OPTIONS: readonly (keyof GoogleOptions)[] = [
  'thinking_level',
  'temperature',
  'system_instruction',
  'safety_settings',
];
export const IMAGEN_OPTIONS: readonly (keyof GoogleOptions)[] = [
  'safety_setting',
  'language',
  'guidance_scale',
];
