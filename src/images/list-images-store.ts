import type { Kysely } from 'kysely';
import { z } from 'zod';
import { beyond, inOrder, readingOf, type PageWish } from '../db/keyset.js';
import type { Database, Mode } from '../db/schema.js';
import { AppError } from '../errors.js';
import { toImage, type GeneratedImage } from './generation.js';

/** Whose pictures: those of a workspace in one mode. */
export interface ImageOwner {
  readonly workspaceId: string;
  readonly mode: Mode;
}

/** Which pictures. undefined lets everything through; times are inclusive. */
export interface ImageListWish extends PageWish {
  readonly model: string | undefined;
  readonly operation: 'generate' | 'edit' | undefined;
  /** True: those that a file keeps. */
  readonly kept: boolean | undefined;
  /** Id of the picture that they were edited from. */
  readonly parent: string | undefined;
  readonly createdAfter: Date | undefined;
  readonly createdBefore: Date | undefined;
}

/** A picture with what its generation says of it. */
export interface ListedImage extends GeneratedImage {
  readonly model: string;
  readonly operation: 'generate' | 'edit';
  /** undefined where the generation keeps no receipt. */
  readonly prompt: string | undefined;
  /** A check of the store found its bytes missing or damaged. */
  readonly lost: boolean;
  /** Pictures of earlier generations that it was edited from. */
  readonly parentIds: readonly string[];
}

/**
 * A page of the pictures that are there: those whose time is not over, and those that are kept.
 * @param now Unix milliseconds
 * @throws AppError invalid_request when `after`, `before` or `parent` is no picture of this owner
 */
export async function listImages(
  db: Kysely<Database>,
  owner: ImageOwner,
  wish: ImageListWish,
  now: number,
): Promise<readonly ListedImage[]> {
  const rows = await (await imagePageQuery(db, owner, wish, now)).execute();
  return withGenerations(db, inOrder(rows, wish));
}

/** A picture that is there, or was. */
export async function findListedImage(
  db: Kysely<Database>,
  owner: ImageOwner,
  id: string,
): Promise<ListedImage | undefined> {
  const row = await db
    .selectFrom('images')
    .selectAll()
    .where('id', '=', id)
    .where('workspace_id', '=', owner.workspaceId)
    .where('mode', '=', owner.mode)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const [image] = await withGenerations(db, [row]);
  return image;
}

/** The query of a page. Every form of it is answered from an index of what is there, in the order of the list. */
export async function imagePageQuery(
  db: Kysely<Database>,
  owner: ImageOwner,
  wish: ImageListWish,
  now: number,
) {
  const reading = readingOf(wish);
  let query = db
    .selectFrom('images')
    .selectAll('images')
    .where('images.workspace_id', '=', owner.workspaceId)
    .where('images.mode', '=', owner.mode)
    .where('images.removed_at', 'is', null)
    .orderBy('images.created_at', reading)
    .orderBy('images.id', reading)
    .limit(wish.limit);
  if (wish.kept === true) query = query.where('images.file_id', 'is not', null);
  else if (wish.kept === false) {
    query = query.where('images.file_id', 'is', null).where('images.expires_at', '>', now);
  } else {
    query = query.where((eb) =>
      eb.or([eb('images.file_id', 'is not', null), eb('images.expires_at', '>', now)]),
    );
  }
  if (wish.model !== undefined) query = query.where('images.model', '=', wish.model);
  if (wish.operation !== undefined) query = query.where('images.operation', '=', wish.operation);
  if (wish.createdAfter !== undefined) {
    query = query.where('images.created_at', '>=', wish.createdAfter.getTime());
  }
  if (wish.createdBefore !== undefined) {
    query = query.where('images.created_at', '<=', wish.createdBefore.getTime());
  }
  if (wish.parent !== undefined) {
    await requirePlace(db, owner, wish.parent, 'parent');
    query = query
      .innerJoin('generation_inputs', 'generation_inputs.generation_id', 'images.generation_id')
      .where('generation_inputs.image_id', '=', wish.parent)
      .distinct();
  }
  const cursor = wish.after ?? wish.before;
  if (cursor !== undefined) {
    const place = await requirePlace(db, owner, cursor, wish.after === undefined ? 'before' : 'after');
    query = query.where(beyond('images', place, reading));
  }
  return query;
}

async function requirePlace(db: Kysely<Database>, owner: ImageOwner, id: string, param: string) {
  const place = await db
    .selectFrom('images')
    .select(['created_at', 'id'])
    .where('id', '=', id)
    .where('workspace_id', '=', owner.workspaceId)
    .where('mode', '=', owner.mode)
    .executeTakeFirst();
  if (place !== undefined) return place;
  throw new AppError('invalid_request', { message: `\`${param}\` must be the id of a picture.`, param });
}

const resultSchema = z.looseObject({ receipt: z.looseObject({ prompt: z.string() }) });

async function withGenerations(
  db: Kysely<Database>,
  rows: readonly (Parameters<typeof toImage>[0] & {
    readonly model: string | null;
    readonly operation: 'generate' | 'edit' | null;
  })[],
): Promise<readonly ListedImage[]> {
  if (rows.length === 0) return [];
  const ids = [...new Set(rows.map((row) => row.generation_id))];
  const generations = await db
    .selectFrom('generations')
    .select(['id', 'model', 'operation', 'result_json'])
    .where('id', 'in', ids)
    .execute();
  const parents = await db
    .selectFrom('generation_inputs')
    .select(['generation_id', 'image_id'])
    .where('generation_id', 'in', ids)
    .where('image_id', 'is not', null)
    .orderBy('position')
    .execute();
  const lost = await db
    .selectFrom('blobs')
    .select('sha256')
    .where(
      'sha256',
      'in',
      rows.map((row) => row.blob_sha256),
    )
    .where('state', '=', 'lost')
    .execute();
  const lostHashes = new Set(lost.map(({ sha256 }) => sha256));
  const known = new Map(generations.map((generation) => [generation.id, generation]));
  return rows.map((row) => {
    const generation = known.get(row.generation_id);
    const json = generation?.result_json ?? null;
    return {
      ...toImage(row),
      model: row.model ?? generation?.model ?? '',
      operation: row.operation ?? generation?.operation ?? 'generate',
      prompt: json === null ? undefined : resultSchema.safeParse(JSON.parse(json)).data?.receipt.prompt,
      lost: lostHashes.has(row.blob_sha256),
      parentIds: parents.flatMap((parent) =>
        parent.generation_id === row.generation_id && parent.image_id !== null ? [parent.image_id] : [],
      ),
    };
  });
}
