import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let trickyKey = '';
let trickyId = '';

const usage = z.object({
  object: z.literal('usage'),
  mode: z.string(),
  from: z.string(),
  to: z.string(),
  group_by: z.array(z.string()),
  data: z.array(z.record(z.string(), z.union([z.string(), z.number()]))),
  totals: z.object({
    images: z.number(),
    generations: z.number(),
    credits: z.number(),
    failed: z.number(),
  }),
});

const made = z.object({ id: z.string(), key: z.string() });

async function createKey(role: string, name: string, kind = 'test') {
  const answer = await server.call('POST', '/v1/keys', {
    key: server.liveKey,
    body: { kind, role, name },
  });
  return made.parse(answer.body);
}

async function get(query = '', key = server.testKey) {
  const answer = await server.call('GET', `/v1/usage${query}`, { key });
  expect(answer.status).toBe(200);
  return usage.parse(answer.body);
}

beforeAll(async () => {
  server = await startTestServer();
  ({ id: trickyId, key: trickyKey } = await createKey('developer', '=HYPERLINK("http://x"), "robot"'));
  server.setTime(new Date('2026-11-21T23:59:59.999Z'));
  await server.generate({ model: 'dall-e-3', prompt: 'a fox', n: 2 });
  server.setTime(new Date('2026-11-22T00:00:00Z'));
  await server.generate({ model: 'atelier-sketch', prompt: 'a fox', size: '64x64' }, trickyKey);
  await server.generate({ model: 'dall-e-3', prompt: 'a fox [[emulate:moderated-prompt]]' }, trickyKey);
  await server.generate({ model: 'atelier-sketch', prompt: 'a fox', size: '64x64' }, server.liveKey);
  server.setTime(new Date('2026-11-22T12:00:00Z'));
});
afterAll(async () => {
  await server.stop();
});

