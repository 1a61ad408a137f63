/** A backup that is made while calls run, and what is restored from it: pictures, ledger, links. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { backUp } from '../../src/backup/back-up.js';
import { restore } from '../../src/backup/restore.js';
import { toEnvironment } from '../../src/backup/postgres-tools.js';
import { loadConfig } from '../../src/config/load.js';
import { providers } from '../../src/providers/registry.js';
import { listProviderSettings } from '../../src/providers/settings.js';
import { createTestFolder } from '../factories/temporary-folder.js';
import { fetchPicture, generation } from '../support/answers.js';
import { runCli } from '../support/cli.js';
import { createOwnStores, type OwnStores } from '../support/own-stores.js';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres.js';
import { findTestS3 } from '../support/s3-server.js';
import { expectBalancedBooks, LIVE_KEY, type Answer } from '../support/server.js';
import { startTestGateway, type TestGateway } from '../support/test-gateway.js';

const toolPath = process.env['PATH'] ?? '';
const configOf = (env: Readonly<Record<string, string>>) => loadConfig(env, listProviderSettings(providers));
const settings = (env: Readonly<Record<string, string>>) => ({
  ...env,
  PORT: '0',
  ATELIER_PAINTER_THREADS: '1',
  ATELIER_EMULATOR_DETAIL: 'plain',
  ATELIER_LEASE_S: '2',
  ATELIER_BOOTSTRAP_KEY: LIVE_KEY,
});

const ledgerSchema = z.object({ data: z.array(z.looseObject({ id: z.string() })) });
const filesSchema = z.object({ data: z.array(z.looseObject({ id: z.string() })) });

const caller =
  (gateway: TestGateway) =>
  async (method: string, pathname: string, options: { key?: string | undefined; body?: unknown } = {}) => {
    const response = await fetch(gateway.url + pathname, {
      method,
      headers: {
        authorization: `Bearer ${options.key ?? LIVE_KEY}`,
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const answer: Answer = {
      status: response.status,
      headers: response.headers,
      body: await response.json(),
    };
    return answer;
  };

describe.each(['embedded', 'shared'] as const)('on %s stores', (name) => {
  let stores: OwnStores;
  let other: ReturnType<typeof createTestFolder>;
  let emptyDatabase: TestDatabase | undefined;
  let gateway: TestGateway;
  let restored: TestGateway | undefined;
  let folder: string;
  let key: string;
  let env: Readonly<Record<string, string>>;
  let ledgerBefore: readonly unknown[];
  let sums: readonly string[];

  const draw = (call: ReturnType<typeof caller>, prompt: string) =>
    call('POST', '/v1/images/generations', {
      key,
      body: { model: 'dall-e-3', prompt, response_format: 'url', persist: true },
    });

  beforeAll(async () => {
    stores = await createOwnStores(name);
    other = createTestFolder();
    folder = path.join(other.path, 'backup');
    emptyDatabase = name === 'shared' ? await createEmptyDatabase() : undefined;
    const s3 = name === 'shared' ? findTestS3() : undefined;
    s3?.client.destroy();
    env = {
      ...stores.env,
      ATELIER_DATA_DIR: path.join(other.path, 'data'),
      ...(emptyDatabase === undefined || s3 === undefined
        ? {}
        : { DATABASE_URL: emptyDatabase.url, STORAGE_URL: s3.url }),
    };
    gateway = await startTestGateway(settings(stores.env), { clock: undefined, random: undefined });
    key = gateway.testKey ?? '';
  });
  afterAll(async () => {
    await restored?.stop();
    await gateway.stop();
    await stores.remove();
    await emptyDatabase?.drop();
    other.remove();
  });

  it('copies everything while pictures are being made', async () => {
    const call = caller(gateway);
    const made = await Promise.all(['a boat', 'a fox', 'a lamp'].map((prompt) => draw(call, prompt)));
    sums = await Promise.all(
      made.map(async ({ body }) => hashOf((await fetchPicture(generation.parse(body).data[0]?.url)).bytes)),
    );
    ledgerBefore = ledgerSchema.parse(
      (await call('GET', '/v1/credits/ledger?limit=1000', { key })).body,
    ).data;
    const running = Array.from({ length: 6 }, (_, index) =>
      draw(call, `a tree ${index} [[emulate:slow-300]]`),
    );
    const manifest = await backUp({
      config: configOf(stores.env),
      folder,
      copyBucket: true,
      toolPath,
      onProgress: () => {},
    });
    expect((await Promise.all(running)).map(({ status }) => status)).toStrictEqual(running.map(() => 200));
    expect(manifest.database.kind).toBe(name === 'shared' ? 'postgres' : 'sqlite');
    expect(manifest.secret === undefined).toBe(name === 'shared');
    expect(manifest.pictures).toMatchObject({ kind: 'copied' });
    for (const file of readdirSync(folder)) {
      if (statSync(path.join(folder, file)).isFile()) {
        expect(statSync(path.join(folder, file)).mode & 0o077).toBe(0);
      }
    }
    await expect(
      backUp({ config: configOf(stores.env), folder, copyBucket: true, toolPath, onProgress: () => {} }),
    ).rejects.toThrow('is not empty');
  });

  it('restores the same pictures, the same ledger and the same keys into an empty place', async () => {
    await restore({ config: configOf(env), folder, toolPath, onProgress: () => {} });
    restored = await startTestGateway(settings(env), { clock: undefined, random: undefined });
    // The keys are those of the backup.
    expect(restored.testKey).toBeUndefined();
    const call = caller(restored);
    const ledger = ledgerSchema.parse(
      (await call('GET', '/v1/credits/ledger?limit=1000', { key })).body,
    ).data;
    const known = new Map(ledger.map((entry) => [entry.id, entry]));
    for (const entry of ledgerBefore) {
      expect(known.get(z.object({ id: z.string() }).parse(entry).id)).toStrictEqual(entry);
    }
    const { data } = filesSchema.parse((await call('GET', '/v1/files?limit=100', { key })).body);
    const found = await Promise.all(
      data.map(async ({ id }) => {
        const headers = { authorization: `Bearer ${key}` };
        const response = await fetch(`${restored?.url ?? ''}/v1/files/${id}/content`, { headers });
        return hashOf(Buffer.from(await response.arrayBuffer()));
      }),
    );
    expect(found).toEqual(expect.arrayContaining([...sums]));
    // What ran at that moment ends as after a crash, and books are in order.
    await expect
      .poll(async () => (await call('GET', '/v1/credits', { key })).body, { timeout: 40_000, interval: 100 })
      .toMatchObject({ held: 0 });
    await expectBalancedBooks(call, key);
    expect((await draw(call, 'a star')).status).toBe(200);
  }, 90_000);

  it('never restores over anything', async () => {
    await expect(restore({ config: configOf(env), folder, toolPath, onProgress: () => {} })).rejects.toThrow(
      /is there already|in use/,
    );
  });

  it('notices a damaged database and a damaged picture before they are trusted', async () => {
    const fresh = createTestFolder();
    const place = { ATELIER_DATA_DIR: path.join(fresh.path, 'data') };
    if (name === 'embedded') {
      const group = readdirSync(path.join(folder, 'pictures'))[0] ?? '';
      const picture = readdirSync(path.join(folder, 'pictures', group))[0] ?? '';
      writeFileSync(path.join(folder, 'pictures', group, picture), 'other bytes');
      await expect(
        restore({ config: configOf(place), folder, toolPath, onProgress: () => {} }),
      ).rejects.toThrow(`the picture ${picture} is damaged`);
      rmSync(path.join(fresh.path, 'data'), { recursive: true, force: true });
      const file = path.join(folder, 'database.sqlite');
      writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from('x')]));
      await expect(
        restore({ config: configOf(place), folder, toolPath, onProgress: () => {} }),
      ).rejects.toThrow('database.sqlite is damaged');
      const run = await runCli(['restore', '--from', folder], place);
      expect([run.code, run.stderr]).toStrictEqual([
        1,
        'atelier: database.sqlite is damaged: its SHA-256 is not the one in manifest.json\n',
      ]);
    } else {
      await expect(
        restore({ config: configOf(place), folder, toolPath, onProgress: () => {} }),
      ).rejects.toThrow('the backup is of PostgreSQL, and DATABASE_URL is SQLite');
      await expect(
        backUp({
          config: configOf(env),
          folder: fresh.path,
          copyBucket: false,
          toolPath: '',
          onProgress: () => {},
        }),
      ).rejects.toThrow('pg_dump is not installed');
    }
    fresh.remove();
  });
});

it('gives a connection to programs by the environment alone', () => {
  expect(toEnvironment('postgres://me:p%40ss@db.example:6432/atelier?sslmode=require')).toStrictEqual({
    PGHOST: 'db.example',
    PGPORT: '6432',
    PGUSER: 'me',
    PGPASSWORD: 'p@ss',
    PGDATABASE: 'atelier',
    PGSSLMODE: 'require',
  });
});

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
