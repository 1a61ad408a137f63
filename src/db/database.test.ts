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

async function balance(): Promise<number> {
  const row = await db.kysely.selectFrom('accounts').select('balance_microcredits').executeTakeFirstOrThrow();
  return row.balance_microcredits;
}

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
    expect(first.rows.map((row) => row.name)).toStrictEqual(['0001-first']);
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

  it('refuses a file that is no database', async () => {
    const other = path.join(folder.path, 'text.sqlite');
    const client = new SqliteClient(other);
    client.exec('create table workspaces (id text)');
    client.close();
    await expect(openSqlite(other)).rejects.toThrow('the database schema could not be brought up to date');
  });
});

describe('transact', () => {
  beforeEach(async () => {
    await db.kysely.insertInto('workspaces').values(WORKSPACE).execute();
    await db.kysely.insertInto('accounts').values(ACCOUNT).execute();
  });

  it('takes the write lock before the first read, and gives it back', async () => {
    await db.transact(async () => {
      expect(tryWriteElsewhere()).toBe('locked');
      return Promise.resolve();
    });
    expect(tryWriteElsewhere()).toBe('written');
  });

  it('loses no update when many read and then write at once', async () => {
    await Promise.all(
      Array.from({ length: 60 }, () =>
        db.transact(async (trx) => {
          const row = await trx
            .selectFrom('accounts')
            .select('balance_microcredits')
            .executeTakeFirstOrThrow();
          await Promise.resolve();
          await trx
            .updateTable('accounts')
            .set({ balance_microcredits: row.balance_microcredits + 1 })
            .execute();
        }),
      ),
    );
    expect(await balance()).toBe(60);
  });

  it('undoes everything when its work fails, and goes on working', async () => {
    const failing = db.transact(async (trx) => {
      await trx.updateTable('accounts').set({ balance_microcredits: 5 }).execute();
      throw new Error('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    expect(await balance()).toBe(0);
    expect(tryWriteElsewhere()).toBe('written');
    expect(await db.transact(() => Promise.resolve('result'))).toBe('result');
  });
});

describe('check', () => {
  it('answers while the store can be read and throws once it can not', async () => {
    await expect(db.check()).resolves.toBeUndefined();
    await db.close();
    await expect(db.check()).rejects.toThrow();
  });
});
