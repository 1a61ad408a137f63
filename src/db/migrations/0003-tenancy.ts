import { sql, type Kysely, type Migration } from 'kysely';

/** Limits and expiry of keys, parcels of credits that expire, idempotent calls, webhooks, settings of the operator, leases. */
export const tenancyMigration: Migration = { up };

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('workspaces').addColumn('limits_json', 'text').execute();
  await db.schema.alterTable('workspaces').addColumn('policy_json', 'text').execute();
  await db.schema.alterTable('api_keys').addColumn('expires_at', 'bigint').execute();
  await db.schema.alterTable('api_keys').addColumn('last_used_at', 'bigint').execute();
  await db.schema.alterTable('api_keys').addColumn('limits_json', 'text').execute();
  await db.schema.alterTable('api_keys').addColumn('created_by', 'text').execute();
  await db.schema.alterTable('generations').addColumn('lease_owner', 'text').execute();
  await db.schema.alterTable('generations').addColumn('lease_expires_at', 'bigint').execute();

  await db.schema
    .createTable('credit_parcels')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('workspace_id', 'text', (c) => c.notNull().references('workspaces.id'))
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('granted_microcredits', 'bigint', (c) => c.notNull())
    .addColumn('remaining_microcredits', 'bigint', (c) => c.notNull())
    .addColumn('note', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('credit_parcels_by_account')
    .on('credit_parcels')
    .columns(['workspace_id', 'mode', 'expires_at'])
    .where(sql.ref('remaining_microcredits'), '>', 0)
    .execute();
  await db.schema
    .createIndex('credit_parcels_by_expiry')
    .on('credit_parcels')
    .column('expires_at')
    .where(sql.ref('remaining_microcredits'), '>', 0)
    .execute();
  // What was granted before parcels existed never expires.
  await sql`
    insert into credit_parcels (id, workspace_id, mode, kind, granted_microcredits, remaining_microcredits, note, created_at)
    select 'par_' || workspace_id || '_' || mode, workspace_id, mode, 'top_up', balance_microcredits, balance_microcredits,
      'balance before parcels', 0
    from accounts where balance_microcredits > 0`.execute(db);

  await db.schema
    .createTable('idempotent_calls')
    .addColumn('workspace_id', 'text', (c) => c.notNull().references('workspaces.id'))
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('path', 'text', (c) => c.notNull())
    .addColumn('idempotency_key', 'text', (c) => c.notNull())
    .addColumn('body_sha256', 'text', (c) => c.notNull())
    .addColumn('generation_id', 'text')
    .addColumn('result_json', 'text')
    .addColumn('owner', 'text')
    .addColumn('lease_expires_at', 'bigint')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('idempotent_calls_pk', ['workspace_id', 'mode', 'path', 'idempotency_key'])
    .execute();
  await db.schema
    .createIndex('idempotent_calls_by_expiry')
    .on('idempotent_calls')
    .column('expires_at')
    .execute();

  await db.schema
    .createTable('webhooks')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('workspace_id', 'text', (c) => c.notNull().references('workspaces.id'))
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('secret_sealed', 'text', (c) => c.notNull())
    .addColumn('events_json', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('removed_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('webhooks_by_workspace')
    .on('webhooks')
    .columns(['workspace_id', 'removed_at'])
    .execute();
  await db.schema
    .createTable('webhook_deliveries')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('webhook_id', 'text', (c) => c.notNull().references('webhooks.id'))
    .addColumn('workspace_id', 'text', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addColumn('payload_json', 'text', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('next_attempt_at', 'bigint')
    .addColumn('last_status', 'integer')
    .addColumn('last_error', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('ended_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('webhook_deliveries_due')
    .on('webhook_deliveries')
    .columns(['ended_at', 'next_attempt_at'])
    .execute();
  await db.schema
    .createIndex('webhook_deliveries_by_webhook')
    .on('webhook_deliveries')
    .columns(['webhook_id', 'created_at'])
    .execute();

  await db.schema
    .createTable('operator_settings')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('value_json', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('generations_by_lease')
    .on('generations')
    .columns(['status', 'lease_expires_at'])
    .execute();
  // What a key or an account has spent in a month, and what it stores now.
  await db.schema
    .createIndex('generations_by_key_end')
    .on('generations')
    .columns(['key_id', 'completed_at'])
    .execute();
  await db.schema
    .createIndex('generations_by_account_end')
    .on('generations')
    .columns(['workspace_id', 'mode', 'completed_at'])
    .execute();
  await db.schema
    .createIndex('images_kept')
    .on('images')
    .columns(['workspace_id', 'mode', 'removed_at'])
    .execute();
  await db.schema
    .createIndex('images_by_workspace')
    .on('images')
    .columns(['workspace_id', 'mode', 'created_at', 'id'])
    .execute();
}
