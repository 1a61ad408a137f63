/** Databases of earlier and of later versions, and of one whose upgrade was cut off. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Migrator, sql, type Kysely } from 'kysely';
import { describe, expect, it } from 'vitest';
import { createTestFolder } from '../factories/temporary-folder.js';
import { startChild } from '../support/child.js';
import { createEmptyDatabase } from '../support/postgres.js';
import { Ledger } from '../../src/credits/ledger-store.js';
import type { Db } from '../../src/db/db.js';
import { migrate, MIGRATION_NAMES, MIGRATIONS } from '../../src/db/migrate.js';
import { connectPostgres, openPostgres } from '../../src/db/postgres.js';
import { compareSchema } from '../../src/db/schema-state.js';
import type { Database } from '../../src/db/schema.js';
import { connectSqlite, openSqlite } from '../../src/db/sqlite.js';

const FIRST = '0001-first';
const FIXTURE = path.resolve(import.meta.dirname, '../fixtures/first-schema.sql');

/** A database that a test may do anything with. */
interface Place {
  /** As it is, on one connection. */
  readonly connect: () => Kysely<Database>;
  /** As the gateway opens it. */
  readonly open: () => Promise<Db>;
  /** As `migrate-in-child.ts` takes it. */
  readonly name: string;
  readonly remove: () => Promise<void>;
}

const onConnectionLost = () => {};

async function createPlace(dialect: 'sqlite' | 'postgres'): Promise<Place> {
  if (dialect === 'postgres') {
    const database = await createEmptyDatabase();
    const { url } = database;
    return {
      connect: () => connectPostgres(url, { onConnectionLost }),
      open: () => openPostgres(url, { onConnectionLost, maxConnections: 4 }),
      name: url,
      remove: () => database.drop(),
    };
  }
  const folder = createTestFolder();
  const file = path.join(folder.path, 'atelier.sqlite');
  return {
    connect: () => connectSqlite(file).kysely,
    open: () => openSqlite(file),
    name: file,
    remove: () => {
      folder.remove();
      return Promise.resolve();
    },
  };
}

async function use<T>(place: Place, work: (kysely: Kysely<Database>) => Promise<T>): Promise<T> {
  const kysely = place.connect();
  try {
    return await work(kysely);
  } finally {
    await kysely.destroy();
  }
}

/** A database as the first version left it, with what it may have held. */
async function fillFirst(place: Place): Promise<void> {
  await use(place, async (kysely) => {
    const provider = { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) };
    const { error } = await new Migrator({ db: kysely, provider }).migrateTo(FIRST);
    if (error !== undefined) throw new Error('the first schema could not be made', { cause: error });
    const statements = readFileSync(FIXTURE, 'utf8')
      .split('\n')
      .filter((line) => !line.startsWith('--'))
      .join('\n')
      .split(';')
      .filter((statement) => statement.trim() !== '');
    for (const statement of statements) await sql.raw(statement).execute(kysely);
  });
}

const tablesOf = (kysely: Kysely<Database>) => kysely.introspection.getTables();

/** All rows of the tables of the first schema, with the columns that it had. */
function readFirst(place: Place, columns: ReadonlyMap<string, readonly string[]>) {
  return use(place, async (kysely) => {
    const found: Record<string, readonly unknown[]> = {};
    for (const [table, names] of columns) {
      const list = sql.join(names.map((name) => sql.ref(name)));
      const { rows } = await sql`select ${list} from ${sql.table(table)} order by 1`.execute(kysely);
      found[table] = rows;
    }
    return found;
  });
}

const columnsOf = async (kysely: Kysely<Database>): Promise<ReadonlyMap<string, readonly string[]>> =>
  new Map((await tablesOf(kysely)).map(({ name, columns }) => [name, columns.map((one) => one.name)]));

const madeOf = (place: Place) =>
  use(place, async (kysely) => {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(
      kysely,
    );
    return rows.map(({ name }) => name);
  });

describe.each(['sqlite', 'postgres'] as const)('on %s', (dialect) => {
  it('a database of the first schema is brought up to date with all that it holds', async () => {
    const place = await createPlace(dialect);
    await fillFirst(place);
    const columns = await use(place, columnsOf);
    const before = await readFirst(place, columns);
    expect(Object.values(before).filter((rows) => rows.length === 0)).toStrictEqual([]);
    const db = await place.open();
    expect(
      await new Ledger(db, () => new Date()).findBalance({ workspaceId: 'ws_first', mode: 'live' }),
    ).toStrictEqual({
      balance: 996_000_000,
      held: 0,
      available: 996_000_000,
    });
    await db.close();
    expect(await readFirst(place, columns)).toStrictEqual(before);
    expect(await madeOf(place)).toStrictEqual(MIGRATION_NAMES);
    await place.remove();
  });

  it('an upgrade that is killed leaves the database as it was, and the next start makes it', async () => {
    const place = await createPlace(dialect);
    await fillFirst(place);
    const columns = await use(place, columnsOf);
    const before = await readFirst(place, columns);
    // Says so when all migrations ran, and goes on for ever: nothing is committed then.
    const child = startChild('migrate-in-child.ts', place.name);
    expect(await child.nextLine()).toBe('in the midst');
    await child.kill();
    expect(await madeOf(place)).toStrictEqual([FIRST]);
    expect(await use(place, columnsOf)).toStrictEqual(columns);
    await (await place.open()).close();
    expect(await madeOf(place)).toStrictEqual(MIGRATION_NAMES);
    expect(await readFirst(place, columns)).toStrictEqual(before);
    await place.remove();
  });

  it('a database that a later version has brought up to date is taken as it is', async () => {
    const place = await createPlace(dialect);
    await use(place, (kysely) =>
      migrate(kysely, {
        ...MIGRATIONS,
        '9999-later': {
          up: async (db) => {
            await db.schema.createTable('later').addColumn('id', 'integer').execute();
          },
        },
      }),
    );
    await (await place.open()).close();
    const made = await madeOf(place);
    expect(made).toStrictEqual([...MIGRATION_NAMES, '9999-later']);
    expect(compareSchema(made)).toStrictEqual({ pending: [], unknown: ['9999-later'] });
    await place.remove();
  });
});

it('each change of the schema only adds, so that the version before runs on it', async () => {
  const place = await createPlace('sqlite');
  await use(place, async (kysely) => {
    let before: Awaited<ReturnType<typeof tablesOf>> = [];
    const soFar: Record<string, (typeof MIGRATIONS)[string]> = {};
    for (const [name, migration] of Object.entries(MIGRATIONS)) {
      soFar[name] = migration;
      await migrate(kysely, soFar);
      const after = await tablesOf(kysely);
      for (const table of before) {
        const now = after.find((one) => one.name === table.name);
        expect(now, `${name} drops ${table.name}`).toBeDefined();
        for (const column of table.columns) {
          const kept = now?.columns.find((one) => one.name === column.name);
          expect(kept, `${name} changes ${table.name}.${column.name}`).toStrictEqual(column);
        }
        for (const column of now?.columns ?? []) {
          if (table.columns.some((one) => one.name === column.name)) continue;
          // The version before writes rows without it.
          const optional = column.isNullable || column.hasDefaultValue;
          expect(optional, `${name} adds ${table.name}.${column.name}, which must be given`).toBe(true);
        }
      }
      before = after;
    }
  });
  await place.remove();
});
