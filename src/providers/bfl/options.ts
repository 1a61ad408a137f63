import { z } from 'zod';

/**
 * `provider_options.bfl`: what the API has and the request lacks (protocol notes §A3, §A4). Which model takes which, and
 * within what bounds, is checked when the call is translated.
 */
export const bflOptions = z.strictObject({
  /** 0 is the strictest. */
  safety_tolerance: z.int().min(0).max(6).optional(),
  prompt_upsampling: z.boolean().optional(),
  /** Less processed pictures. */
  raw: z.boolean().optional(),
  steps: z.int().min(1).max(50).optional(),
  guidance: z.number().min(1.5).max(100).optional(),
  /** Lets the service search the web for the picture. */
  grounding: z.boolean().optional(),
});
export type BflOptions = z.infer<typeof bflOptions>;
