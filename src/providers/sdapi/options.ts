import { z } from 'zod';

/** `provider_options.sdapi`: settings of the sampler. */
export const sdapiOptions = z.strictObject({
  steps: z.int().min(1).max(150).optional(),
  guidance: z.number().min(0).max(30).optional(),
  /** How far an edit without a mask may go from its picture. */
  strength: z.number().min(0).max(1).optional(),
});
