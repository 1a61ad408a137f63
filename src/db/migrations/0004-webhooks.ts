import type { Kysely, Migration } from 'kysely';

/** How webhooks fare, when their deliveries were tried, which alerts were told, and from when on to tell them. */
export const webhooksMigration: Migration = { up };

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('webhooks')
    .addColumn('mode', 'text', (c) => c.notNull().defaultTo('live'))
    .execute();
  await db.schema
    .alterTable('webhooks')
    .addColumn('failed_attempts', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  for (const name of ['description', 'disabled_reason', 'last_error'] as const) {
    await db.schema.alterTable('webhooks').addColumn(name, 'text').execute();
  }
  for (const name of ['disabled_at', 'failing_since', 'last_status', 'last_delivered_at'] as const) {
    await db.schema.alterTable('webhooks').addColumn(name, 'bigint').execute();
  }
  await db.schema.alterTable('webhook_deliveries').addColumn('last_attempt_at', 'bigint').execute();
  await db.schema.alterTable('workspaces').addColumn('alerts_json', 'text').execute();
  await db.schema
    .createTable('budget_alerts')
    .addColumn('workspace_id', 'text', (c) => c.notNull().references('workspaces.id'))
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('month', 'text', (c) => c.notNull())
    .addColumn('percent', 'integer', (c) => c.notNull())
    .addColumn('told_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('budget_alerts_pk', ['workspace_id', 'mode', 'subject', 'month', 'percent'])
    .execute();
}
