import type { Kysely, Migration } from 'kysely';

/** How long pictures stay that nobody keeps, where a workspace wants it otherwise than the gateway. */
export const retentionMigration: Migration = { up };

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('workspaces').addColumn('picture_retention_s', 'integer').execute();
}
