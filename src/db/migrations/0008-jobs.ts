import { sql, type Kysely, type Migration } from 'kysely';

/** Generations as a queue, cancelling, pictures as they arrive, events of running generations. */
export const jobsMigration: Migration = { up };

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('generations').addColumn('started_at', 'bigint').execute();
  await db.schema.alterTable('generations').addColumn('run_after', 'bigint').execute();
  await db.schema.alterTable('generations').addColumn('cancel_requested_at', 'bigint').execute();
  // What earlier versions left running had been sent, as far as anybody knows.
  await sql`update generations set started_at = created_at`.execute(db);
  await db.schema
    .createIndex('generations_waiting')
    .on('generations')
    .columns(['workspace_id', 'created_at'])
    .where(sql.ref('status'), '=', 'queued')
    .execute();

  await db.schema
    .createTable('received_images')
    .addColumn('generation_id', 'text', (c) => c.notNull().references('generations.id'))
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('image_number', 'integer', (c) => c.notNull())
    .addColumn('attempt_number', 'integer', (c) => c.notNull())
    .addColumn('route_id', 'text', (c) => c.notNull())
    .addColumn('blob_sha256', 'text', (c) => c.notNull())
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('picture_json', 'text')
    .addColumn('revised_prompt', 'text')
    .addColumn('seed', 'bigint')
    .addColumn('continuation_sha256', 'text')
    .addColumn('continuation_size_bytes', 'bigint')
    .addColumn('usage_json', 'text')
    .addColumn('cost_microcredits', 'bigint')
    .addColumn('started_at', 'bigint', (c) => c.notNull())
    .addColumn('received_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('received_images_pk', ['generation_id', 'position'])
    .execute();
  await db.schema
    .createIndex('received_images_by_blob')
    .on('received_images')
    .column('blob_sha256')
    .execute();
  await db.schema
    .createIndex('received_images_by_continuation')
    .on('received_images')
    .column('continuation_sha256')
    .execute();

  await db.schema
    .createTable('generation_events')
    .addColumn('generation_id', 'text', (c) => c.notNull().references('generations.id'))
    .addColumn('sequence', 'integer', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('data_json', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('generation_events_pk', ['generation_id', 'sequence'])
    .execute();
  await db.schema
    .createIndex('generation_events_by_age')
    .on('generation_events')
    .column('created_at')
    .execute();
}
