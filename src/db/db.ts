import type { Kysely, Transaction } from 'kysely';
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
   * run again.
   */
  transact<T>(work: (trx: Transaction<Database>) => Promise<T>): Promise<T>;
  /**
   * Runs one writing statement that needs no transaction of its own, so that it shares its commit with whatever is written at
   * the same time where commits are dear (SQLite).
   */
  write<T>(statement: (db: Kysely<Database>) => Promise<T>): Promise<T>;
  /** Answers if the store can be read; throws otherwise. */
  check(): Promise<void>;
  close(): Promise<void>;
}
