import type { Kysely, Migration } from 'kysely';

/** Fallback chains, the rule for calls of unknown outcome, and which key and images an upstream task belongs to. */
export const routingMigration: Migration = { up };

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('workspaces').addColumn('fallbacks_json', 'text').execute();
  await db.schema
    .alterTable('workspaces')
    .addColumn('unknown_outcomes', 'text', (c) => c.notNull().defaultTo('final'))
    .execute();
  await db.schema.alterTable('tasks').addColumn('key_id', 'text').execute();
  await db.schema.alterTable('tasks').addColumn('positions_json', 'text').execute();
}
