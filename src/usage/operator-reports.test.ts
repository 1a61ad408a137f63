import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES, NOON, openTestStores, type TestStores } from '../../test/factories/stores.js';
import type { Account } from '../credits/ledger-store.js';
import { createId } from '../ids.js';
import { DAY_MS } from './days.js';
import { listModelCallers, listModelTraffic } from './model-traffic-store.js';
import { listWorkspacePage } from './workspace-page-store.js';

let stores: TestStores;
const since = new Date(NOON.getTime() - 30 * DAY_MS);

async function record(account: Account, key: string, model: string, times: number, at = NOON): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await stores.db.kysely
      .insertInto('generations')
      .values({
        id: createId('gen'),
        workspace_id: account.workspaceId,
        mode: account.mode,
        key_id: key,
        operation: 'generate',
        model,
        status: 'failed',
        request_json: '{}',
        hold_microcredits: 0,
        charged_microcredits: 0,
        created_at: at.getTime(),
      })
      .execute();
  }
}

describe.each(DATABASES)('reports for the operator on %s', (database) => {
  beforeAll(async () => {
    stores = await openTestStores({ database });
  });
  afterAll(async () => {
    await stores.close();
  });

  it('pages through all workspaces, newest first, each once, also those of one moment', async () => {
    const ids = new Set<string>();
    for (const minutes of [0, 0, 0, 1, 2]) {
      stores.clock.now = new Date(NOON.getTime() + minutes * 60_000);
      ids.add((await stores.createAccount(0)).workspaceId);
    }
    stores.clock.now = NOON;
    const seen: string[] = [];
    const times: number[] = [];
    for (let after: string | undefined; ;) {
      const page = await listWorkspacePage(stores.db, { limit: 2, after });
      seen.push(...page.map(({ id }) => id));
      times.push(...page.map(({ createdAt }) => createdAt.getTime()));
      after = page.at(-1)?.id;
      if (after === undefined) break;
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen)).toStrictEqual(ids);
    expect(times).toStrictEqual([...times].sort((a, b) => b - a));
    await expect(listWorkspacePage(stores.db, { limit: 2, after: 'ws_none' })).rejects.toThrow(/`after`/);
  });

  it('counts by model, mode and caller since a moment, who asked most first', async () => {
    const account = await stores.createAccount(0);
    const other = await stores.createAccount(0);
    await stores.workspaces.change(
      other.workspaceId,
      { id: 'operator', address: undefined },
      {
        name: 'others',
        retiredModels: 'refuse',
      },
    );
    const { id: named } = await stores.workspaces.createKey({
      workspaceId: other.workspaceId,
      mode: 'live',
      role: 'developer',
      name: 'robot',
    });
    await record(account, 'key_a', 'old', 1);
    await record({ ...account, mode: 'test' }, 'key_t', 'old', 2);
    await record(other, named, 'old', 3, since);
    await record(other, named, 'new', 1);
    await record(account, 'key_a', 'old', 5, new Date(since.getTime() - 1));

    const traffic = await listModelTraffic(stores.db, since);
    expect(traffic.find(({ model }) => model === 'old')).toStrictEqual({
      model: 'old',
      live: 4,
      test: 2,
      callers: 3,
    });
    expect(traffic).toHaveLength(2);

    const callers = await listModelCallers(stores.db, ['old'], since, 10);
    const first = { model: 'old', workspaceId: account.workspaceId, workspaceName: 'tests' };
    const forward = { ...first, retiredModels: 'forward', keyName: undefined, lastAt: NOON };
    expect(callers).toStrictEqual([
      {
        model: 'old',
        workspaceId: other.workspaceId,
        workspaceName: 'others',
        retiredModels: 'refuse',
        keyId: named,
        keyName: 'robot',
        mode: 'live',
        generations: 3,
        lastAt: since,
      },
      { ...forward, keyId: 'key_t', mode: 'test', generations: 2 },
      { ...forward, keyId: 'key_a', mode: 'live', generations: 1 },
    ]);
  });

  it('cuts the callers of each model by itself', async () => {
    const callers = await listModelCallers(stores.db, ['old', 'new', 'none'], since, 1);
    expect(callers.map(({ model, generations }) => [model, generations])).toStrictEqual([
      ['new', 1],
      ['old', 3],
    ]);
    expect(await listModelCallers(stores.db, [], since, 1)).toStrictEqual([]);
  });
});
