import { z } from 'zod';

/**
 * `provider_options.qwen`: what the API has and the request lacks (protocol notes §3). The first is for all models, the
 * others steer the rewriting of prompts by the 3.0 models.
 */
export const qwenOptions = z.strictObject({
  /** A "Qwen-Image" mark at the bottom right. */
  watermark: z.boolean().optional(),
  prompt_extend_mode: z.enum(['direct', 'agent']).optional(),
  enable_thinking: z.boolean().optional(),
});
export type QwenOptions = z.infer<typeof qwenOptions>;

/** Options that only the 3.0 models have. */
export const REWRITING_OPTIONS = ['prompt_extend_mode', 'enable_thinking'] as const;
