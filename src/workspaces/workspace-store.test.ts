import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestFolder } from '../../test/factories/temporary-folder.js';
import { Ledger } from '../credits/ledger-store.js';
import { fromCredits } from '../credits/microcredits.js';
import { openSqlite, type Db } from '../db/database.js';
import { AppError } from '../errors.js';
import { WorkspaceStore } from './workspace-store.js';

const NOON = new Date('2026-11-22T12:00:00Z');

let folder: ReturnType<typeof createTestFolder>;
let db: Db;
let ledger: Ledger;
let workspaces: WorkspaceStore;

beforeEach(async () => {
  folder = createTestFolder();
  db = await openSqlite(path.join(folder.path, 'test.sqlite'));
  ledger = new Ledger(db, () => NOON);
  workspaces = new WorkspaceStore(db, ledger, () => NOON);
});
afterEach(async () => {
  await db.close();
  folder.remove();
});

describe('a workspace', () => {
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
    await workspaces.change(id, 'key_actor', { prcOptIn: true, retiredModels: undefined });
    await workspaces.change(id, 'key_actor', { prcOptIn: undefined, retiredModels: 'refuse' });
    expect(await workspaces.find(id)).toMatchObject({ prcOptIn: true, retiredModels: 'refuse' });
    const log = await db.kysely.selectFrom('audit_log').selectAll().orderBy('id').execute();
    expect(log).toMatchObject([
      { workspace_id: id, actor: 'key_actor', action: 'workspace.changed' },
      { workspace_id: id, actor: 'key_actor', action: 'workspace.changed' },
    ]);
    const details = log.map((entry): unknown => JSON.parse(entry.detail_json));
    expect(details).toEqual([
      {
        before: { prc_opt_in: false, retired_models: 'forward' },
        after: { prc_opt_in: true, retired_models: 'forward' },
      },
      {
        before: { prc_opt_in: true, retired_models: 'forward' },
        after: { prc_opt_in: true, retired_models: 'refuse' },
      },
    ]);
  });
});

describe('a key', () => {
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
    await db.kysely.selectFrom('api_keys').selectAll().execute();
    const file = path.join(folder.path, 'test.sqlite');
    expect(readFileSync(file).includes(secret) || readFileSync(`${file}-wal`).includes(secret)).toBe(false);
  });

  it('is unknown with any other character, and from the moment it is revoked', async () => {
    const workspaceId = await workspaces.create('studio', 0);
    const { id, secret } = await workspaces.createKey({
      workspaceId,
      mode: 'live',
      role: 'owner',
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
