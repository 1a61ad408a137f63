import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { openPostgres } from '../../src/db/database.js';
import { findTestServices } from './test-services.js';

/** A database of its own on the test server. */
export interface TestDatabase {
  readonly url: string;
  /** Removes it, with whoever is still connected. */
  drop(): Promise<void>;
}

/** Makes an empty database. Its name holds its time, by which what killed tests left is found and removed. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('template0');
}

/** Makes a database with the whole schema, copied from a template: much faster than running every migration. */
export async function createTestDatabase(): Promise<TestDatabase> {
  template ??= ensureTemplate();
  return createDatabase(await template);
}

/** Runs statements on the test server itself, outside of any test's database. */
export async function onTestServer<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: findTestServices().postgres });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

let template: Promise<string> | undefined;

async function createDatabase(source: string): Promise<TestDatabase> {
  const name = `atelier_test_${Math.floor(Date.now() / 1000)}_${randomBytes(6).toString('hex')}`;
  await onTestServer((client) => client.query(`create database ${name} template ${source}`));
  return {
    url: urlOf(name),
    drop: async () => {
      await onTestServer((client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** One template per state of the code that makes the schema, made by whichever test comes first. */
async function ensureTemplate(): Promise<string> {
  const name = `atelier_template_${hashSchemaCode()}`;
  await onTestServer(async (client) => {
    await client.query('select pg_advisory_lock(71001)');
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount !== 0) return;
    const building = `${name}_building`;
    await client.query(`drop database if exists ${building} with (force)`);
    await client.query(`create database ${building} template template0`);
    const db = await openPostgres(urlOf(building), { onConnectionLost: () => {} });
    await db.close();
    await client.query(`alter database ${building} rename to ${name}`);
  });
  return name;
}

function hashSchemaCode(): string {
  const folder = path.resolve(import.meta.dirname, '../../src/db');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

function urlOf(name: string): string {
  const url = new URL(findTestServices().postgres);
  url.pathname = `/${name}`;
  return url.href;
}
