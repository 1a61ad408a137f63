import { z } from 'zod';

/** `provider_options.comfyui`: settings of the sampler. */
export const comfyUiOptions = z.strictObject({
  steps: z.int().min(1).max(200).optional(),
  guidance: z.number().min(0).max(100).optional(),
  /** How far an edit without a mask may go from its picture, where it begins with it. */
  strength: z.number().min(0).max(1).optional(),
});
