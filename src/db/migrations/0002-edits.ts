import type { Kysely, Migration } from 'kysely';

/** What edits were given: their pictures, their mask, and where those came from. */
export const editsMigration: Migration = { up };

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('generation_inputs')
    .addColumn('generation_id', 'text', (c) => c.notNull().references('generations.id'))
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('blob_sha256', 'text', (c) => c.notNull())
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('mime_type', 'text', (c) => c.notNull())
    .addColumn('width', 'integer', (c) => c.notNull())
    .addColumn('height', 'integer', (c) => c.notNull())
    .addColumn('has_alpha', 'integer', (c) => c.notNull())
    .addColumn('image_id', 'text')
    .addColumn('continuation_sha256', 'text')
    .addColumn('continuation_size_bytes', 'bigint')
    .addColumn('continuation_model', 'text')
    .addColumn('changes_json', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('removed_at', 'bigint')
    .addPrimaryKeyConstraint('generation_inputs_pk', ['generation_id', 'position'])
    .execute();
  await db.schema
    .createIndex('generation_inputs_by_expiry')
    .on('generation_inputs')
    .columns(['removed_at', 'expires_at'])
    .execute();
  await db.schema
    .createIndex('generation_inputs_by_blob')
    .on('generation_inputs')
    .columns(['blob_sha256', 'removed_at'])
    .execute();
  await db.schema
    .createIndex('generation_inputs_by_continuation')
    .on('generation_inputs')
    .columns(['continuation_sha256', 'removed_at'])
    .execute();
  await db.schema
    .createIndex('generation_inputs_by_image')
    .on('generation_inputs')
    .column('image_id')
    .execute();
}
