/** A look at a database beside the processes that run on it: opens no schema, migrates nothing and takes no lock for long. */
import SqliteClient from 'better-sqlite3';
import type { DatabasePlace } from '../config/load.js';

/** Kysely's own table of the migrations that were made. */
const MIGRATIONS_TABLE = 'kysely_migration';
const BUSY_MS = 5_000;

/** A database that is looked at. */
export interface InspectedDatabase {
  /** What it is, without any secret. */
  readonly name: string;
  /** Names of the migrations that were made; empty for a database without a schema. */
  readMigrations(): Promise<readonly string[]>;
  /** @throws Error when nothing can be written */
  tryWriting(): Promise<void>;
  /** Milliseconds since 1970 by its own clock; undefined: it has none. */
  readTimeMs(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** @throws Error when it can't be reached */
export async function inspectDatabase(place: DatabasePlace): Promise<InspectedDatabase> {
  return place.dialect === 'sqlite' ? inspectSqlite(place.file) : inspectPostgres(place.url);
}

function inspectSqlite(file: string): InspectedDatabase {
  const client = new SqliteClient(file, { fileMustExist: true, timeout: BUSY_MS });
  return {
    name: `SQLite (${file})`,
    readMigrations: () => {
      const table = client
        .prepare<[string], { name: string }>(
          "select name from sqlite_master where type = 'table' and name = ?",
        )
        .get(MIGRATIONS_TABLE);
      if (table === undefined) return Promise.resolve([]);
      const rows = client
        .prepare<[], { name: string }>(`select name from ${MIGRATIONS_TABLE} order by name`)
        .all();
      return Promise.resolve(rows.map(({ name }) => name));
    },
    tryWriting: () => {
      client.exec('begin immediate');
      // A file that can only be read takes the lock and refuses the write.
      client.pragma('user_version = 0');
      client.exec('rollback');
      return Promise.resolve();
    },
    readTimeMs: () => Promise.resolve(undefined),
    close: () => {
      client.close();
      return Promise.resolve();
    },
  };
}

async function inspectPostgres(url: string): Promise<InspectedDatabase> {
  const { default: pg } = await import('pg');
  const { clientConfig } = await import('./postgres.js');
  const client = new pg.Client({
    ...clientConfig(url),
    statement_timeout: BUSY_MS,
    application_name: 'atelier doctor',
  });
  // A connection that breaks fails the query that waits for it.
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query<{ version: string }>('show server_version');
  return {
    name: `PostgreSQL ${rows[0]?.version ?? ''}`,
    readMigrations: async () => {
      const found = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
        MIGRATIONS_TABLE,
      ]);
      if (found.rows[0]?.there !== true) return [];
      const made = await client.query<{ name: string }>(`select name from ${MIGRATIONS_TABLE} order by name`);
      return made.rows.map(({ name }) => name);
    },
    tryWriting: async () => {
      await client.query('begin');
      try {
        // A standby, and a user without rights, refuse it.
        await client.query('create table atelier_doctor (probe integer)');
      } finally {
        await client.query('rollback');
      }
    },
    readTimeMs: async () => {
      const answer = await client.query<{ now: Date }>('select clock_timestamp() as now');
      return answer.rows[0]?.now.getTime();
    },
    close: () => client.end(),
  };
}
