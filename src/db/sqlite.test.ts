import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import SqliteClient from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestFolder } from '../../test/factories/temporary-folder.js';
import { openSqlite, type Db } from './database.js';

const WORKSPACE = {
  id: 'ws_1',
  name: 'tests',
  created_at: 1,
  prc_opt_in: 0,
  retired_models: 'forward',
  limits_json: null,
  policy_json: null,
  mark_unlabelled: 0,
  picture_retention_s: null,
  alerts_json: null,
  fallbacks_json: null,
  unknown_outcomes: 'final',
} as const;
const ACCOUNT = {
  workspace_id: 'ws_1',
  mode: 'live',
  balance_microcredits: 0,
  held_microcredits: 0,
} as const;

let folder: ReturnType<typeof createTestFolder>;
let file: string;
let db: Db;

beforeEach(async () => {
  folder = createTestFolder();
  file = path.join(folder.path, 'deep', 'er', 'atelier.sqlite');
  db = await openSqlite(file);
});
afterEach(async () => {
  // A test may have closed it itself.
  await db.close().catch(() => undefined);
  folder.remove();
});

/** Tries to take the write lock as another process would, without waiting. */
function tryWriteElsewhere(): 'written' | 'locked' {
  const other = new SqliteClient(file, { timeout: 0 });
  try {
    other.exec('begin immediate');
    other.exec('rollback');
    return 'written';
  } catch (error) {
    if (error instanceof SqliteClient.SqliteError && error.code === 'SQLITE_BUSY') return 'locked';
    throw error;
  } finally {
    other.close();
  }
}

describe('report', () => {
  it('sees what was committed, and keeps nothing else waiting', async () => {
    await db.kysely.insertInto('workspaces').values(WORKSPACE).execute();
    const names = await db.report(db.kysely.selectFrom('workspaces').where('id', '=', 'ws_1').select('name'));
    expect(names).toEqual([{ name: 'tests' }]);
    const counted = sql<number>`(with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000000) select count(*) from n)`;
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 5);
    const [row] = await db.report(db.kysely.selectNoFrom(counted.as('count')));
    clearInterval(turning);
    expect(row).toEqual({ count: 3_000_000 });
    expect(turns).toBeGreaterThan(10);
  });

  it('fails with what the database says', async () => {
    await expect(db.report(db.kysely.selectNoFrom(sql`no_such_function()`.as('x')))).rejects.toThrow(
      'no such function',
    );
  });
});

describe('openSqlite', () => {
  it('makes the folder, the file and every table of the schema', async () => {
    expect(existsSync(file)).toBe(true);
    const { rows } = await sql<{ name: string }>`select name from sqlite_master where type = 'table'`.execute(
      db.kysely,
    );
    for (const table of [
      'workspaces',
      'api_keys',
      'accounts',
      'ledger_entries',
      'generations',
      'attempts',
      'images',
      'blobs',
      'audit_log',
    ]) {
      expect(rows.map((row) => row.name)).toContain(table);
    }
  });

  it('runs each migration once and finds everything again when it is opened anew', async () => {
    const migrations = () =>
      sql<{ name: string; timestamp: string }>`select name, timestamp from kysely_migration`.execute(
        db.kysely,
      );
    const first = await migrations();
    expect(first.rows.map((row) => row.name)).toContain('0001-first');
    await db.kysely.insertInto('workspaces').values(WORKSPACE).execute();
    await db.close();
    db = await openSqlite(file);
    expect((await migrations()).rows).toStrictEqual(first.rows);
    expect(await db.kysely.selectFrom('workspaces').selectAll().execute()).toStrictEqual([WORKSPACE]);
  });

  it('leaves everything in the one file when it is closed', async () => {
    await db.kysely.insertInto('workspaces').values(WORKSPACE).execute();
    await db.close();
    const log = `${file}-wal`;
    expect(existsSync(log) ? statSync(log).size : 0).toBe(0);
    const client = new SqliteClient(file, { readonly: true });
    expect(client.prepare('select name from workspaces').pluck().all()).toStrictEqual(['tests']);
    client.close();
  });

  it('syncs every commit and keeps references whole', async () => {
    const journal = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(db.kysely);
    expect(journal.rows).toStrictEqual([{ journal_mode: 'wal' }]);
    const synchronous = await sql<{ synchronous: number }>`pragma synchronous`.execute(db.kysely);
    // 2 is FULL.
    expect(synchronous.rows).toStrictEqual([{ synchronous: 2 }]);
    await expect(db.kysely.insertInto('accounts').values(ACCOUNT).execute()).rejects.toThrow(/FOREIGN KEY/);
  });

  it('undoes a migration that fails halfway, so that the next start can run it', async () => {
    const other = path.join(folder.path, 'half.sqlite');
    const client = new SqliteClient(other);
    client.exec('create table images (id text)');
    await expect(openSqlite(other)).rejects.toThrow('the database schema could not be brought up to date');
    expect(client.prepare("select count(*) from sqlite_master where name = 'workspaces'").pluck().get()).toBe(
      0,
    );
    client.exec('drop table images');
    client.close();
    const repaired = await openSqlite(other);
    await repaired.check();
    await repaired.close();
  });

  it('knows no row locks, since a transaction holds the whole file', async () => {
    await db.kysely.insertInto('workspaces').values(WORKSPACE).execute();
    const query = db.kysely.selectFrom('workspaces').select('id').distinct().forUpdate().skipLocked();
    expect(query.compile().sql.trim()).toBe('select distinct "id" from "workspaces"');
    expect(await query.execute()).toStrictEqual([{ id: 'ws_1' }]);
  });
});

