import type { Kysely, Migration } from 'kysely';

/** Browsers that are signed in to the playground. */
export const sessionsMigration: Migration = { up };

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('web_sessions')
    .addColumn('token_hash', 'text', (c) => c.notNull())
    .addColumn('key_id', 'text', (c) => c.notNull().references('api_keys.id'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('web_sessions_pk', ['token_hash', 'key_id'])
    .execute();
  await db.schema.createIndex('web_sessions_by_end').on('web_sessions').column('expires_at').execute();
}
