import { sql } from 'kysely';
import type { Db } from '../db/database.js';
import type { Mode } from '../db/schema.js';

/** How often a model was asked for. */
export interface ModelTraffic {
  /** Slug as asked. */
  readonly model: string;
  readonly live: number;
  readonly test: number;
  /** Keys that asked for it. */
  readonly callers: number;
}

/** Who asks for a model, and how often. */
export interface ModelCaller {
  readonly model: string;
  readonly workspaceId: string;
  readonly workspaceName: string;
  /** What happens to its calls of a retired model. */
  readonly retiredModels: 'forward' | 'refuse';
  readonly keyId: string;
  /** undefined for a key that is not known any more. */
  readonly keyName: string | undefined;
  readonly mode: Mode;
  readonly generations: number;
  readonly lastAt: Date;
}

/** Every model that was asked for since then, by all workspaces together. */
export async function listModelTraffic(db: Db, since: Date): Promise<readonly ModelTraffic[]> {
  const query = db.kysely
    .selectFrom('generations')
    .where('created_at', '>=', since.getTime())
    .groupBy('model')
    .select((eb) => [
      'model',
      eb.fn.countAll().as('all'),
      eb.fn.countAll().filterWhere('mode', '=', 'live').as('live'),
      eb.fn.count('key_id').distinct().as('callers'),
    ]);
  const rows = await db.report(query);
  return rows.map((row) => ({
    model: row.model,
    live: Number(row.live),
    test: Number(row.all) - Number(row.live),
    callers: Number(row.callers),
  }));
}

/**
 * Who asked for these models since then: of each model, by who asked most.
 * @param limit callers of each model
 */
export async function listModelCallers(
  db: Db,
  models: readonly string[],
  since: Date,
  limit: number,
): Promise<readonly ModelCaller[]> {
  if (models.length === 0) return [];
  const query = db.kysely
    .selectFrom((all) =>
      all
        .selectFrom('generations')
        .where('model', 'in', models)
        .where('created_at', '>=', since.getTime())
        .groupBy(['model', 'workspace_id', 'key_id', 'mode'])
        .select((eb) => [
          'model',
          'workspace_id',
          'key_id',
          'mode',
          eb.fn.countAll().as('generations'),
          eb.fn.max('created_at').as('last_at'),
          sql<number>`row_number() over (partition by model order by count(*) desc, key_id)`.as('place'),
        ])
        .as('callers'),
    )
    .innerJoin('workspaces', 'workspaces.id', 'callers.workspace_id')
    .leftJoin('api_keys', 'api_keys.id', 'callers.key_id')
    .where('callers.place', '<=', limit)
    .select([
      'callers.model',
      'callers.workspace_id as workspaceId',
      'workspaces.name as workspaceName',
      'workspaces.retired_models as retiredModels',
      'callers.key_id as keyId',
      'api_keys.name as keyName',
      'callers.mode',
      'callers.generations',
      'callers.last_at as lastAt',
    ])
    .orderBy('callers.model')
    .orderBy('callers.place');
  const rows = await db.report(query);
  return rows.map(({ generations, keyName, lastAt, ...row }) => ({
    ...row,
    keyName: keyName ?? undefined,
    generations: Number(generations),
    lastAt: new Date(lastAt),
  }));
}
