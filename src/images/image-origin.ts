import { z } from 'zod';
import type { XmpFacts } from '../pixels/xmp.js';
import { originalOf, type SignedOriginal } from '../files/kept-image.js';

/** What the gateway knows of where a picture comes from. */
export interface ImageOrigin {
  /** `untouched`: the provider's bytes. `marked`: with a note added, the pixels as delivered. `converted`: new pixels. */
  readonly treatment: 'untouched' | 'marked' | 'converted';
  /** How it came about; a name of IPTC's vocabulary. */
  readonly sourceType: XmpFacts['digitalSourceType'];
  readonly recipeHash: string | undefined;
  /** The picture with the provider's content credentials, which the converted one can't carry on. */
  readonly original: SignedOriginal | undefined;
}

interface OriginColumns {
  readonly treatment: ImageOrigin['treatment'] | null;
  readonly source_type: string | null;
  readonly recipe_hash: string | null;
  readonly original_sha256: string | null;
  readonly original_size_bytes: number | null;
  readonly original_mime_type: string | null;
  readonly original_width: number | null;
  readonly original_height: number | null;
}

/** As it stands in a picture's row. */
export function originColumns({ treatment, sourceType, recipeHash, original }: ImageOrigin): OriginColumns {
  return {
    treatment,
    source_type: sourceType,
    recipe_hash: recipeHash ?? null,
    original_sha256: original?.sha256 ?? null,
    original_size_bytes: original?.sizeBytes ?? null,
    original_mime_type: original?.mimeType ?? null,
    original_width: original?.width ?? null,
    original_height: original?.height ?? null,
  };
}

const originSchema = z.object({
  treatment: z.enum(['untouched', 'marked', 'converted']),
  source_type: z.enum([
    'trainedAlgorithmicMedia',
    'compositeWithTrainedAlgorithmicMedia',
    'algorithmicMedia',
    'algorithmicallyEnhanced',
  ]),
  recipe_hash: z.string().nullable(),
});
/** Reads it back. undefined for pictures from before it was recorded. */
export function toOrigin(row: OriginColumns): ImageOrigin | undefined {
  if (row.treatment === null) return undefined;
  const { treatment, source_type: sourceType, recipe_hash: recipeHash } = originSchema.parse(row);
  return { treatment, sourceType, recipeHash: recipeHash ?? undefined, original: originalOf(row) };
}
