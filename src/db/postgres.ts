import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, type Transaction } from 'kysely';
import pg from 'pg';
import type { Db } from './db.js';
import { migrate } from './migrate.js';
import { CommitUnknown, doPatiently, isOutage, LONG_PATIENCE_MS, PatientConnector } from './outage.js';
import { PortablePostgresDialect } from './postgres-dialect.js';
import { PostgresSignals } from './postgres-signals.js';
import type { Database } from './schema.js';
import { AnsweringClients } from './unanswered.js';

/** How many connections one process holds at most; further queries wait for a free one. */
const MAX_CONNECTIONS = 16;
const CONNECT_TIMEOUT_MS = 5_000;
/** As long as a query may take: whoever stands in line behind a locked account is not refused before those in front. */
const POOL_TIMEOUT_MS = 30_000;
/** No query of ours takes long; one that does is stuck. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** A server that hangs, or a network that swallows what is sent, ends nothing by itself: after that long there is no answer to come. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;
/** A process that stalls inside a transaction must not keep an account locked for the others. */
const IDLE_TRANSACTION_TIMEOUT_MS = 60_000;
/** How often a transaction that lost to another one is tried. */
const TRANSACTION_TRIES = 8;
/** The same for one whose connection broke before its commit: a new one waits for the database by itself. */
const BROKEN_TRIES = 3;
/** How long whoever needs a connection waits for a database that has gone: a restart or a failover takes seconds. */
const PATIENCE_MS = 10_000;
const CHECK_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 5_000;

export interface PostgresOptions {
  /** Told about every connection that broke; its queries fail, later ones get a new connection. */
  readonly onConnectionLost: (error: Error) => void;
  readonly maxConnections?: number;
  /** Ends all waiting for a database that is gone. */
  readonly stopping?: AbortSignal;
}

/**
 * Connects to PostgreSQL and brings its schema up to date. Several processes may do so at once.
 *
 * Transactions are READ COMMITTED with row locks where they read before they write (see `Db.transact`), not SERIALIZABLE:
 * nearly all contention is on one account row, where waiting in line is cheaper than failing and repeating.
 * @param url `postgres://` with everything that `pg` understands in it; never part of an error or a log line
 */
export async function openPostgres(url: string, options: PostgresOptions): Promise<Db> {
  await migrateAlone(url, options);
  const pool = createPool(url, options, {
    max: options.maxConnections ?? MAX_CONNECTIONS,
    connectionTimeoutMillis: POOL_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
  });
  const clients = new AnsweringClients(pool);
  const connector = new PatientConnector(
    () => clients.connect(),
    (client) => {
      client.release();
    },
    PATIENCE_MS,
  );
  const kysely = new Kysely<Database>({
    dialect: new PortablePostgresDialect({
      pool: { connect: () => connector.connect(), end: () => pool.end() },
    }),
  });
  const never = new AbortController().signal;
  const patiently = <T>(work: () => Promise<T>, maxMs = LONG_PATIENCE_MS) =>
    doPatiently(work, maxMs, options.stopping ?? never);
  const signals = new PostgresSignals(
    kysely,
    () => new pg.Client({ ...clientConfig(url), application_name: 'atelier signals' }),
    options.onConnectionLost,
  );
  await signals.open();
  return {
    dialect: 'postgres',
    kysely,
    signals,
    transact: (work) => repeatIfLost(() => runTransaction(kysely, work)),
    write: (statement) => patiently(() => statement(kysely)),
    patiently,
    report: async (query) => (await kysely.executeQuery(query.compile())).rows,
    check: async () => {
      // Not by way of those who wait for it to come back.
      const late = AbortSignal.timeout(CHECK_TIMEOUT_MS);
      await Promise.race([pool.query('select 1'), once(late, 'abort').then(tooLate)]);
    },
    close: async () => {
      const closed = signals.close().then(() => kysely.destroy());
      // A server that hangs says no goodbye, and nothing is left to be written.
      await Promise.race([closed, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}

/** One connection to a database as it is, without a look at its schema. */
export function connectPostgres(url: string, options: PostgresOptions): Kysely<Database> {
  return new Kysely<Database>({
    dialect: new PortablePostgresDialect({ pool: createPool(url, options, { max: 1 }) }),
  });
}

/** On a connection of its own without time limits: waiting for another process's migration can take long. */
async function migrateAlone(url: string, options: PostgresOptions): Promise<void> {
  const kysely = connectPostgres(url, options);
  try {
    await migrate(kysely);
  } finally {
    await kysely.destroy();
  }
}

/** Who needs a connection may wait for one of the pool for longer than a server may take to make one. */
class QuickClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super({ ...config, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  }
}

function createPool(url: string, options: PostgresOptions, limits: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    ...clientConfig(url),
    application_name: 'atelier',
    idleTimeoutMillis: 30_000,
    // Behind a balancer or after a failover, connections find the new server in the end.
    maxLifetimeSeconds: 1_800,
    types: createTypes(),
    Client: QuickClient,
    ...limits,
  });
  // A connection reports its end also while a transaction holds it and no query runs; unheard, that would end the process.
  pool.on('connect', (client) => {
    client.on('error', options.onConnectionLost);
  });
  // The same report once more, for idle connections.
  pool.on('error', () => {});
  return pool;
}

/** How connections are made. */
export function clientConfig(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** Money and times are `bigint` here and numbers in the code; sums of them are `numeric`. */
function createTypes(): pg.CustomTypesConfig {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, parseInteger);
  types.setTypeParser(pg.types.builtins.NUMERIC, parseInteger);
  return types;
}

function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError('the database holds a number that is no safe integer');
  return value;
}

function tooLate(): never {
  throw new Error('the database does not answer');
}

/** @throws CommitUnknown when the connection broke from the commit on: before, nothing of it can have stayed */
async function runTransaction<T>(
  kysely: Kysely<Database>,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  const phase = { committing: false };
  try {
    return await kysely
      .transaction()
      .setIsolationLevel('read committed')
      .execute(async (trx) => {
        const result = await work(trx);
        phase.committing = true;
        return result;
      });
  } catch (error) {
    throw phase.committing && isOutage(error) ? new CommitUnknown(error) : error;
  }
}

async function repeatIfLost<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      const isBroken = isOutage(error) && !(error instanceof CommitUnknown);
      const most = isBroken ? BROKEN_TRIES : isLost(error) ? TRANSACTION_TRIES : 1;
      if (tries >= most) throw error;
    }
  }
}

/** Undone by PostgreSQL for the sake of another transaction: 40P01 deadlock, 40001 serialisation. */
function isLost(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40P01' || error.code === '40001');
}
