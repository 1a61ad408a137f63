import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, openTestStores, type TestStores } from '../../test/factories/stores.js';
import { SESSION_TTL_MS, SessionStore } from './session-store.js';

describe.each(DATABASES)('sessions on %s', (database) => {
  let stores: TestStores;
  /** What the stores take for the time that has passed, in milliseconds. */
  let passedMs = 0;
  const open = () =>
    new SessionStore(
      stores.db,
      () => stores.clock.now,
      () => passedMs,
    );

  async function makeKeys(count: number): Promise<string[]> {
    const { workspaceId } = await stores.createAccount(1);
    const keys = [];
    for (let n = 0; n < count; n += 1) {
      const key = { mode: 'test', role: 'owner', name: `key ${n}`, workspaceId } as const;
      keys.push((await stores.workspaces.createKey(key)).id);
    }
    return keys;
  }

  beforeEach(async () => {
    passedMs = 0;
    stores = await openTestStores({ database });
  });
  afterEach(async () => {
    await stores.close();
  });

  it('add keys under a new token each time, the newest first, and keep no token', async () => {
    const [a = '', b = ''] = await makeKeys(2);
    const sessions = open();
    const first = await sessions.signIn([a], undefined);
    stores.clock.now = new Date(stores.clock.now.getTime() + 1000);
    const second = await sessions.signIn([b], first);
    expect(second).not.toBe(first);
    expect(await sessions.findKeyIds(second)).toEqual([b, a]);
    expect(await sessions.findKeyIds(first)).toEqual([]);
    // Once more with one that is there already.
    const third = await sessions.signIn([a], second);
    expect(await sessions.findKeyIds(third)).toEqual([a, b]);
    const rows = await stores.db.kysely.selectFrom('web_sessions').selectAll().execute();
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toContain(third);
  });

  it('hold twenty keys at most: the oldest leaves', async () => {
    const keys = await makeKeys(21);
    const sessions = open();
    let token: string | undefined;
    for (const key of keys) {
      token = await sessions.signIn([key], token);
      stores.clock.now = new Date(stores.clock.now.getTime() + 1000);
    }
    expect(await sessions.findKeyIds(token ?? '')).toEqual(keys.slice(1).reverse());
  });

  it('that another process ended are forgotten here within three seconds', async () => {
    const [key = ''] = await makeKeys(1);
    const [here, elsewhere] = [open(), open()];
    const token = await here.signIn([key], undefined);
    expect(await here.findKeyIds(token)).toEqual([key]);
    await elsewhere.signOut(token, undefined);
    expect(await elsewhere.findKeyIds(token)).toEqual([]);
    passedMs += 3_000;
    expect(await here.findKeyIds(token)).toEqual([]);
  });

  it('end after thirty days, and are removed', async () => {
    const [key = ''] = await makeKeys(1);
    const token = await open().signIn([key], undefined);
    stores.clock.now = new Date(stores.clock.now.getTime() + SESSION_TTL_MS);
    const later = open();
    expect(await later.findKeyIds(token)).toEqual([]);
    await later.removeOld();
    expect(await stores.db.kysely.selectFrom('web_sessions').selectAll().execute()).toEqual([]);
  });
});
