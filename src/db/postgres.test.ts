import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startChild } from '../../test/support/child.js';
import {
  createEmptyDatabase,
  createFreshDatabase,
  onTestServer,
  type TestDatabase,
} from '../../test/support/postgres.js';
import type { Db } from './database.js';
import { openPostgres } from './postgres.js';

const WORKSPACE = { name: 'tests', created_at: 1, prc_opt_in: 0, retired_models: 'forward' } as const;

let own: TestDatabase;
let open: Db[];
let lost: Error[];

beforeEach(() => {
  open = [];
  lost = [];
});
afterEach(async () => {
  await Promise.all(open.map((db) => db.close()));
  await own.drop();
});

async function connect(maxConnections = 4): Promise<Db> {
  const db = await openPostgres(own.url, { maxConnections, onConnectionLost: (error) => lost.push(error) });
  open.push(db);
  return db;
}

const nameOf = (database: TestDatabase) => new URL(database.url).pathname.slice(1);

/** Waits for what another process does; the test's own time limit ends it. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

const countSessions = (where: string) =>
  onTestServer(async (client) => {
    const text = `select from pg_stat_activity where datname = $1 and ${where}`;
    return (await client.query(text, [nameOf(own)])).rowCount ?? 0;
  });

/** Ends every session on the database, as a restart of the server does. */
const endSessions = () =>
  onTestServer(async (client) => {
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      nameOf(own),
    ]);
  });

async function listTables(db: Db): Promise<readonly string[]> {
  return (await db.kysely.introspection.getTables()).map((table) => table.name);
}

describe('the schema on PostgreSQL', () => {
  beforeEach(async () => {
    own = await createEmptyDatabase();
  });

  it('is made once when several processes start at once on an empty database', async () => {
    const opened = await Promise.all(Array.from({ length: 4 }, () => connect()));
    const runs = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(
      opened[0]?.kysely ?? (await connect()).kysely,
    );
    expect(runs.rows.map((row) => row.name)).toContain('0001-first');
    expect(new Set(runs.rows.map((row) => row.name)).size).toBe(runs.rows.length);
    for (const db of opened) expect(await listTables(db)).toContain('ledger_entries');
  });

  it('survives a process that is killed in the middle of making it', async () => {
    const obstacle = new pg.Client({ connectionString: own.url });
    await obstacle.connect();
    // Nobody else can make this table until it is known whether this one stays: the migration waits halfway.
    await obstacle.query('begin');
    await obstacle.query('create table images (id text)');
    const child = startChild('open-in-child.ts', own.url);
    await until(async () => (await countSessions("wait_event_type = 'Lock'")) === 1);
    await child.kill();
    const opening = connect();
    // Until PostgreSQL has noticed the death, the new process waits its turn.
    await until(async () => (await countSessions("wait_event = 'advisory'")) === 1);
    await obstacle.query('rollback');
    await obstacle.end();
    const tables = await listTables(await opening);
    for (const table of ['workspaces', 'images', 'audit_log']) expect(tables).toContain(table);
  });

  it('is not taken for made when it can not be', async () => {
    const obstacle = new pg.Client({ connectionString: own.url });
    await obstacle.connect();
    await obstacle.query('create table images (id text)');
    await expect(connect()).rejects.toThrow('the database schema could not be brought up to date');
    const { rowCount } = await obstacle.query("select from pg_tables where tablename = 'workspaces'");
    expect(rowCount).toBe(0);
    await obstacle.end();
  });
});

describe('a pool on PostgreSQL', () => {
  beforeEach(async () => {
    own = await createFreshDatabase();
  });

  it('goes on after a restart of the server', async () => {
    const db = await connect();
    await Promise.all([db.check(), db.check(), db.check()]);
    const before = await countSessions('true');
    expect(before).toBeGreaterThan(0);
    await endSessions();
    await until(() => Promise.resolve(lost.length >= before));
    await db.check();
    expect(await db.transact(() => Promise.resolve('done'))).toBe('done');
  });

  it('fails a transaction whose connection breaks between two queries, and only that', async () => {
    const db = await connect();
    const broken = db.transact(async (trx) => {
      await trx
        .insertInto('workspaces')
        .values({ id: 'ws_1', ...WORKSPACE })
        .execute();
      await endSessions();
      await until(() => Promise.resolve(lost.length > 0));
      await trx.selectFrom('workspaces').select('id').execute();
    });
    await expect(broken).rejects.toThrow();
    expect(await db.kysely.selectFrom('workspaces').select('id').execute()).toStrictEqual([]);
  });

  it('opens no more connections than it may, and makes the rest wait', async () => {
    const db = await connect(3);
    const slow = Array.from({ length: 12 }, () => sql`select pg_sleep(0.02)`.execute(db.kysely));
    await Promise.all(slow);
    expect(await countSessions("application_name = 'atelier'")).toBe(3);
  });

  it('limits how long a query and an idle transaction may last', async () => {
    const db = await connect();
    const { rows } = await sql`select current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle`.execute(db.kysely);
    expect(rows).toStrictEqual([{ statement: '30s', idle: '1min' }]);
  });

  it('runs a transaction again that was ended for the sake of another', async () => {
    await onTestServer((client) =>
      client.query(`alter database ${nameOf(own)} set deadlock_timeout = '50ms'`),
    );
    const db = await connect();
    for (const id of ['ws_1', 'ws_2'])
      await db.kysely
        .insertInto('workspaces')
        .values({ id, ...WORKSPACE })
        .execute();
    let runs = 0;
    let holding = 0;
    const rename = (first: string, second: string, name: string) =>
      db.transact(async (trx) => {
        runs += 1;
        await trx.updateTable('workspaces').set({ name }).where('id', '=', first).execute();
        holding += 1;
        // Both hold their first row before either asks for its second.
        await until(() => Promise.resolve(holding >= 2));
        await trx.updateTable('workspaces').set({ name }).where('id', '=', second).execute();
      });
    await Promise.all([rename('ws_1', 'ws_2', 'one'), rename('ws_2', 'ws_1', 'two')]);
    // One of the two is ended; its second run may meet the other once more before that has committed.
    expect(runs).toBeGreaterThanOrEqual(3);
    const names = await db.kysely.selectFrom('workspaces').select('name').distinct().execute();
    expect(names).toHaveLength(1);
  });

  it('refuses a number that would lose its last digits', async () => {
    const db = await connect();
    const read = (text: string) => sql`select ${sql.lit(text)}::bigint as money`.execute(db.kysely);
    expect((await read('-9007199254740991')).rows).toStrictEqual([{ money: -9_007_199_254_740_991 }]);
    await expect(read('9007199254740993')).rejects.toThrow('no safe integer');
    await db.check();
  });

  it('says nothing of the password when it can not connect', async () => {
    const { port } = new URL(own.url);
    for (const url of [
      'postgres://user:sesame@127.0.0.1:1/name',
      `postgres://user:sesame@127.0.0.1:${port}/no_such_name`,
    ]) {
      const refusal: unknown = await openPostgres(url, { onConnectionLost: () => {} }).catch(
        (error: unknown) => error,
      );
      expect(refusal).toBeInstanceOf(Error);
      expect(inspect(refusal, { depth: 10, showHidden: true })).not.toContain('sesame');
    }
  });
});
