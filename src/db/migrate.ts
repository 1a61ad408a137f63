import { DEFAULT_MIGRATION_TABLE, Migrator, sql, type Kysely, type Migration } from 'kysely';
import { firstMigration } from './migrations/0001-first.js';
import { editsMigration } from './migrations/0002-edits.js';
import { tenancyMigration } from './migrations/0003-tenancy.js';
import { webhooksMigration } from './migrations/0004-webhooks.js';
import { filesMigration } from './migrations/0005-files.js';
import { provenanceMigration } from './migrations/0006-provenance.js';
import { routingMigration } from './migrations/0007-routing.js';
import { jobsMigration } from './migrations/0008-jobs.js';
import { recipesMigration } from './migrations/0009-recipes.js';
import { sessionsMigration } from './migrations/0011-sessions.js';
import { comparisonsMigration } from './migrations/0012-comparisons.js';
import { retentionMigration } from './migrations/0013-retention.js';
import type { Database } from './schema.js';

/**
 * In the order they run; forward only. Written once for both databases; the dialects' compilers know the differences. They only
 * add: the version before goes on running beside a database that this one has brought up to date (test/faults/upgrade.test.ts).
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first': firstMigration,
  '0002-edits': editsMigration,
  '0003-tenancy': tenancyMigration,
  '0004-webhooks': webhooksMigration,
  '0005-files': filesMigration,
  '0006-provenance': provenanceMigration,
  '0007-routing': routingMigration,
  '0008-jobs': jobsMigration,
  '0009-recipes': recipesMigration,
  '0011-sessions': sessionsMigration,
  '0012-comparisons': comparisonsMigration,
  '0013-retention': retentionMigration,
};

/** Their names, in the order they run. */
export const MIGRATION_NAMES: readonly string[] = Object.keys(MIGRATIONS);

/**
 * Brings the schema up to date in one transaction, so that an interrupted start leaves nothing half made. Processes that
 * start at once wait for each other: SQLite's write lock, PostgreSQL's advisory lock. A database that a later version has brought
 * up to date is taken as it is: during an upgrade, or after going back, this version runs on it.
 * @param migrations others in tests
 */
export async function migrate(kysely: Kysely<Database>, migrations = MIGRATIONS): Promise<void> {
  if (await isLater(kysely, migrations)) return;
  const migrator = new Migrator({
    db: kysely,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined)
    throw new Error('the database schema could not be brought up to date', { cause: error });
}

/** Whether all migrations were made, and further ones. */
async function isLater(
  kysely: Kysely<Database>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<boolean> {
  const tables = await kysely.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return false;
  const { rows } = await sql<{
    name: string;
  }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(kysely);
  const made = new Set(rows.map(({ name }) => name));
  const known = Object.keys(migrations);
  return known.every((name) => made.has(name)) && made.size > known.length;
}
