import type { StructuredPrompt } from './structured-prompt.js';

/** The example of the guide: every part answered, nothing vague. */
export const GUIDE_EXAMPLE = {
  subject: 'an old stone bridge over a pond with one paper lantern on its rail',
  style: 'loose watercolour on rough paper',
  composition: 'seen from the bank at eye level, wide shot',
  lighting: 'warm lantern light against a blue summer evening',
  details: 'water lilies under the arch, fireflies above the reeds',
  mood: 'calm, unhurried',
  avoid: ['people', 'boats'],
} as const satisfies StructuredPrompt;

/** The models of the guide. */
export const GUIDE_MODELS = [
  'dall-e-3',
  'gemini-2-5-flash-image',
  'imagen-4',
  'qwen-image',
  'flux-1-pro',
  'grok-image',
] as const;
