import type { Kysely, Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../db/schema.js';
import { AppError, invariant } from '../errors.js';
import { holdBlobs } from '../files/blob-records-store.js';
import { INPUT_MIME_TYPES, type InputMimeType } from '../providers/model.js';
import type { EditInputs } from './generation.js';

/** The mask's place among the inputs of a generation. */
const MASK_POSITION = -1;

/**
 * Writes down what an edit was given, so that its bytes stay and a restart can go on with it.
 * @throws AppError conflict when bytes are being removed
 */
export async function insertInputs(
  db: Transaction<Database>,
  generationId: string,
  { inputs, mask }: EditInputs,
): Promise<void> {
  const hashes = [...inputs, ...(mask === undefined ? [] : [mask])].map(({ sha256 }) => sha256);
  const continuations = inputs.flatMap(({ continuation }) =>
    continuation === undefined ? [] : [continuation.sha256],
  );
  if (!(await holdBlobs(db, [...hashes, ...continuations]))) {
    throw new AppError('conflict', {
      message: 'A picture of this edit was being deleted while the edit began. Send it again.',
      param: 'image',
      retry: true,
    });
  }
  const common = { generation_id: generationId, expires_at: null, removed_at: null };
  const rows = inputs.map((input, position) => ({
    ...common,
    position,
    blob_sha256: input.sha256,
    size_bytes: input.sizeBytes,
    mime_type: input.mimeType,
    width: input.width,
    height: input.height,
    has_alpha: input.hasAlpha ? (1 as const) : (0 as const),
    image_id: input.imageId ?? null,
    file_id: input.fileId ?? null,
    continuation_sha256: input.continuation?.sha256 ?? null,
    continuation_size_bytes: input.continuation?.sizeBytes ?? null,
    continuation_model: input.continuation?.model ?? null,
    changes_json: JSON.stringify(input.changes),
  }));
  const masks =
    mask === undefined
      ? []
      : [
          {
            ...common,
            position: MASK_POSITION,
            blob_sha256: mask.sha256,
            size_bytes: mask.sizeBytes,
            mime_type: mask.mimeType,
            width: mask.width,
            height: mask.height,
            has_alpha: 1 as const,
            image_id: null,
            file_id: mask.fileId ?? null,
            continuation_sha256: null,
            continuation_size_bytes: null,
            continuation_model: null,
            changes_json: '[]',
          },
        ];
  await db
    .insertInto('generation_inputs')
    .values([...rows, ...masks])
    .execute();
}

/** What the given edits started from, by generation. */
export async function findInputs(
  db: Kysely<Database>,
  generationIds: readonly string[],
): Promise<ReadonlyMap<string, EditInputs>> {
  if (generationIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('generation_inputs')
    .selectAll()
    .where('generation_id', 'in', generationIds)
    .orderBy('position')
    .execute();
  return new Map(
    generationIds.map((id) => {
      return [
        id,
        {
          inputs: rows
            .filter((row) => row.generation_id === id && row.position !== MASK_POSITION)
            .map(toPicture),
          mask: rows
            .filter((row) => row.generation_id === id && row.position === MASK_POSITION)
            .map(toPicture)[0],
        },
      ];
    }),
  );
}

/** Pictures of earlier generations that the given edits started from, in their order, by generation. */
export async function listParents(
  db: Kysely<Database>,
  generationIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (generationIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('generation_inputs')
    .select(['generation_id', 'image_id'])
    .where('generation_id', 'in', generationIds)
    .orderBy('position')
    .execute();
  return new Map(
    generationIds.map((id) => [
      id,
      rows.flatMap((row) => (row.generation_id === id && row.image_id !== null ? [row.image_id] : [])),
    ]),
  );
}

/** From now on the inputs live as long as the pictures that were made of them. */
export async function releaseInputs(
  db: Kysely<Database>,
  generationId: string,
  expiresAt: Date,
): Promise<void> {
  await db
    .updateTable('generation_inputs')
    .set({ expires_at: expiresAt.getTime() })
    .where('generation_id', '=', generationId)
    .execute();
}

/** Gives up the bytes of inputs whose time is over. @param now Unix milliseconds @returns the hashes of those bytes */
export async function removeExpiredInputs(
  db: Kysely<Database>,
  now: number,
): Promise<readonly (string | null)[]> {
  const rows = await db
    .updateTable('generation_inputs')
    .set({ removed_at: now })
    .where('removed_at', 'is', null)
    .where('expires_at', '<=', now)
    .returning(['blob_sha256', 'continuation_sha256'])
    .execute();
  return rows.flatMap((row) => [row.blob_sha256, row.continuation_sha256]);
}

function toPicture(row: {
  blob_sha256: string;
  size_bytes: number;
  mime_type: string;
  width: number;
  height: number;
  has_alpha: number;
  image_id: string | null;
  file_id: string | null;
  continuation_sha256: string | null;
  continuation_size_bytes: number | null;
  continuation_model: string | null;
  changes_json: string;
}): EditInputs['inputs'][number] {
  const { continuation_sha256: sha256, continuation_size_bytes: sizeBytes, continuation_model: model } = row;
  return {
    sha256: row.blob_sha256,
    sizeBytes: row.size_bytes,
    mimeType: inputMimeType(row.mime_type),
    width: row.width,
    height: row.height,
    hasAlpha: row.has_alpha === 1,
    imageId: row.image_id ?? undefined,
    fileId: row.file_id ?? undefined,
    changes: z.array(z.string()).parse(JSON.parse(row.changes_json)),
    continuation:
      sha256 === null || sizeBytes === null || model === null ? undefined : { sha256, sizeBytes, model },
  };
}

function inputMimeType(text: string): InputMimeType {
  const known = INPUT_MIME_TYPES.find((type) => type === text);
  invariant(known !== undefined, 'inputs are stored in a type that models take');
  return known;
}
