import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { openPostgres } from '../../src/db/postgres.js';
import { findTestServices } from './test-services.js';

/** A database of its own on the test server. */
export interface TestDatabase {
  readonly url: string;
  /** The text of all rows, by table. */
  readonly read: () => Promise<readonly Buffer[]>;
  /** Gives it back; whoever is still connected is thrown out. */
  drop(): Promise<void>;
}

/**
 * A database with the whole schema and no rows. Copying a template takes half a second, so what a test gives back is emptied
 * and goes to the next one of this process: whoever changes more than rows takes a fresh one.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = idle.pop() ?? (await createDatabase(await findTemplate()));
  return {
    url: urlOf(name),
    read: () => onDatabase(urlOf(name), readRows),
    drop: async () => {
      await empty(name);
      idle.push(name);
    },
  };
}

/** A database with the whole schema whose structure and settings a test may change. */
export async function createFreshDatabase(): Promise<TestDatabase> {
  return droppedAtEnd(await createDatabase(await findTemplate()));
}

/** A database without any table. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return droppedAtEnd(await createDatabase('template0'));
}

/** Runs statements on the test server itself, outside of any test's database. */
export async function onTestServer<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  return onDatabase(findTestServices().postgres, work);
}

/** Removes the databases of a test run; see `createDatabase` for their names. */
export async function removeDatabasesOf(run: string): Promise<void> {
  await onTestServer(async (client) => {
    const found = await client.query<{ datname: string }>(
      'select datname from pg_database where datname like $1',
      [`atelier\\_test\\_%\\_${run}\\_%`],
    );
    for (const { datname } of found.rows) await client.query(`drop database ${datname} with (force)`);
  });
}

const idle: string[] = [];
let template: Promise<string> | undefined;

/** The name holds the time and the run, by which what was left behind is found and removed. */
async function createDatabase(source: string): Promise<string> {
  const run = process.env['TEST_RUN'] ?? 'alone';
  const name = `atelier_test_${Math.floor(Date.now() / 1000)}_${run}_${randomBytes(6).toString('hex')}`;
  await onTestServer((client) => client.query(`create database ${name} template ${source}`));
  return name;
}

function droppedAtEnd(name: string): TestDatabase {
  return {
    url: urlOf(name),
    read: () => onDatabase(urlOf(name), readRows),
    drop: async () => {
      await onTestServer((client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** Removes all rows and starts all numbers again. */
async function empty(name: string): Promise<void> {
  await onDatabase(urlOf(name), async (client) => {
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
      [name],
    );
    // References between tables don't matter when all are emptied. Truncating would write new files for each of them.
    await client.query('set session_replication_role = replica');
    const deletions = (await listTables(client)).map((table) => `delete from ${table};`).join('');
    await client.query(
      `begin; ${deletions}
      select setval(seqrelid::regclass, seqstart, false) from pg_sequence; commit;`,
    );
  });
}

async function readRows(client: pg.Client): Promise<readonly Buffer[]> {
  const tables: Buffer[] = [];
  for (const table of await listTables(client)) {
    const { rows } = await client.query<{ row: string }>(`select t::text as row from ${table} t`);
    tables.push(Buffer.from(rows.map(({ row }) => row).join('\n')));
  }
  return tables;
}

async function listTables(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables
    where schemaname = 'public' and tablename not like 'kysely%'`,
  );
  return rows.map((row) => row.name);
}

function findTemplate(): Promise<string> {
  template ??= ensureTemplate();
  return template;
}

/** One template per state of the code that makes the schema, made by whichever test comes first. */
async function ensureTemplate(): Promise<string> {
  const name = `atelier_template_${hashSchemaCode()}`;
  await onTestServer(async (client) => {
    await client.query('select pg_advisory_lock(71001)');
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount !== 0) return;
    const building = `${name}_building`;
    await client.query(`drop database if exists ${building} with (force)`);
    await client.query(`create database ${building} template template0`);
    const db = await openPostgres(urlOf(building), { onConnectionLost: () => {} });
    await db.close();
    await onDatabase(urlOf(building), expectNoRows);
    await client.query(`alter database ${building} rename to ${name}`);
  });
  return name;
}

/** Emptying a database would lose rows that the schema itself brings. */
async function expectNoRows(client: pg.Client): Promise<void> {
  for (const table of await listTables(client)) {
    const { rowCount } = await client.query(`select from ${table} limit 1`);
    if (rowCount !== 0) throw new Error(`a new database has rows in ${table}: emptying has to keep them`);
  }
}

function hashSchemaCode(): string {
  const folder = path.resolve(import.meta.dirname, '../../src/db');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

function urlOf(name: string): string {
  const url = new URL(findTestServices().postgres);
  url.pathname = `/${name}`;
  return url.href;
}

async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
