import { existsSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, openOwnDatabase, type OwnDatabase } from '../../test/factories/stores.js';
import { createTestFolder } from '../../test/factories/temporary-folder.js';
import { createTestDatabase } from '../../test/support/postgres.js';
import { loadConfig } from '../config/load.js';
import { openDatabase, type Db } from './database.js';

const WORKSPACE = {
  id: 'ws_1',
  name: 'tests',
  created_at: 1_795_348_800_000,
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

const options = { onConnectionLost: () => {} };

describe.each(DATABASES)('the store on %s', (database) => {
  let files: ReturnType<typeof createTestFolder>;
  let own: OwnDatabase;
  let db: Db;

  beforeEach(async () => {
    files = createTestFolder();
    own = await openOwnDatabase(database, files.path);
    db = own.db;
    await db.kysely.insertInto('workspaces').values(WORKSPACE).execute();
    await db.kysely.insertInto('accounts').values(ACCOUNT).execute();
  });
  afterEach(async () => {
    // A test may have closed it itself.
    await own.close().catch(() => undefined);
    files.remove();
  });

  async function balance(): Promise<number> {
    const row = await db.kysely
      .selectFrom('accounts')
      .select('balance_microcredits')
      .executeTakeFirstOrThrow();
    return row.balance_microcredits;
  }

  const setBalance = (amount: number) =>
    db.kysely.updateTable('accounts').set({ balance_microcredits: amount }).executeTakeFirst();

  it('says which it is, and that it can be read', async () => {
    expect(db.dialect).toBe(database);
    await expect(db.check()).resolves.toBeUndefined();
  });

  it('gives rows back as they were written: numbers are numbers', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    await setBalance(most);
    expect(await db.kysely.selectFrom('workspaces').selectAll().execute()).toStrictEqual([WORKSPACE]);
    expect(await balance()).toBe(most);
    const sums = await db.kysely
      .selectFrom('accounts')
      .select(({ fn }) => [
        fn.sum<number>('balance_microcredits').as('sum'),
        fn.countAll<number>().as('count'),
      ])
      .executeTakeFirstOrThrow();
    expect(sums).toStrictEqual({ sum: most, count: 1 });
  });

  it('counts the rows that a write changed, the same on both', async () => {
    const insert = () =>
      db.kysely
        .insertInto('blobs')
        .values({ sha256: 'a', size_bytes: 1, state: 'kept', touched_at: 1 })
        .onConflict((conflict) =>
          conflict.column('sha256').doUpdateSet({ touched_at: 2 }).where('blobs.state', '=', 'kept'),
        )
        .executeTakeFirst();
    expect((await insert()).numInsertedOrUpdatedRows).toBe(1n);
    expect((await insert()).numInsertedOrUpdatedRows).toBe(1n);
    const marked = db.kysely.updateTable('blobs').set({ state: 'deleting' }).where('state', '=', 'kept');
    expect((await marked.executeTakeFirst()).numUpdatedRows).toBe(1n);
    expect((await marked.executeTakeFirst()).numUpdatedRows).toBe(0n);
    expect((await insert()).numInsertedOrUpdatedRows).toBe(0n);
    const gone = db.kysely.deleteFrom('blobs').where('sha256', '=', 'a');
    expect((await gone.executeTakeFirst()).numDeletedRows).toBe(1n);
    expect((await gone.executeTakeFirst()).numDeletedRows).toBe(0n);
  });

  it('numbers lines in the order of writing, beyond 32 bits', async () => {
    const line = { workspace_id: 'ws_1', actor: 'key_1', action: 'tested', detail_json: '{}', created_at: 1 };
    const write = () =>
      db.kysely.insertInto('audit_log').values(line).returning('id').executeTakeFirstOrThrow();
    const [first, second] = [await write(), await write()];
    expect(second.id).toBe(first.id + 1);
    await (
      database === 'sqlite'
        ? sql`update sqlite_sequence set seq = ${2 ** 40} where name = 'audit_log'`
        : sql`alter table audit_log alter column id restart with ${sql.lit(2 ** 40 + 1)}`
    ).execute(db.kysely);
    expect((await write()).id).toBe(2 ** 40 + 1);
  });

  it('finds nothing for text with a NUL in it, and stores such text', async () => {
    const find = db.kysely.selectFrom('workspaces').select('id').where('id', '=', 'ws_1\0');
    expect(await find.execute()).toStrictEqual([]);
    await db.kysely.updateTable('workspaces').set({ name: 'a\0b 🦊 \ud800' }).execute();
    const { name } = await db.kysely.selectFrom('workspaces').select('name').executeTakeFirstOrThrow();
    expect(name).toMatch(/^a(\0|\ufffd)b 🦊 \ufffd+$/);
  });

  it('keeps references whole', async () => {
    const orphan = { ...ACCOUNT, workspace_id: 'ws_none' };
    await expect(db.kysely.insertInto('accounts').values(orphan).execute()).rejects.toThrow(/foreign key/i);
  });

  it('loses no update when many read and then write at once', async () => {
    await Promise.all(
      Array.from({ length: 60 }, () =>
        db.transact(async (trx) => {
          const row = await trx
            .selectFrom('accounts')
            .select('balance_microcredits')
            .forNoKeyUpdate()
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
    expect(await db.transact(() => Promise.resolve('result'))).toBe('result');
  });

  it('can not be read any more once it is closed', async () => {
    await db.close();
    await expect(db.check()).rejects.toThrow();
  });
});

describe('openDatabase', () => {
  it('lets one process at a time onto an embedded database, also after a failed opening', async () => {
    const files = createTestFolder();
    try {
      const config = loadConfig({ ATELIER_DATA_DIR: files.path }, []);
      const first = await openDatabase(config, options);
      expect(first.dialect).toBe('sqlite');
      await expect(openDatabase(config, options)).rejects.toThrow(
        /another process runs on .*atelier\.sqlite/,
      );
      await first.close();
      const second = await openDatabase(config, options);
      await sql`drop table kysely_migration`.execute(second.kysely);
      await second.close();
      // The schema stands already: every opening fails in the same way, and none because of a lock.
      for (let opening = 0; opening < 2; opening += 1) {
        await expect(openDatabase(config, options)).rejects.toThrow('the database schema could not');
      }
    } finally {
      files.remove();
    }
  }, 20_000);

  it('lets several processes onto PostgreSQL and writes nothing beside it', async () => {
    const own = await createTestDatabase();
    const files = createTestFolder();
    try {
      const dataDir = path.join(files.path, 'data');
      const config = loadConfig(
        { ATELIER_DATA_DIR: dataDir, DATABASE_URL: own.url, ATELIER_SECRET: 's'.repeat(32) },
        [],
      );
      const opened = await Promise.all([openDatabase(config, options), openDatabase(config, options)]);
      for (const db of opened) {
        expect(db.dialect).toBe('postgres');
        await db.check();
      }
      await Promise.all(opened.map((db) => db.close()));
      expect(existsSync(dataDir)).toBe(false);
    } finally {
      await own.drop();
      files.remove();
    }
  });
});
