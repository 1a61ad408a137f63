import { mkdirSync } from 'node:fs';
import path from 'node:path';
import SqliteClient from 'better-sqlite3';
import {
  Kysely,
  SqliteAdapter,
  SqliteDialect,
  SqliteQueryCompiler,
  sql,
  type CompiledQuery,
  type SelectModifierNode,
  type SqliteDatabase,
  type SqliteStatement,
} from 'kysely';
import type { Db } from './db.js';
import { GroupedCommits } from './grouped-commits.js';
import { migrate } from './migrate.js';
import { doPatiently, LONG_PATIENCE_MS } from './outage.js';
import {
  setDirectRunner,
  type DirectRunner,
  type DirectStatement,
  type StatementResult,
} from './prepared.js';
import type { Database } from './schema.js';
import { LocalSignals } from './signals.js';
import { openThreads } from '../threads.js';
import type { Report, ReportAnswer } from './report-worker.js';

/**
 * Opens (and creates) the SQLite file and brings its schema up to date. Every commit is synced to disk before it
 * returns: the ledger must survive a power cut.
 * @param file absolute path of the database file
 * @param stopping ends all waiting for a disk that is full
 */
export async function openSqlite(file: string, stopping = new AbortController().signal): Promise<Db> {
  const { client, kysely } = connectSqlite(file);
  await migrate(kysely);
  // Readers of the log see what was committed, and wait for nobody.
  const reader = new SqliteClient(file, { readonly: true });
  setDirectRunner(kysely, new EmbeddedRunner(client, reader));
  const commits = new GroupedCommits(kysely);
  let reports: ReturnType<typeof openReports> | undefined;
  const patiently = <T>(work: () => Promise<T>, maxMs = LONG_PATIENCE_MS) =>
    doPatiently(work, maxMs, stopping);
  return {
    dialect: 'sqlite',
    kysely,
    signals: new LocalSignals(),
    transact: (work) => commits.transact(work),
    write: (statement) => patiently(() => commits.transact(statement)),
    patiently,
    report: async (query) => {
      const { sql: text, parameters } = query.compile();
      reports ??= openReports();
      const { rows, error } = await reports.run({ file, sql: text, parameters });
      if (error !== undefined) throw new SqliteClient.SqliteError(error.message, error.code);
      return rows;
    },
    check: async () => {
      // Reading works on a full disk. This number is nobody's, and writing it is a commit like any other.
      await commits.transact((trx) => sql`pragma user_version = 0`.execute(trx));
    },
    close: async () => {
      await reports?.destroy();
      reader.close();
      client.pragma('wal_checkpoint(TRUNCATE)');
      await kysely.destroy();
    },
  };
}

/** What rows a query gives is known from its type only, as ever. The thread ends when it has had nothing to do for a minute. */
function openReports() {
  const ending = path.extname(import.meta.url);
  return openThreads<Report, ReportAnswer & { readonly rows: readonly never[] }>(
    new URL(`./report-worker${ending}`, import.meta.url),
    {
      name: 'report',
      maxThreads: 1,
    },
  );
}

/** Opens (and creates) the file as it is, without a look at its schema. */
export function connectSqlite(file: string): {
  readonly client: SqliteClient.Database;
  readonly kysely: Kysely<Database>;
} {
  mkdirSync(path.dirname(file), { recursive: true });
  const client = new SqliteClient(file);
  client.pragma('journal_mode = WAL');
  client.pragma('synchronous = FULL');
  client.pragma('foreign_keys = ON');
  client.pragma('busy_timeout = 5000');
  const dialect = new EmbeddedDialect({ database: keepStatements(client) });
  return { client, kysely: new Kysely<Database>({ dialect }) };
}

/** Statements that are kept ready; there are fewer texts than that unless lists of ids make them. */
const MAX_STATEMENTS = 500;

/**
 * The client as Kysely uses it. Statements are prepared once, not at every run: that is half of what a small query costs.
 * Kysely begins deferred transactions; one that reads and then writes could then fail on a busy lock, so ours are immediate.
 */
function keepStatements(client: SqliteClient.Database): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => {
      client.close();
    },
    prepare: (text) => {
      const known = statements.get(text);
      if (known !== undefined) return known;
      const statement = client.prepare(text === 'begin' ? 'begin immediate' : text);
      const kept: SqliteStatement = {
        reader: statement.reader,
        all: (values) => statement.all(...values),
        run: (values) => {
          // A full disk undoes a transaction by itself; undoing it again would fail, and hide the reason.
          if (text === 'rollback' && !client.inTransaction) return { changes: 0, lastInsertRowid: 0 };
          return statement.run(...values);
        },
        // Not from the kept one: a row of it may run the same query again.
        iterate: (values) => client.prepare(text).iterate(...values),
      };
      // A map keeps the order of insertion: the oldest gives way.
      const [oldest] = statements.size < MAX_STATEMENTS ? [] : statements.keys();
      if (oldest !== undefined) statements.delete(oldest);
      statements.set(text, kept);
      return kept;
    },
  };
}

/**
 * Runs prepared queries on the open connections. What belongs to a transaction runs on its connection, which nobody else uses
 * until it ends; what only reads has a connection of its own.
 */
class EmbeddedRunner implements DirectRunner {
  readonly #writer: SqliteClient.Database;
  readonly #reader: SqliteClient.Database;

  constructor(writer: SqliteClient.Database, reader: SqliteClient.Database) {
    this.#writer = writer;
    this.#reader = reader;
  }

  prepare<R>({ sql: text }: CompiledQuery<R>): DirectStatement<R> {
    const inside = runOn(this.#writer.prepare<unknown[], R>(text));
    const outside = this.#writer.prepare(text).readonly
      ? runOn(this.#reader.prepare<unknown[], R>(text))
      : undefined;
    return (parameters, inTransaction) => (inTransaction ? inside : outside)?.(parameters);
  }
}

function runOn<R>(
  statement: SqliteClient.Statement<unknown[], R>,
): (parameters: readonly unknown[]) => StatementResult<R> {
  return statement.reader
    ? (parameters) => ({ rows: statement.all(...parameters), changedRows: 0 })
    : (parameters) => ({ rows: [], changedRows: statement.run(...parameters).changes });
}

class EmbeddedDialect extends SqliteDialect {
  override createAdapter() {
    return new EmbeddedAdapter();
  }

  override createQueryCompiler() {
    return new EmbeddedQueryCompiler();
  }
}

class EmbeddedAdapter extends SqliteAdapter {
  /** SQLite can undo changes of the schema. Kysely does not use that by itself, and would leave half a migration behind. */
  override get supportsTransactionalDdl() {
    return true;
  }
}

const ROW_LOCKS: ReadonlySet<string | undefined> = new Set<SelectModifierNode['modifier']>([
  'ForUpdate',
  'ForNoKeyUpdate',
  'ForShare',
  'ForKeyShare',
  'NoWait',
  'SkipLocked',
]);

class EmbeddedQueryCompiler extends SqliteQueryCompiler {
  /** SQLite has no row locks: a transaction of ours holds the write lock of the whole file. */
  protected override visitSelectModifier(node: SelectModifierNode) {
    if (!ROW_LOCKS.has(node.modifier)) super.visitSelectModifier(node);
  }
}
