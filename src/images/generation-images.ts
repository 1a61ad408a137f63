import type { Selectable, Transaction } from 'kysely';
import { prepareInsert } from '../db/prepared.js';
import type { Database, ImageTable, Mode } from '../db/schema.js';
import { safeFilename } from '../files/file-name.js';
import { insertKeptImage } from '../files/kept-image.js';
import type { NewImage } from './generation.js';
import { originColumns } from './image-origin.js';
import { servedModel, type GenerationResult } from './generation-result.js';

/**
 * Records the pictures of a generation that ends, and a file for each that is to be kept.
 * @param now Unix milliseconds
 * @returns their rows, in the order of their positions
 */
export async function insertImages(
  trx: Transaction<Database>,
  end: {
    readonly id: string;
    readonly images: readonly NewImage[];
    readonly result: GenerationResult | undefined;
    readonly imagesExpireAt: Date;
    readonly persist?: boolean;
  },
  of: {
    readonly workspace_id: string;
    readonly mode: Mode;
    readonly key_id: string;
    readonly operation: 'generate' | 'edit';
    readonly model: string;
  },
  now: number,
): Promise<readonly Selectable<ImageTable>[]> {
  const rows: Selectable<ImageTable>[] = [];
  for (const image of end.images) {
    const model = end.result === undefined ? of.model : servedModel(end.result.receipt, image.position);
    const { sha256, sizeBytes, picture } = image.finished;
    const { mimeType, width, height, c2pa } = picture;
    const fileId =
      end.persist === true
        ? await insertKeptImage(
            trx,
            {
              workspaceId: of.workspace_id,
              mode: of.mode,
              keyId: of.key_id,
              purpose: 'vision',
              filename: safeFilename(image.id, mimeType),
              sha256,
              sizeBytes,
              mimeType,
              width,
              height,
              c2pa,
              model,
              generationId: end.id,
              imageId: image.id,
              expiresAt: undefined,
            },
            image.finished.origin.original,
            now,
          )
        : undefined;
    const row: Selectable<ImageTable> = {
      id: image.id,
      generation_id: end.id,
      workspace_id: of.workspace_id,
      mode: of.mode,
      position: image.position,
      blob_sha256: sha256,
      continuation_sha256: image.continuationSha256 ?? null,
      size_bytes: sizeBytes,
      mime_type: mimeType,
      width,
      height,
      c2pa: c2pa ? 1 : 0,
      revised_prompt: image.revisedPrompt ?? null,
      seed: image.seed ?? null,
      charged_microcredits: image.charged,
      created_at: now,
      expires_at: end.imagesExpireAt.getTime(),
      removed_at: null,
      file_id: fileId ?? null,
      model,
      operation: of.operation,
      ...originColumns(image.finished.origin),
    };
    await insertImage.write(trx, row);
    rows.push(row);
  }
  return rows.sort((a, b) => a.position - b.position);
}

const insertImage = prepareInsert('images', [
  'id',
  'generation_id',
  'workspace_id',
  'mode',
  'position',
  'blob_sha256',
  'continuation_sha256',
  'size_bytes',
  'mime_type',
  'width',
  'height',
  'c2pa',
  'revised_prompt',
  'seed',
  'charged_microcredits',
  'created_at',
  'expires_at',
  'removed_at',
  'file_id',
  'model',
  'operation',
  'treatment',
  'source_type',
  'recipe_hash',
  'original_sha256',
  'original_size_bytes',
  'original_mime_type',
  'original_width',
  'original_height',
]);
