import type { Kysely, Selectable } from 'kysely';
import type { Account } from '../credits/ledger-store.js';
import type { Database, GenerationTable, Mode } from '../db/schema.js';
import { AppError } from '../errors.js';
import { listParents } from './generation-inputs.js';
import { generationResultSchema, servedModel } from './generation-result.js';
import {
  toGeneration,
  toImage,
  type FoundSource,
  type GeneratedImage,
  type Generation,
} from './generation.js';

/** A page of a list: how many, and behind which one it begins. */
export interface PageWish {
  readonly limit: number;
  readonly after: string | undefined;
}

/** A generation of a workspace, whole. */
export async function findGeneration(
  db: Kysely<Database>,
  workspaceId: string,
  mode: Mode,
  id: string,
): Promise<Generation | undefined> {
  const row = await db
    .selectFrom('generations')
    .selectAll()
    .where('id', '=', id)
    .where('workspace_id', '=', workspaceId)
    .where('mode', '=', mode)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const [generation] = await withParts(db, [row]);
  return generation;
}

/** Generations of an account, newest first. */
export async function listGenerations(
  db: Kysely<Database>,
  { workspaceId, mode }: Account,
  { limit, after }: PageWish,
): Promise<readonly Generation[]> {
  let query = db
    .selectFrom('generations')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('mode', '=', mode)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  if (after !== undefined) {
    const last = await db
      .selectFrom('generations')
      .select(['id', 'created_at'])
      .where('id', '=', after)
      .where('workspace_id', '=', workspaceId)
      .where('mode', '=', mode)
      .executeTakeFirst();
    if (last === undefined) {
      throw new AppError('invalid_request', {
        message: '`after` must be the id of a generation of this workspace.',
        param: 'after',
      });
    }
    query = query.where((eb) =>
      eb.or([
        eb('created_at', '<', last.created_at),
        eb.and([eb('created_at', '=', last.created_at), eb('id', '<', last.id)]),
      ]),
    );
  }
  return withParts(db, await query.execute());
}

/** The cells of a comparison, in no order. */
export async function listOfComparison(
  db: Kysely<Database>,
  { workspaceId, mode }: Account,
  comparisonId: string,
): Promise<readonly Generation[]> {
  const rows = await db
    .selectFrom('generations')
    .selectAll()
    .where('comparison_id', '=', comparisonId)
    .where('workspace_id', '=', workspaceId)
    .where('mode', '=', mode)
    .execute();
  return withParts(db, rows);
}

/** Adds pictures, attempts and parents. */
async function withParts(
  db: Kysely<Database>,
  rows: readonly Selectable<GenerationTable>[],
): Promise<readonly Generation[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const images = await db
    .selectFrom('images')
    .selectAll()
    .where('generation_id', 'in', ids)
    .orderBy('position')
    .execute();
  const attempts = await db
    .selectFrom('attempts')
    .selectAll()
    .where('generation_id', 'in', ids)
    .orderBy('id')
    .execute();
  const edits = rows.filter((row) => row.operation === 'edit').map((row) => row.id);
  const parents = await listParents(db, edits);
  return rows.map((row) => {
    const result =
      row.result_json === null ? undefined : generationResultSchema.parse(JSON.parse(row.result_json));
    return toGeneration(row, result, {
      images: images.filter((image) => image.generation_id === row.id),
      attempts: attempts.filter((attempt) => attempt.generation_id === row.id),
      parentIds: parents.get(row.id) ?? [],
    });
  });
}

/** A picture of a workspace that an edit starts from, with what its model wants back. */
export async function findSource(
  db: Kysely<Database>,
  workspaceId: string,
  mode: Mode,
  id: string,
): Promise<FoundSource | undefined> {
  const row = await db
    .selectFrom('images')
    .innerJoin('generations', 'generations.id', 'images.generation_id')
    .leftJoin('blobs', 'blobs.sha256', 'images.continuation_sha256')
    .selectAll('images')
    .select(['generations.result_json', 'blobs.size_bytes as continuation_size_bytes'])
    .where('images.id', '=', id)
    .where('images.workspace_id', '=', workspaceId)
    .where('images.mode', '=', mode)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { continuation_sha256: sha256, continuation_size_bytes: sizeBytes, result_json: result } = row;
  const model =
    result === null
      ? undefined
      : servedModel(generationResultSchema.parse(JSON.parse(result)).receipt, row.position);
  return {
    image: toImage(row),
    continuation:
      sha256 === null || sizeBytes === null || model === undefined ? undefined : { sha256, sizeBytes, model },
  };
}

/** A picture by id, whoever it belongs to: for signed links only. */
export async function findImage(db: Kysely<Database>, id: string): Promise<GeneratedImage | undefined> {
  const row = await db.selectFrom('images').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toImage(row);
}
