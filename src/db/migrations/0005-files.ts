import { sql, type Kysely, type Migration } from 'kysely';

/** Files, what they take of the storage, lists of pictures, and blobs that are looked at only when something changed. */
export const filesMigration: Migration = { up };

async function up(db: Kysely<unknown>): Promise<void> {
  await createFiles(db);
  await listImages(db);
  await db.schema.alterTable('generation_inputs').addColumn('file_id', 'text').execute();
  await db.schema
    .createIndex('generation_inputs_by_file')
    .on('generation_inputs')
    .column('file_id')
    .where(sql.ref('file_id'), 'is not', null)
    .execute();

  await db.schema.alterTable('blobs').addColumn('review_at', 'bigint').execute();
  await sql`update blobs set review_at = touched_at + 21600001`.execute(db);
  await db.schema.dropIndex('blobs_by_touch').execute();
  await db.schema
    .createIndex('blobs_due')
    .on('blobs')
    .column('review_at')
    .where(sql.ref('review_at'), 'is not', null)
    .execute();
}

async function createFiles(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('files')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('workspace_id', 'text', (c) => c.notNull().references('workspaces.id'))
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('key_id', 'text', (c) => c.notNull())
    .addColumn('purpose', 'text', (c) => c.notNull())
    .addColumn('filename', 'text', (c) => c.notNull())
    .addColumn('blob_sha256', 'text', (c) => c.notNull())
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('mime_type', 'text', (c) => c.notNull())
    .addColumn('width', 'integer', (c) => c.notNull())
    .addColumn('height', 'integer', (c) => c.notNull())
    .addColumn('c2pa', 'integer', (c) => c.notNull())
    .addColumn('model', 'text')
    .addColumn('generation_id', 'text')
    .addColumn('image_id', 'text')
    .addColumn('derived_from_file_id', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('removed_at', 'bigint')
    .execute();
  const account = ['workspace_id', 'mode'];
  const order = ['created_at', 'id'];
  const stored = [sql.ref('removed_at'), 'is', null] as const;
  const indexes: readonly (readonly [string, readonly string[]])[] = [
    ['files_listed', [...account, ...order]],
    ['files_by_purpose', [...account, 'purpose', ...order]],
    ['files_by_model', [...account, 'model', ...order]],
    ['files_by_blob', ['blob_sha256']],
    ['files_by_generation', ['generation_id']],
    ['files_by_origin', ['derived_from_file_id']],
  ];
  for (const [name, columns] of indexes) {
    await db.schema
      .createIndex(name)
      .on('files')
      .columns([...columns])
      .where(...stored)
      .execute();
  }
  // A picture has one file at most.
  await db.schema
    .createIndex('files_by_image')
    .on('files')
    .column('image_id')
    .unique()
    .where(...stored)
    .where(sql.ref('image_id'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('files_by_expiry')
    .on('files')
    .column('expires_at')
    .where(...stored)
    .where(sql.ref('expires_at'), 'is not', null)
    .execute();

  await db.schema
    .createTable('storage_totals')
    .addColumn('workspace_id', 'text', (c) => c.notNull().references('workspaces.id'))
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('key_id', 'text', (c) => c.notNull())
    .addColumn('files', 'bigint', (c) => c.notNull())
    .addColumn('file_bytes', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('storage_totals_pk', ['workspace_id', 'mode', 'key_id'])
    .execute();
}

/** Pictures by what they are asked for; those that were removed are in none of these indexes. */
async function listImages(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('images').addColumn('file_id', 'text').execute();
  await db.schema.alterTable('images').addColumn('model', 'text').execute();
  await db.schema.alterTable('images').addColumn('operation', 'text').execute();
  await sql`
    update images set
      model = (select model from generations where generations.id = images.generation_id),
      operation = (select operation from generations where generations.id = images.generation_id)`.execute(
    db,
  );
  for (const name of ['images_kept', 'images_by_workspace', 'images_by_expiry']) {
    await db.schema.dropIndex(name).execute();
  }
  const account = ['workspace_id', 'mode'];
  const order = ['created_at', 'id'];
  const indexes: readonly (readonly [string, readonly string[]])[] = [
    ['images_listed', [...account, ...order]],
    ['images_by_model', [...account, 'model', ...order]],
    ['images_by_operation', [...account, 'operation', ...order]],
  ];
  for (const [name, columns] of indexes) {
    await db.schema
      .createIndex(name)
      .on('images')
      .columns([...columns])
      .where(sql.ref('removed_at'), 'is', null)
      .execute();
  }
  await db.schema
    .createIndex('images_kept')
    .on('images')
    .columns([...account, ...order])
    .where(sql.ref('removed_at'), 'is', null)
    .where(sql.ref('file_id'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('images_unkept')
    .on('images')
    .columns([...account, ...order])
    .where(sql.ref('removed_at'), 'is', null)
    .where(sql.ref('file_id'), 'is', null)
    .execute();
  await db.schema
    .createIndex('images_by_expiry')
    .on('images')
    .column('expires_at')
    .where(sql.ref('removed_at'), 'is', null)
    .where(sql.ref('file_id'), 'is', null)
    .execute();
}
