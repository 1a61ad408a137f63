import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DATABASES, openTestStores, type TestStores } from '../../test/factories/stores.js';
import type { Ledger } from '../credits/ledger-store.js';
import { fromCredits } from '../credits/microcredits.js';
import type { Db } from '../db/database.js';
import { AppError } from '../errors.js';
import type { NewKey, WorkspaceStore } from './workspace-store.js';

let stores: TestStores;
let db: Db;
let ledger: Ledger;
let workspaces: WorkspaceStore;

const ACTOR = { id: 'key_actor', address: '203.0.113.9' };

const detailSchema = z.object({ before: z.unknown(), after: z.unknown() });

/** Everything that the database holds, as text; `sign` must be in it. */
async function dump(sign: string): Promise<string> {
  const tables = await db.kysely.introspection.getTables();
  const rows = await Promise.all(
    tables.map((table) => sql`select * from ${sql.table(table.name)}`.execute(db.kysely)),
  );
  const file = path.join(stores.folder, 'atelier.sqlite');
  const bytes = [file, `${file}-wal`]
    .filter((name) => existsSync(name))
    .map((name) => readFileSync(name, 'latin1'));
  const text = JSON.stringify(rows) + bytes.join('');
  expect(text).toContain(sign);
  return text;
}

async function open(database: (typeof DATABASES)[number]) {
  stores = await openTestStores({ database });
  ({ db, ledger, workspaces } = stores);
}

describe.each(DATABASES)('a workspace on %s', (database) => {
  beforeEach(() => open(database));
  afterEach(() => stores.close());

  it('starts with the same credits in both modes, on the ledger, and without any opt-in', async () => {
    expect(await workspaces.isEmpty()).toBe(true);
    const id = await workspaces.create('studio', fromCredits(12.5));
    expect(await workspaces.isEmpty()).toBe(false);
    for (const mode of ['live', 'test'] as const) {
      const account = { workspaceId: id, mode };
      expect((await ledger.findBalance(account)).balance).toBe(12_500_000);
      expect(await ledger.listEntries(account, { limit: 10, after: undefined })).toHaveLength(1);
    }
    expect(await workspaces.find(id)).toMatchObject({
      name: 'studio',
      prcOptIn: false,
      retiredModels: 'forward',
    });
  });

  it('writes every change of its settings into the audit log, with who and what', async () => {
    const id = await workspaces.create('studio', 0);
    await workspaces.change(id, ACTOR, { prcOptIn: true, retiredModels: undefined });
    await workspaces.change(id, ACTOR, { prcOptIn: undefined, retiredModels: 'refuse' });
    expect(await workspaces.find(id)).toMatchObject({ prcOptIn: true, retiredModels: 'refuse' });
    const log = await db.kysely.selectFrom('audit_log').selectAll().orderBy('id').execute();
    expect(log).toMatchObject([
      { workspace_id: id, actor: 'key_actor', action: 'workspace.changed' },
      { workspace_id: id, actor: 'key_actor', action: 'workspace.changed' },
    ]);
    const details = log.map((entry): unknown => JSON.parse(entry.detail_json));
    const rest = {
      name: 'studio',
      mark_unlabelled: false,
      retention: { pictures_s: null },
      limits: {},
      policy: { blocked_countries: [], models_without_content_policy: 'allow' },
      alerts: { budget_percents: [50, 80, 100], low_credits: 100 },
      unknown_outcomes: 'final',
    };
    expect(details).toStrictEqual([
      {
        before: { ...rest, prc_opt_in: false, retired_models: 'forward' },
        after: { ...rest, prc_opt_in: true, retired_models: 'forward' },
        address: '203.0.113.9',
      },
      {
        before: { ...rest, prc_opt_in: true, retired_models: 'forward' },
        after: { ...rest, prc_opt_in: true, retired_models: 'refuse' },
        address: '203.0.113.9',
      },
    ]);
  });

  it('keeps every one of several changes at once, and its audit log tells one story', async () => {
    const id = await workspaces.create('studio', 0);
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        workspaces.change(
          id,
          ACTOR,
          index % 2 === 0
            ? { prcOptIn: index % 4 === 0, retiredModels: undefined }
            : { prcOptIn: undefined, retiredModels: index % 4 === 1 ? 'refuse' : 'forward' },
        ),
      ),
    );
    const log = await db.kysely.selectFrom('audit_log').select('detail_json').orderBy('id').execute();
    const details = log.map((entry) => detailSchema.parse(JSON.parse(entry.detail_json)));
    let state: unknown = details[0]?.before;
    expect(state).toMatchObject({ prc_opt_in: false, retired_models: 'forward' });
    for (const { before, after } of details) {
      expect(before).toStrictEqual(state);
      state = after;
    }
    const now = await workspaces.find(id);
    expect(details).toHaveLength(10);
    expect(state).toMatchObject({ prc_opt_in: now?.prcOptIn, retired_models: now?.retiredModels });
  });
});

