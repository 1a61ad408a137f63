import type { Compilable, Kysely, Transaction } from 'kysely';
import type { Database } from './schema.js';
import type { Signals } from './signals.js';

/** The relational store, the same for both databases. All writes that read first go through `transact`. */
export interface Db {
  readonly dialect: 'sqlite' | 'postgres';
  readonly kysely: Kysely<Database>;
  readonly signals: Signals;
  /**
   * Runs `work` in one transaction. What `work` reads in order to change it, it reads with `.forNoKeyUpdate()`: on SQLite,
   * where the whole transaction holds the write lock from its beginning, that says nothing; on PostgreSQL, where every
   * statement sees what was committed before it, that holds the rows until the end, so that no update is lost.
   *
   * `work` does nothing but queries: PostgreSQL may end one of two transactions that wait for each other, and that one is
   * run again; so is one whose connection broke before it was committed.
   * @throws CommitUnknown when the connection broke while it was committed
   */
  transact<T>(work: (trx: Transaction<Database>) => Promise<T>): Promise<T>;
  /**
   * Runs one writing statement that needs no transaction of its own, so that it shares its commit with whatever is written at
   * the same time where commits are dear (SQLite). It waits while the database is gone, and may be run twice then.
   */
  write<T>(statement: (db: Kysely<Database>) => Promise<T>): Promise<T>;
  /**
   * Does something that must not fail for the sake of a database that is gone for a while: it is done again until the
   * database takes it, the process is stopped, or an hour has passed.
   * @param work does the same when it is done twice
   * @param maxMs waits no longer than that
   */
  patiently<T>(work: () => Promise<T>, maxMs?: number): Promise<T>;
  /**
   * Reads much, as sums over a month do, and keeps nothing else waiting meanwhile: the embedded database reads in the one thread
   * that answers everybody, but for this. It sees what was committed.
   */
  report<R>(query: Compilable<R>): Promise<readonly R[]>;
  /** Answers if the store can be used, on an embedded database also if it can be written to; throws otherwise. */
  check(): Promise<void>;
  close(): Promise<void>;
}