describe('a transaction', () => {
  it('takes the write lock before the first read, and gives it back', async () => {
    await db.transact(async () => {
      expect(tryWriteElsewhere()).toBe('locked');
      return Promise.resolve();
    });
    expect(tryWriteElsewhere()).toBe('written');
  });

  it('gives the lock back when its work fails', async () => {
    const failing = db.transact(() => Promise.reject(new Error('no more')));
    await expect(failing).rejects.toThrow('no more');
    expect(tryWriteElsewhere()).toBe('written');
  });

  it('is committed by the time its caller hears of it, with others or alone', async () => {
    const other = new SqliteClient(file, { readonly: true });
    const count = () => other.prepare<[], { rows: number }>('select count(*) as rows from workspaces').get();
    let told = 0;
    const add = async (id: string) => {
      await db.transact((trx) =>
        trx
          .insertInto('workspaces')
          .values({ ...WORKSPACE, id })
          .execute(),
      );
      told += 1;
      expect(count()?.rows).toBeGreaterThanOrEqual(told);
    };
    await Promise.all(Array.from({ length: 150 }, (_, index) => add(`ws_${index}`)));
    expect(count()?.rows).toBe(150);
    other.close();
  });

  it('is undone alone when it fails among others, which see nothing of it', async () => {
    const add = (id: string, fails: boolean) =>
      db.transact(async (trx) => {
        const { rows } = await trx
          .selectFrom('workspaces')
          .select((eb) => eb.fn.countAll<number>().as('rows'))
          .executeTakeFirstOrThrow();
        await trx
          .insertInto('workspaces')
          .values({ ...WORKSPACE, id })
          .execute();
        if (fails) throw new Error(`no ${id}`);
        return rows;
      });
    const outcomes = await Promise.allSettled([
      add('ws_1', false),
      add('ws_2', true),
      add('ws_3', false),
      // The row is there already: SQLite itself refuses.
      add('ws_1', false),
      add('ws_4', false),
    ]);
    expect(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'failed')),
    ).toStrictEqual([0, 'failed', 1, 'failed', 2]);
    const rows = await db.kysely.selectFrom('workspaces').select('id').orderBy('id').execute();
    expect(rows.map(({ id }) => id)).toStrictEqual(['ws_1', 'ws_3', 'ws_4']);
  });

  it('fails with its group when that can not be committed, and the next group works', async () => {
    const add = (id: string) =>
      db.transact((trx) =>
        trx
          .insertInto('workspaces')
          .values({ ...WORKSPACE, id })
          .execute(),
      );
    // Deferred references are checked by the commit.
    const broken = db.transact(async (trx) => {
      await sql`pragma defer_foreign_keys = on`.execute(trx);
      await trx
        .insertInto('accounts')
        .values({ ...ACCOUNT, workspace_id: 'ws_nobody' })
        .execute();
    });
    const outcomes = await Promise.allSettled([add('ws_1'), broken]);
    expect(outcomes.map(({ status }) => status)).toStrictEqual(['rejected', 'rejected']);
    expect(tryWriteElsewhere()).toBe('written');
    await add('ws_2');
    const rows = await db.kysely.selectFrom('workspaces').select('id').execute();
    expect(rows.map(({ id }) => id)).toStrictEqual(['ws_2']);
  });
});
