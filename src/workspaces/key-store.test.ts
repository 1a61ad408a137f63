import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, openTestStores, type TestStores } from '../../test/factories/stores.js';
import { invariant } from '../errors.js';
import type { Caller } from './tenant.js';
import { WorkspaceStore } from './workspace-store.js';

let stores: TestStores;
let workspaces: WorkspaceStore;
let workspaceId: string;
let monotonicMs: number;

/** Another process on the same database, whose sense of time the test moves. */
function openElsewhere(): WorkspaceStore {
  return new WorkspaceStore(stores.db, stores.ledger, () => stores.clock.now, {
    monotonicMs: () => monotonicMs,
  });
}

async function make(role: Caller['key']['role'], expiresAt?: Date) {
  const made = await workspaces.createKey({ workspaceId, mode: 'live', role, name: role, expiresAt });
  const caller = await workspaces.findCaller(made.secret);
  invariant(caller !== undefined, 'a new key is known');
  return { ...made, caller };
}

describe.each(DATABASES)('keys on %s', (database) => {
  beforeEach(async () => {
    stores = await openTestStores({ database });
    ({ workspaces } = stores);
    workspaceId = await workspaces.create('studio', 0);
    monotonicMs = 0;
  });
  afterEach(async () => {
    await workspaces.idle();
    await stores.close();
  });

  it('are revoked at once where that was asked, and elsewhere within five seconds', async () => {
    const elsewhere = openElsewhere();
    const { id, secret } = await make('admin');
    expect(await elsewhere.findCaller(secret)).toBeDefined();
    await workspaces.revokeKey(workspaceId, id);
    expect(await workspaces.findCaller(secret)).toBeUndefined();
    expect(await elsewhere.findCaller(secret)).toBeDefined();
    monotonicMs = 4_000;
    expect(await elsewhere.findCaller(secret)).toBeUndefined();
    await elsewhere.idle();
  });

  it('make no successor of themselves once they are revoked, however long they are remembered', async () => {
    const { id, caller } = await make('admin');
    await workspaces.revokeKey(workspaceId, id);
    const wish = { workspaceId, mode: 'live', role: 'admin', name: 'again', by: caller } as const;
    await expect(workspaces.createKey(wish)).rejects.toMatchObject({ code: 'invalid_api_key' });
  });

  it('are unknown from the moment that they expire, also while they are remembered', async () => {
    const { secret } = await make('admin', new Date(stores.clock.now.getTime() + 60_000));
    expect(await workspaces.findCaller(secret)).toBeDefined();
    stores.clock.now = new Date(stores.clock.now.getTime() + 60_000);
    expect(await workspaces.findCaller(secret)).toBeUndefined();
  });

  it('keep at least one live owner, whoever revokes whom at the same time', async () => {
    const [first, second] = [await make('owner'), await make('owner')];
    const outcomes = await Promise.allSettled([
      workspaces.revokeKey(workspaceId, first.id, second.caller),
      workspaces.revokeKey(workspaceId, second.id, first.caller),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toStrictEqual(['fulfilled', 'rejected']);
    const [last] = await workspaces.listKeys(workspaceId);
    await expect(workspaces.revokeKey(workspaceId, last?.id ?? '')).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('do not count an owner whose time is over as one', async () => {
    const [lasting, brief] = [await make('owner'), await make('owner', new Date('2026-11-22T13:00:00Z'))];
    stores.clock.now = new Date('2026-11-22T14:00:00Z');
    await expect(workspaces.revokeKey(workspaceId, lasting.id)).rejects.toMatchObject({ code: 'conflict' });
    expect(brief.caller.key.role).toBe('owner');
  });

  it('tell when they were last used, written at most once a minute', async () => {
    const { id, secret } = await make('admin');
    await workspaces.idle();
    const read = async () => {
      await workspaces.idle();
      return (await workspaces.listKeys(workspaceId)).find((key) => key.id === id)?.lastUsedAt?.toISOString();
    };
    const first = stores.clock.now.toISOString();
    expect(await read()).toBe(first);
    stores.clock.now = new Date('2026-11-22T12:00:59Z');
    await workspaces.findCaller(secret);
    expect(await read()).toBe(first);
    stores.clock.now = new Date('2026-11-22T12:01:00Z');
    await workspaces.findCaller(secret);
    expect(await read()).toBe('2026-11-22T12:01:00.000Z');
  });

  it('write the operator’s rules into the log of every workspace, once per change', async () => {
    const other = await workspaces.create('other', 0);
    const elsewhere = openElsewhere();
    await Promise.all([
      workspaces.changeOperatorPolicy({ blocked_countries: ['US'] }),
      elsewhere.changeOperatorPolicy({ models_without_content_policy: 'forbid' }),
    ]);
    const now = { blocked_countries: ['US'], models_without_content_policy: 'forbid' };
    expect(await workspaces.findOperatorPolicy()).toStrictEqual(now);
    for (const id of [workspaceId, other]) {
      const log = await workspaces.listAudit(id, { limit: 10, after: undefined });
      expect(log).toHaveLength(2);
      expect(log[0]).toMatchObject({ actor: 'operator', after: now });
    }
  });
});
