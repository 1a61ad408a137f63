import { sql, type Kysely } from 'kysely';
import type { Database } from '../../src/db/schema.js';
import { NOON } from '../factories/stores.js';

/** A statement has a time limit on PostgreSQL. */
const BATCH = 50_000;

/**
 * Writes so many kept pictures of one workspace in a few statements, ten to a generation, one per second: every tenth is an
 * edit and every tenth lives its hour only, every hundredth is of the rare model, every hundredth generation began with the first.
 */
export async function insertManyImages(
  db: Kysely<Database>,
  workspaceId: string,
  count: number,
): Promise<void> {
  const start = NOON.getTime() - count * 1000;
  const far = NOON.getTime() + 365 * 24 * 3_600_000;
  const numbers = (from: number, until: number) =>
    sql`with recursive numbers(i) as (select ${sql.lit(from)} union all select i + 1 from numbers where i < ${sql.lit(until - 1)})`;
  // Ids of one length, so that their order is that of their numbers.
  const id = (prefix: string, number: string) =>
    sql`${sql.lit(prefix)} || cast(${sql.raw(number)} + 1000000000 as text)`;
  await sql`
    insert into generations (id, workspace_id, mode, key_id, operation, model, status, request_json, hold_microcredits,
      charged_microcredits, created_at, completed_at)
    ${numbers(0, Math.ceil(count / 10))}
    select ${id('gen_', 'i')}, ${workspaceId}, 'live', 'key_test', 'generate', 'painter-1', 'succeeded', '{}', 0, 0,
      ${sql.lit(start)}, ${sql.lit(start)} from numbers`.execute(db);
  for (let from = 0; from < count; from += BATCH) {
    await sql`
    insert into images (id, generation_id, workspace_id, mode, position, blob_sha256, size_bytes, mime_type, width, height, c2pa,
      charged_microcredits, created_at, expires_at, file_id, model, operation)
    ${numbers(from, Math.min(count, from + BATCH))}
    select ${id('img_', 'i')}, ${id('gen_', 'i / 10')}, ${workspaceId}, 'live', i % 10, 'none', 1000, 'image/png', 64, 64, 0, 0,
      ${sql.lit(start)} + cast(i as bigint) * 1000, ${sql.lit(far)},
      case when i % 10 = 3 then null else ${id('file_', 'i')} end,
      case when i % 100 = 0 then 'rare-1' else 'painter-1' end,
      case when i % 10 = 0 then 'edit' else 'generate' end from numbers`.execute(db);
  }
  await sql`
    insert into generation_inputs (generation_id, position, blob_sha256, size_bytes, mime_type, width, height, has_alpha, image_id,
      changes_json, expires_at, removed_at)
    ${numbers(0, Math.ceil(count / 10))}
    select ${id('gen_', 'i')}, 0, 'none', 1, 'image/png', 64, 64, 0,
      case when i % 100 = 0 then 'img_1000000000' else ${id('img_', 'i')} end, '[]', 1, 1 from numbers`.execute(
    db,
  );
  await sql`analyze`.execute(db);
}

/** How the database would answer a query, as text. */
export async function explain(
  db: Kysely<Database>,
  dialect: 'sqlite' | 'postgres',
  query: { compile(): { readonly sql: string; readonly parameters: readonly unknown[] } },
): Promise<string> {
  const { sql: text, parameters } = query.compile();
  const pieces = text.split(dialect === 'sqlite' ? '?' : /\$\d+/);
  const filled = pieces.reduce((whole, piece, index) => {
    const value = parameters[index - 1];
    return `${whole}${typeof value === 'number' ? value : `'${String(value)}'`}${piece}`;
  });
  const command = dialect === 'sqlite' ? 'explain query plan' : 'explain';
  const { rows } = await sql.raw<Record<string, unknown>>(`${command} ${filled}`).execute(db);
  return rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])).join('\n');
}
