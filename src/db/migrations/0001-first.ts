import type { Kysely, Migration } from 'kysely';

/** The frame: tenants, keys, ledger, generations with their attempts and images, blobs, audit. */
export const firstMigration: Migration = { up };

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('workspaces')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('prc_opt_in', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('retired_models', 'text', (c) => c.notNull().defaultTo('forward'))
    .execute();

  await db.schema
    .createTable('api_keys')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('workspace_id', 'text', (c) => c.notNull().references('workspaces.id'))
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('key_hash', 'text', (c) => c.notNull().unique())
    .addColumn('key_prefix', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('revoked_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('api_keys_by_workspace')
    .on('api_keys')
    .columns(['workspace_id', 'created_at'])
    .execute();

  await db.schema
    .createTable('accounts')
    .addColumn('workspace_id', 'text', (c) => c.notNull().references('workspaces.id'))
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('balance_microcredits', 'bigint', (c) => c.notNull())
    .addColumn('held_microcredits', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('accounts_pk', ['workspace_id', 'mode'])
    .execute();

  await db.schema
    .createTable('ledger_entries')
    .addColumn('sequence', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('workspace_id', 'text', (c) => c.notNull().references('workspaces.id'))
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('balance_delta_microcredits', 'bigint', (c) => c.notNull())
    .addColumn('held_delta_microcredits', 'bigint', (c) => c.notNull())
    .addColumn('generation_id', 'text')
    .addColumn('note', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('ledger_entries_by_account')
    .on('ledger_entries')
    .columns(['workspace_id', 'mode', 'sequence'])
    .execute();
  await db.schema
    .createIndex('ledger_entries_by_generation')
    .on('ledger_entries')
    .column('generation_id')
    .execute();

  await db.schema
    .createTable('generations')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('workspace_id', 'text', (c) => c.notNull().references('workspaces.id'))
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('key_id', 'text', (c) => c.notNull())
    .addColumn('operation', 'text', (c) => c.notNull())
    .addColumn('model', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('request_json', 'text', (c) => c.notNull())
    .addColumn('result_json', 'text')
    .addColumn('error_json', 'text')
    .addColumn('hold_microcredits', 'bigint', (c) => c.notNull())
    .addColumn('charged_microcredits', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('completed_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('generations_by_workspace')
    .on('generations')
    .columns(['workspace_id', 'mode', 'created_at', 'id'])
    .execute();
  await db.schema.createIndex('generations_by_status').on('generations').column('status').execute();

  await db.schema
    .createTable('attempts')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('generation_id', 'text', (c) => c.notNull().references('generations.id'))
    .addColumn('image_number', 'integer', (c) => c.notNull())
    .addColumn('attempt_number', 'integer', (c) => c.notNull())
    .addColumn('model', 'text', (c) => c.notNull())
    .addColumn('route_id', 'text', (c) => c.notNull())
    .addColumn('started_at', 'bigint', (c) => c.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('outcome', 'text', (c) => c.notNull())
    .addColumn('error_json', 'text')
    .addColumn('upstream_request_id', 'text')
    .execute();
  await db.schema.createIndex('attempts_by_generation').on('attempts').column('generation_id').execute();

  await db.schema
    .createTable('tasks')
    .addColumn('generation_id', 'text', (c) => c.notNull().references('generations.id'))
    .addColumn('image_number', 'integer', (c) => c.notNull())
    .addColumn('attempt_number', 'integer', (c) => c.notNull())
    .addColumn('route_id', 'text', (c) => c.notNull())
    .addColumn('task_id', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('tasks_pk', ['generation_id', 'image_number', 'attempt_number'])
    .execute();

  await db.schema
    .createTable('images')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('generation_id', 'text', (c) => c.notNull().references('generations.id'))
    .addColumn('workspace_id', 'text', (c) => c.notNull().references('workspaces.id'))
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('blob_sha256', 'text', (c) => c.notNull())
    .addColumn('continuation_sha256', 'text')
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('mime_type', 'text', (c) => c.notNull())
    .addColumn('width', 'integer', (c) => c.notNull())
    .addColumn('height', 'integer', (c) => c.notNull())
    .addColumn('c2pa', 'integer', (c) => c.notNull())
    .addColumn('revised_prompt', 'text')
    .addColumn('seed', 'bigint')
    .addColumn('charged_microcredits', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('removed_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('images_by_generation')
    .on('images')
    .columns(['generation_id', 'position'])
    .unique()
    .execute();
  await db.schema
    .createIndex('images_by_expiry')
    .on('images')
    .columns(['removed_at', 'expires_at'])
    .execute();
  await db.schema.createIndex('images_by_blob').on('images').columns(['blob_sha256', 'removed_at']).execute();

  await db.schema
    .createIndex('images_by_continuation')
    .on('images')
    .columns(['continuation_sha256', 'removed_at'])
    .execute();

  await db.schema
    .createTable('blobs')
    .addColumn('sha256', 'text', (c) => c.primaryKey())
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('touched_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('blobs_by_touch').on('blobs').columns(['touched_at']).execute();

  await db.schema
    .createTable('audit_log')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('workspace_id', 'text', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('detail_json', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('audit_log_by_workspace')
    .on('audit_log')
    .columns(['workspace_id', 'id'])
    .execute();
}
