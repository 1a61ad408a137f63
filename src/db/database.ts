import { mkdirSync } from 'node:fs';
import path from 'node:path';
import SqliteClient from 'better-sqlite3';
import { Kysely, Migrator, SqliteDialect, sql, type Transaction } from 'kysely';
import { firstMigration } from './migrations/0001-first.js';
import type { Database } from './schema.js';

/** In the order they run; forward only. */
const MIGRATIONS = { '0001-first': firstMigration };

/** The relational store. All writes that read first go through `transact`. */
export interface Db {
  readonly kysely: Kysely<Database>;
  /** Runs `work` in one immediate transaction: the write lock is taken before the first read. */
  transact<T>(work: (trx: Transaction<Database>) => Promise<T>): Promise<T>;
  /** Answers if the store can be read; throws otherwise. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens (and creates) the SQLite file and brings its schema up to date. Every commit is synced to disk before it
 * returns: the ledger must survive a power cut.
 * @param file absolute path of the database file
 */
export async function openSqlite(file: string): Promise<Db> {
  mkdirSync(path.dirname(file), { recursive: true });
  const client = new SqliteClient(file);
  client.pragma('journal_mode = WAL');
  client.pragma('synchronous = FULL');
  client.pragma('foreign_keys = ON');
  client.pragma('busy_timeout = 5000');
  // Kysely begins deferred transactions; one that reads and then writes could then fail on a busy lock.
  const immediate = new Proxy(client, {
    get(target, property) {
      if (property === 'prepare') {
        return (text: string) => target.prepare(text === 'begin' ? 'begin immediate' : text);
      }
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      const bound: unknown = value.bind(target);
      return bound;
    },
  });
  const kysely = new Kysely<Database>({ dialect: new SqliteDialect({ database: immediate }) });
  await migrate(kysely);
  return {
    kysely,
    transact: (work) => kysely.transaction().execute(work),
    check: async () => {
      await sql`select 1`.execute(kysely);
    },
    close: async () => {
      client.pragma('wal_checkpoint(TRUNCATE)');
      await kysely.destroy();
    },
  };
}

async function migrate(kysely: Kysely<Database>): Promise<void> {
  const migrator = new Migrator({
    db: kysely,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined)
    throw new Error('the database schema could not be brought up to date', { cause: error });
}
