import { sql, type Kysely, type Migration } from 'kysely';

/** Where pictures come from, the signed originals of converted ones, previews, and whether unlabelled pictures are marked. */
export const provenanceMigration: Migration = { up };

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('workspaces')
    .addColumn('mark_unlabelled', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();

  for (const [name, type] of [
    ['treatment', 'text'],
    ['source_type', 'text'],
    ['recipe_hash', 'text'],
    ['original_sha256', 'text'],
    ['original_size_bytes', 'bigint'],
    ['original_mime_type', 'text'],
    ['original_width', 'integer'],
    ['original_height', 'integer'],
  ] as const) {
    await db.schema.alterTable('images').addColumn(name, type).execute();
  }
  await db.schema
    .createIndex('images_by_original')
    .on('images')
    .columns(['original_sha256', 'removed_at'])
    .where(sql.ref('original_sha256'), 'is not', null)
    .execute();

  await db.schema
    .createTable('image_previews')
    .addColumn('image_id', 'text', (c) => c.notNull().references('images.id'))
    .addColumn('width', 'integer', (c) => c.notNull())
    .addColumn('blob_sha256', 'text', (c) => c.notNull())
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('mime_type', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('image_previews_pk', ['image_id', 'width'])
    .execute();
  await db.schema.createIndex('image_previews_by_blob').on('image_previews').column('blob_sha256').execute();
}