describe.each(DATABASES)('the first workspace on %s', (database) => {
  beforeEach(() => open(database));
  afterEach(() => stores.close());

  const KEYS: readonly NewKey[] = [
    { mode: 'live', role: 'owner', name: 'live', secret: 'given-by-the-operator' },
    { mode: 'test', role: 'owner', name: 'test' },
  ];

  it('is made once with its keys, however many start at once', async () => {
    const starts = Array.from({ length: 6 }, () => workspaces.createFirst('default', 5, KEYS));
    const made = (await Promise.all(starts)).filter((secrets) => secrets !== undefined);
    expect(made).toHaveLength(1);
    expect(made[0]?.[0]).toBe('given-by-the-operator');
    const [workspace, ...others] = await workspaces.list();
    expect(others).toStrictEqual([]);
    for (const secret of made[0] ?? []) {
      expect((await workspaces.findCaller(secret))?.workspace.id).toBe(workspace?.id);
    }
    expect(await workspaces.createFirst('default', 5, [])).toBeUndefined();
  });

  it('is not there without its keys', async () => {
    const [key] = KEYS;
    const twice = key === undefined ? [] : [key, key];
    await expect(workspaces.createFirst('default', 5, twice)).rejects.toThrow(/unique/i);
    expect(await workspaces.isEmpty()).toBe(true);
    expect(await workspaces.createFirst('default', 5, KEYS)).toHaveLength(2);
  });
});

describe.each(DATABASES)('a key on %s', (database) => {
  beforeEach(() => open(database));
  afterEach(() => stores.close());

  it('opens its workspace in its mode and role, and is nowhere in the database', async () => {
    const workspaceId = await workspaces.create('studio', 0);
    const { id, secret } = await workspaces.createKey({
      workspaceId,
      mode: 'test',
      role: 'viewer',
      name: 'ci',
    });
    expect(secret).toMatch(/^atl_test_[0-9A-Za-z]{40}$/);
    const caller = await workspaces.findCaller(secret);
    expect(caller?.key).toMatchObject({
      id,
      mode: 'test',
      role: 'viewer',
      name: 'ci',
      prefix: secret.slice(0, 13),
    });
    expect(caller?.workspace.id).toBe(workspaceId);
    expect(await dump(id)).not.toContain(secret);
  });

  it('is unknown with any other character, and from the moment it is revoked', async () => {
    const workspaceId = await workspaces.create('studio', 0);
    const { id, secret } = await workspaces.createKey({
      workspaceId,
      mode: 'live',
      role: 'admin',
      name: 'main',
    });
    expect(await workspaces.findCaller(`${secret}x`)).toBeUndefined();
    expect(await workspaces.findCaller(secret.toUpperCase())).toBeUndefined();
    await workspaces.revokeKey(workspaceId, id);
    expect(await workspaces.findCaller(secret)).toBeUndefined();
    expect(await workspaces.listKeys(workspaceId)).toEqual([]);
  });

  it('is revoked by its own workspace only, and made in an existing one only', async () => {
    const [mine, other] = [await workspaces.create('mine', 0), await workspaces.create('other', 0)];
    const { id, secret } = await workspaces.createKey({
      workspaceId: mine,
      mode: 'live',
      role: 'owner',
      name: 'x',
    });
    await expect(workspaces.revokeKey(other, id)).rejects.toBeInstanceOf(AppError);
    expect(await workspaces.findCaller(secret)).toBeDefined();
    const nowhere = { workspaceId: 'ws_none', mode: 'live', role: 'owner', name: 'x' } as const;
    await expect(workspaces.createKey(nowhere)).rejects.toMatchObject({
      code: 'not_found',
      param: 'workspace',
    });
  });
});
