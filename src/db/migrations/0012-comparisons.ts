import { sql, type Kysely, type Migration } from 'kysely';

/** Comparisons: many generations that were quoted and held at once, and the sheet that shows them side by side. */
export const comparisonsMigration: Migration = { up };

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('generations').addColumn('comparison_id', 'text').execute();
  await db.schema
    .createIndex('generations_by_comparison')
    .on('generations')
    .columns(['comparison_id', 'status'])
    .where(sql.ref('comparison_id'), 'is not', null)
    .execute();

  await db.schema
    .createTable('comparisons')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('workspace_id', 'text', (c) => c.notNull().references('workspaces.id'))
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('key_id', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('request_json', 'text', (c) => c.notNull())
    .addColumn('axes_json', 'text', (c) => c.notNull())
    .addColumn('sheet_json', 'text')
    .addColumn('quote_microcredits', 'bigint', (c) => c.notNull())
    .addColumn('sheet_file_id', 'text')
    .addColumn('warnings_json', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('completed_at', 'bigint')
    .addColumn('cancel_requested_at', 'bigint')
    .addColumn('lease_owner', 'text')
    .addColumn('lease_expires_at', 'bigint')
    .addColumn('finish_attempts', 'integer', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('comparisons_listed')
    .on('comparisons')
    .columns(['workspace_id', 'mode', 'created_at', 'id'])
    .execute();
  await db.schema
    .createIndex('comparisons_running')
    .on('comparisons')
    .column('created_at')
    .where(sql.ref('status'), '=', 'running')
    .execute();

  await db.schema
    .createTable('comparison_cells')
    .addColumn('comparison_id', 'text', (c) => c.notNull().references('comparisons.id'))
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('coordinates_json', 'text', (c) => c.notNull())
    .addColumn('generation_id', 'text', (c) => c.references('generations.id'))
    .addColumn('quote_microcredits', 'bigint')
    .addColumn('error_json', 'text')
    .addPrimaryKeyConstraint('comparison_cells_pk', ['comparison_id', 'position'])
    .execute();
}
