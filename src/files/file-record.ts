import type { Selectable, Transaction } from 'kysely';
import type { Database, FileTable, Mode } from '../db/schema.js';
import { AppError } from '../errors.js';
import { createId } from '../ids.js';
import { pictureMimeTypeSchema } from './picture-mime-type.js';
import type { Picture } from '../providers/provider.js';

/** What a file may be said to be for: those of OpenAI's purposes that make sense for a picture. */
export const FILE_PURPOSES = ['vision', 'user_data', 'assistants'] as const;

/** A picture that is stored until somebody deletes it or its own time is over. */
export interface StoredFile {
  readonly id: string;
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly keyId: string;
  readonly purpose: string;
  readonly filename: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly mimeType: Picture['mimeType'];
  readonly width: number;
  readonly height: number;
  readonly c2pa: boolean;
  /** Slug of the model that made it; undefined for uploads. */
  readonly model: string | undefined;
  readonly generationId: string | undefined;
  /** The picture that it keeps. */
  readonly imageId: string | undefined;
  /** The file of the bytes that it was converted from. */
  readonly derivedFromFileId: string | undefined;
  readonly createdAt: Date;
  /** undefined: never. */
  readonly expiresAt: Date | undefined;
  /** A check of the store found its bytes missing or damaged. */
  readonly lost: boolean;
}

/** A file that is about to be recorded; its bytes are in the store. */
export type NewFile = Omit<StoredFile, 'id' | 'createdAt' | 'lost'>;

/**
 * Records a file and counts its bytes, in a transaction that has made sure that the blob stays (`holdBlobs`). The totals of
 * its workspace are locked from then on, so that whoever looks at a limit afterwards sees a sum that nobody changes.
 * @param now Unix milliseconds
 * @returns its id
 */
export async function insertFile(trx: Transaction<Database>, file: NewFile, now: number): Promise<string> {
  const id = createId('file');
  await count(trx, file, { files: 1, bytes: file.sizeBytes });
  await trx
    .insertInto('files')
    .values({
      id,
      workspace_id: file.workspaceId,
      mode: file.mode,
      key_id: file.keyId,
      purpose: file.purpose,
      filename: file.filename,
      blob_sha256: file.sha256,
      size_bytes: file.sizeBytes,
      mime_type: file.mimeType,
      width: file.width,
      height: file.height,
      c2pa: file.c2pa ? 1 : 0,
      model: file.model ?? null,
      generation_id: file.generationId ?? null,
      image_id: file.imageId ?? null,
      derived_from_file_id: file.derivedFromFileId ?? null,
      created_at: now,
      expires_at: file.expiresAt?.getTime() ?? null,
      removed_at: null,
    })
    .execute();
  return id;
}

/** Adds to what a key and its workspace store; negative numbers take away. The workspace's row comes first, always. */
export async function count(
  trx: Transaction<Database>,
  of: { readonly workspaceId: string; readonly mode: Mode; readonly keyId: string },
  change: { readonly files: number; readonly bytes: number },
): Promise<void> {
  for (const keyId of ['', of.keyId]) await addToTotal(trx, { ...of, keyId }, change);
}

/** Adds to one sum: of a key, or of the whole workspace where its id is empty. */
export async function addToTotal(
  trx: Transaction<Database>,
  of: { readonly workspaceId: string; readonly mode: Mode; readonly keyId: string },
  { files, bytes }: { readonly files: number; readonly bytes: number },
): Promise<void> {
  await trx
    .insertInto('storage_totals')
    .values({ workspace_id: of.workspaceId, mode: of.mode, key_id: of.keyId, files, file_bytes: bytes })
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'mode', 'key_id']).doUpdateSet((eb) => ({
        files: eb('storage_totals.files', '+', eb.ref('excluded.files')),
        file_bytes: eb('storage_totals.file_bytes', '+', eb.ref('excluded.file_bytes')),
      })),
    )
    .execute();
}

/** What is answered when the bytes of a file are asked for that are lost. @param param the field that names it */
export function fileLost(param: string): AppError {
  return new AppError('file_lost', {
    message:
      'The bytes of this file are lost: the storage gave them back damaged or not at all. Upload them again; ' +
      'that mends this file too.',
    param,
  });
}

/** A file's row. @param blobState of its blob; null: there is no record of it */
export function toFile(row: Selectable<FileTable>, blobState: string | null): StoredFile {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    mode: row.mode,
    keyId: row.key_id,
    purpose: row.purpose,
    filename: row.filename,
    sha256: row.blob_sha256,
    sizeBytes: row.size_bytes,
    mimeType: pictureMimeTypeSchema.parse(row.mime_type),
    width: row.width,
    height: row.height,
    c2pa: row.c2pa === 1,
    model: row.model ?? undefined,
    generationId: row.generation_id ?? undefined,
    imageId: row.image_id ?? undefined,
    derivedFromFileId: row.derived_from_file_id ?? undefined,
    createdAt: new Date(row.created_at),
    expiresAt: row.expires_at === null ? undefined : new Date(row.expires_at),
    lost: blobState !== 'kept',
  };
}
