import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES, NOON, openTestStores, type TestStores } from '../../test/factories/stores.js';
import type { Account } from '../credits/ledger-store.js';
import { fromCredits } from '../credits/microcredits.js';
import { createId } from '../ids.js';
import { DAY_MS, parseDay, spanDays } from './days.js';
import { MAX_USAGE_ROWS, reportUsage, sumUsage, type UsageGroup } from './usage-report-store.js';

let stores: TestStores;
const midnight = (text: string) => parseDay(text) ?? NOON;
const lastDays = spanDays(midnight('2026-11-20'), midnight('2026-11-22'));

interface Made {
  readonly key?: string;
  readonly model?: string;
  readonly at?: Date;
  readonly status?: 'running' | 'succeeded' | 'failed';
  readonly credits?: number;
  readonly images?: number;
}

async function record(account: Account, made: Made): Promise<void> {
  const id = createId('gen');
  const createdAt = (made.at ?? NOON).getTime();
  const charged = fromCredits(made.credits ?? 0);
  await stores.db.kysely
    .insertInto('generations')
    .values({
      id,
      workspace_id: account.workspaceId,
      mode: account.mode,
      key_id: made.key ?? 'key_a',
      operation: 'generate',
      model: made.model ?? 'painter-1',
      status: made.status ?? 'succeeded',
      request_json: '{}',
      hold_microcredits: 0,
      charged_microcredits: charged,
      created_at: createdAt,
    })
    .execute();
  for (let position = 0; position < (made.images ?? 0); position += 1) {
    await stores.db.kysely
      .insertInto('images')
      .values({
        id: createId('img'),
        generation_id: id,
        workspace_id: account.workspaceId,
        mode: account.mode,
        position,
        blob_sha256: 'a',
        size_bytes: 1,
        mime_type: 'image/png',
        width: 1,
        height: 1,
        c2pa: 0,
        charged_microcredits: 0,
        created_at: createdAt,
        expires_at: createdAt,
        // Removed pictures were delivered all the same.
        removed_at: position === 0 ? createdAt : null,
      })
      .execute();
  }
}

const report = (account: Account, ...groups: UsageGroup[]) =>
  reportUsage(stores.db, account, lastDays, new Set(groups));

describe.each(DATABASES)('usage on %s', (database) => {
  beforeAll(async () => {
    stores = await openTestStores({ database });
  });
  afterAll(async () => {
    await stores.close();
  });

  it('sums by day and model, counts each picture once, and keeps accounts apart', async () => {
    const account = await stores.createAccount(0);
    await record(account, { credits: 1.5, images: 3 });
    await record(account, { credits: 0.000001, images: 1 });
    await record(account, { status: 'failed' });
    await record(account, { status: 'running', model: 'painter-2' });
    await record(account, { at: midnight('2026-11-21'), images: 2, credits: 4 });
    await record({ ...account, mode: 'test' }, { credits: 100, images: 1 });
    await record(await stores.createAccount(0), { credits: 100, images: 1 });
    const rows = await report(account, 'day', 'model');
    const none = { key: undefined };
    expect(rows).toStrictEqual([
      { ...none, day: '2026-11-21', model: 'painter-1', images: 2, generations: 1, failed: 0, charged: 4e6 },
      {
        ...none,
        day: '2026-11-22',
        model: 'painter-1',
        images: 4,
        generations: 3,
        failed: 1,
        charged: 1_500_001,
      },
      { ...none, day: '2026-11-22', model: 'painter-2', images: 0, generations: 1, failed: 0, charged: 0 },
    ]);
    expect(sumUsage(rows)).toStrictEqual({ images: 6, generations: 5, failed: 1, charged: 5_500_001 });
    for (const groups of [['day'], ['model'], ['key'], ['day', 'model', 'key']] as const) {
      expect(sumUsage(await report(account, ...groups))).toStrictEqual(sumUsage(rows));
    }
  });

  it('takes the first and the last moment of its days, and nothing beside them', async () => {
    const account = await stores.createAccount(0);
    const { start, end } = lastDays;
    for (const at of [start.getTime() - 1, start.getTime(), end.getTime() - 1, end.getTime()]) {
      await record(account, { at: new Date(at) });
    }
    const rows = await report(account, 'day');
    expect(rows.map((row) => [row.day, row.generations])).toStrictEqual([
      ['2026-11-20', 1],
      ['2026-11-22', 1],
    ]);
  });

  it('names keys, and groups by them whether or not they are known', async () => {
    const account = await stores.createAccount(0);
    const { id } = await stores.workspaces.createKey({
      workspaceId: account.workspaceId,
      mode: 'live',
      role: 'developer',
      name: 'robot',
    });
    await record(account, { key: id });
    await record(account, { key: id });
    await record(account, { key: 'key_gone' });
    const rows = await report(account, 'key');
    expect(rows.map((row) => [row.key, row.generations])).toStrictEqual([
      [{ id: 'key_gone', name: undefined }, 1],
      [{ id, name: 'robot' }, 2],
    ]);
  });

  it('answers no row where nothing was made', async () => {
    expect(await report(await stores.createAccount(0), 'day', 'model', 'key')).toStrictEqual([]);
  });

  it('refuses more rows than it answers', async () => {
    const account = await stores.createAccount(0);
    const rows = Array.from({ length: MAX_USAGE_ROWS + 1 }, (_value, index) => ({
      id: createId('gen'),
      workspace_id: account.workspaceId,
      mode: account.mode,
      key_id: `key_${index}`,
      operation: 'generate' as const,
      model: 'painter-1',
      status: 'succeeded' as const,
      request_json: '{}',
      hold_microcredits: 0,
      charged_microcredits: 0,
      created_at: NOON.getTime(),
    }));
    await stores.db.transact(async (trx) => {
      for (let start = 0; start < rows.length; start += 1000) {
        await trx
          .insertInto('generations')
          .values(rows.slice(start, start + 1000))
          .execute();
      }
    });
    await expect(report(account, 'key')).rejects.toThrow(/more than 10000 rows/);
    expect(await report(account, 'model')).toMatchObject([{ generations: MAX_USAGE_ROWS + 1 }]);
  });
});

it.each(['2026-02-29', '2026-13-01', '2026-1-1', '', 'yesterday', '2026-11-31', '20261122'])(
  'knows that %j is no day',
  (text) => {
    expect(parseDay(text)).toBeUndefined();
  },
);

it('knows the leap day', () => {
  expect(parseDay('2028-02-29')?.getTime()).toBe(Date.UTC(2028, 1, 29));
  expect(spanDays(midnight('2028-02-28'), midnight('2028-03-01')).end.getTime()).toBe(
    Date.UTC(2028, 1, 28) + 3 * DAY_MS,
  );
});
