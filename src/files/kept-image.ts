import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../db/schema.js';
import type { Picture } from '../providers/provider.js';
import { safeFilename } from './file-name.js';
import { insertFile, type NewFile } from './file-record.js';
import { pictureMimeTypeSchema } from './picture-mime-type.js';

/** The provider's signed picture that a converted one was made of. */
export interface SignedOriginal {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly mimeType: Picture['mimeType'];
  readonly width: number;
  readonly height: number;
}

/**
 * Records the file that keeps a generated picture. A signed original becomes a file of its own, which the picture's file says
 * it derives from: whoever deletes one of them keeps the other. Both count as stored.
 * @param picture as the file of the picture alone; its name without extension
 * @returns the id of the picture's file
 */
export async function insertKeptImage(
  trx: Transaction<Database>,
  picture: Omit<NewFile, 'derivedFromFileId' | 'imageId'> & { readonly imageId: string },
  original: SignedOriginal | undefined,
  now: number,
): Promise<string> {
  const derivedFromFileId =
    original === undefined
      ? undefined
      : await insertFile(
          trx,
          {
            ...picture,
            ...original,
            filename: safeFilename(`${picture.imageId}-original`, original.mimeType),
            c2pa: true,
            imageId: undefined,
            derivedFromFileId: undefined,
          },
          now,
        );
  return insertFile(trx, { ...picture, derivedFromFileId }, now);
}

const originalSchema = z.object({
  original_sha256: z.string(),
  original_size_bytes: z.number(),
  original_mime_type: pictureMimeTypeSchema,
  original_width: z.number(),
  original_height: z.number(),
});

/** The signed original of a picture's row. */
export function originalOf(row: { readonly original_sha256: string | null }): SignedOriginal | undefined {
  if (row.original_sha256 === null) return undefined;
  const original = originalSchema.parse(row);
  return {
    sha256: original.original_sha256,
    sizeBytes: original.original_size_bytes,
    mimeType: original.original_mime_type,
    width: original.original_width,
    height: original.original_height,
  };
}
