import { z } from 'zod';
import type { GeneratedImage } from '../../images/generation.js';

/** What the gateway knows of a picture's origin without reading its bytes. */
export const imageProvenanceSchema = z.object({
  c2pa: z.boolean().describe('The bytes carry content credentials; their signature is not checked.'),
  treatment: z
    .enum(['untouched', 'marked', 'converted'])
    .optional()
    .describe(
      '`untouched`: the provider’s bytes. `marked`: with a note of their origin added. `converted`: new pixels, made by the gateway.',
    ),
  digital_source_type: z.string().optional().describe('A name of IPTC’s vocabulary.'),
  recipe_hash: z.string().optional().describe('SHA-256 of the normalised request with its seed.'),
});

export function toImageProvenance({ c2pa, origin }: GeneratedImage): z.output<typeof imageProvenanceSchema> {
  if (origin === undefined) return { c2pa };
  const { treatment, sourceType, recipeHash } = origin;
  return {
    c2pa,
    treatment,
    digital_source_type: sourceType,
    ...(recipeHash === undefined ? {} : { recipe_hash: recipeHash }),
  };
}
