import type { Db } from '../db/database.js';
import { AppError } from '../errors.js';

/** A workspace as the operator's list tells it. */
export interface ListedWorkspace {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

/**
 * All workspaces, the newest first.
 * @param options.after id of the last workspace seen; undefined starts at the newest
 * @throws AppError invalid_request when `after` is no workspace
 */
export async function listWorkspacePage(
  db: Db,
  options: { readonly limit: number; readonly after: string | undefined },
): Promise<readonly ListedWorkspace[]> {
  let page = db.kysely
    .selectFrom('workspaces')
    .select(['id', 'name', 'created_at'])
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(options.limit);
  if (options.after !== undefined) {
    const last = await db.kysely
      .selectFrom('workspaces')
      .select(['id', 'created_at'])
      .where('id', '=', options.after)
      .executeTakeFirst();
    if (last === undefined) {
      throw new AppError('invalid_request', {
        message: '`after` must be the id of a workspace.',
        param: 'after',
      });
    }
    page = page.where((eb) =>
      eb.or([
        eb('created_at', '<', last.created_at),
        eb.and([eb('created_at', '=', last.created_at), eb('id', '<', last.id)]),
      ]),
    );
  }
  const rows = await page.execute();
  return rows.map((row) => ({ id: row.id, name: row.name, createdAt: new Date(row.created_at) }));
}