describe('GET /v1/usage', () => {
  it('tells by day and model what the keys of this mode used in the last 30 days', async () => {
    expect(await get()).toStrictEqual({
      object: 'usage',
      mode: 'test',
      from: '2026-10-24',
      to: '2026-11-22',
      group_by: ['day', 'model'],
      data: [
        { day: '2026-11-21', model: 'dall-e-3', images: 2, generations: 1, credits: 8, failed: 0 },
        { day: '2026-11-22', model: 'atelier-sketch', images: 1, generations: 1, credits: 0, failed: 0 },
        { day: '2026-11-22', model: 'dall-e-3', images: 0, generations: 1, credits: 0, failed: 1 },
      ],
      totals: { images: 3, generations: 3, credits: 8, failed: 1 },
    });
  });

  it('keeps live and test apart, and the ledger agrees with what it says', async () => {
    expect((await get('', server.liveKey)).totals).toStrictEqual({
      images: 1,
      generations: 1,
      credits: 0,
      failed: 0,
    });
    const balance = z
      .object({ balance: z.number() })
      .parse((await server.call('GET', '/v1/credits', { key: server.testKey })).body);
    expect(1000 - balance.balance).toBe((await get()).totals.credits);
  });

  it('groups by key with its name, in whatever order the groups are asked for', async () => {
    const { data, group_by: groups } = await get('?group_by=key,day&from=2026-11-22&to=2026-11-22');
    expect(groups).toStrictEqual(['day', 'key']);
    expect(data).toStrictEqual([
      {
        day: '2026-11-22',
        key_id: trickyId,
        key_name: '=HYPERLINK("http://x"), "robot"',
        images: 1,
        generations: 2,
        credits: 0,
        failed: 1,
      },
    ]);
  });

  it('shows nothing of other workspaces', async () => {
    const { id } = z.object({ id: z.string() }).parse(
      (
        await server.call('POST', '/v1/admin/workspaces', {
          key: 'admin-token-of-the-tests',
          body: { name: 'others', credits: 1 },
        })
      ).body,
    );
    const other = made.parse(
      (
        await server.call('POST', '/v1/admin/keys', {
          key: 'admin-token-of-the-tests',
          body: { workspace: id, kind: 'test', role: 'owner', name: 'other' },
        })
      ).body,
    );
    expect((await get('', other.key)).data).toStrictEqual([]);
  });

  it.each([
    ['?format=csv&group_by=key', undefined],
    ['?group_by=key', 'text/csv'],
    ['?group_by=key', 'text/csv;q=1, */*;q=0.1'],
  ])('answers CSV for %s with Accept: %s, safe to open in a spreadsheet', async (query, accept) => {
    const answer = await server.call('GET', `/v1/usage${query}&from=2026-11-22`, {
      key: server.testKey,
      ...(accept === undefined ? {} : { headers: { accept } }),
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe(
      'attachment; filename="usage-test-2026-11-22-2026-11-22.csv"',
    );
    expect(answer.body).toBe(
      '"key_id","key_name","images","generations","credits","failed"\r\n' +
        `"${trickyId}","'=HYPERLINK(""http://x""), ""robot""",1,2,"0",1\r\n`,
    );
  });

  it('answers JSON where the client takes both or says so', async () => {
    for (const [query, accept] of [
      ['', 'application/json, text/csv'],
      ['?format=json', 'text/csv'],
      ['', '*/*'],
    ] as const) {
      const answer = await server.call('GET', `/v1/usage${query}`, {
        key: server.testKey,
        headers: { accept },
      });
      expect(usage.parse(answer.body).object).toBe('usage');
    }
  });

  it('takes 366 days and refuses 367, saying which day would do', async () => {
    expect((await get('?from=2025-11-22&to=2026-11-22')).totals.generations).toBe(3);
    const answer = await server.call('GET', '/v1/usage?from=2025-11-21&to=2026-11-22', {
      key: server.testKey,
    });
    expect(answer.status).toBe(400);
    expect(failure.parse(answer.body).error).toMatchObject({
      code: 'invalid_request',
      param: 'from',
      nearest: '2025-11-22',
    });
  });

  it.each([
    ['?from=2026-11-23&to=2026-11-22', 'from'],
    ['?from=2026-02-30', 'from'],
    ['?to=22.11.2026', 'to'],
    ['?to=%2B275760-09-13', 'to'],
    ['?from=2026-11-23', 'from'],
    ['?group_by=week', 'group_by'],
    ['?group_by=', 'group_by'],
    ['?group_by=day,,model', 'group_by'],
    ['?format=xml', 'format'],
    ['?form=csv', 'form'],
    ['?from=2026-11-01&from=2026-11-02', 'from'],
  ])('refuses %s', async (query, param) => {
    const answer = await server.call('GET', `/v1/usage${query}`, { key: server.testKey });
    expect(answer.status).toBe(400);
    expect(failure.parse(answer.body).error.param).toBe(param);
  });

  it('is for roles that see money', async () => {
    const { key: billing } = await createKey('billing', 'bookkeeper');
    expect((await get('', billing)).totals.generations).toBe(3);
    const { key: viewer } = await createKey('viewer', 'guest');
    const refused = await server.call('GET', '/v1/usage', { key: viewer });
    expect(refused.status).toBe(403);
    expect((await server.call('GET', '/v1/usage')).status).toBe(401);
  });
});

describe('GET /v1/credits/ledger', () => {
  const kindsOf = async (query: string) => {
    const answer = await server.call('GET', `/v1/credits/ledger${query}`, { key: server.testKey });
    const { data } = z.object({ data: z.array(z.looseObject({ kind: z.string() })) }).parse(answer.body);
    return data.map(({ kind }) => kind);
  };

  it('shows moves of the kinds that are asked for', async () => {
    expect(new Set(await kindsOf(''))).toStrictEqual(new Set(['release', 'settle', 'hold', 'grant']));
    expect(await kindsOf('?kind=settle,grant')).toStrictEqual(['settle', 'grant']);
    expect(await kindsOf('?kind=settle,grant&limit=1')).toStrictEqual(['settle']);
    expect(await kindsOf('?kind=expire')).toStrictEqual([]);
  });

  it.each(['gift', '', 'hold,,settle'])('refuses the kind %j', async (kind) => {
    const answer = await server.call('GET', `/v1/credits/ledger?kind=${kind}`, { key: server.testKey });
    expect(failure.parse(answer.body).error).toMatchObject({ code: 'invalid_request', param: 'kind' });
  });
});

describe('GET /v1/budgets', () => {
  const budgets = async (key = server.testKey) => (await server.call('GET', '/v1/budgets', { key })).body;

  it('tells what is spent of the workspace and of its keys with a budget, by mode and month', async () => {
    expect(await budgets()).toStrictEqual({
      object: 'list',
      mode: 'test',
      month: '2026-11',
      starts_at: Date.UTC(2026, 10, 1) / 1000,
      ends_at: Date.UTC(2026, 11, 1) / 1000,
      data: [{ object: 'budget', scope: 'workspace', charged: 8, held: 0 }],
    });
    const limit = (path: string, monthly: number | null) =>
      server.call('PATCH', path, {
        key: server.liveKey,
        body: { limits: { monthly_credits: monthly } },
      });
    await limit(`/v1/keys/${trickyId}`, 5);
    await limit('/v1/workspace', 10);
    const workspace = { object: 'budget', scope: 'workspace', monthly_credits: 10 };
    expect(await budgets()).toMatchObject({
      data: [
        { ...workspace, charged: 8, held: 0, remaining: 2 },
        { scope: 'key', key_id: trickyId, monthly_credits: 5, charged: 0, remaining: 5 },
      ],
    });
    // Live keys spend live credits.
    expect(await budgets(server.liveKey)).toMatchObject({
      mode: 'live',
      data: [{ ...workspace, charged: 0, remaining: 10 }],
    });
    // The budget that it shows is the one that refuses.
    const refused = await server.generate({ model: 'dall-e-3', prompt: 'a fox' });
    expect(failure.parse(refused.body).error.code).toBe('budget_exceeded');
    server.setTime(new Date('2026-12-01T00:00:00Z'));
    expect(await budgets()).toMatchObject({
      month: '2026-12',
      data: [{ ...workspace, charged: 0, remaining: 10 }, { charged: 0 }],
    });
    server.setTime(new Date('2026-11-22T12:00:00Z'));
    await limit('/v1/workspace', null);
  });
});
