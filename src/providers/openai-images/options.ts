import { z } from 'zod';

/** `provider_options.openai-images`: settings of the sampler. Which server takes which says its dialect. */
export const openAiImagesOptions = z.strictObject({
  steps: z.int().min(1).max(200).optional(),
  guidance: z.number().min(0).max(20).optional(),
});
