import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { providers } from '../../src/providers/registry.js';
import { failure } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/server.js';

let emulators: Emulators;
let server: TestServer;

const NOW = new Date('2026-11-22T12:00:00Z');
const identified = z.looseObject({ id: z.string() });
const balance = z.object({ balance: z.number(), available: z.number(), held: z.number() });
const page = z.object({
  data: z.array(
    z.object({ id: z.string(), name: z.string(), credits: z.object({ live: balance, test: balance }) }),
  ),
  has_more: z.boolean(),
  last_id: z.string().optional(),
});
const ledger = z.object({
  data: z.array(z.looseObject({ kind: z.string(), balance_delta: z.number(), note: z.string().optional() })),
});

const admin = (method: string, pathname: string, body?: unknown) =>
  server.call(method, `/v1/admin${pathname}`, { key: ADMIN_TOKEN, ...(body === undefined ? {} : { body }) });

async function createWorkspace(name: string, credits = 0): Promise<string> {
  return identified.parse((await admin('POST', '/workspaces', { name, credits })).body).id;
}

async function createKey(workspace: string, kind: 'live' | 'test', name = 'robot') {
  const body = { workspace, kind, role: 'owner', name };
  return identified.extend({ key: z.string() }).parse((await admin('POST', '/keys', body)).body);
}

beforeAll(async () => {
  emulators = await startEmulators();
  const openai = providers.find(({ id }) => id === 'openai');
  if (openai === undefined) throw new Error('there is no such provider');
  server = await startTestServer({
    env: { OPENAI_API_KEY: 'sk-of-the-tests', OPENAI_BASE_URL: emulators.baseUrl(openai) },
  });
});
afterAll(async () => {
  await server.stop();
  await emulators.close();
});

describe('workspaces', () => {
  it('lists all with their balances, newest first, page by page', async () => {
    server.setTime(new Date(NOW.getTime() + 1000));
    const id = await createWorkspace('second', 2.5);
    server.setTime(NOW);
    const first = page.parse((await admin('GET', '/workspaces?limit=1')).body);
    const same = { balance: 2.5, available: 2.5, held: 0 };
    expect(first).toStrictEqual({
      data: [{ id, name: 'second', credits: { live: same, test: same } }],
      has_more: true,
      last_id: id,
    });
    const rest = page.parse((await admin('GET', `/workspaces?after=${id}`)).body);
    expect(rest.has_more).toBe(false);
    expect(rest.data.map(({ name }) => name)).toStrictEqual(['default']);
  });

  it.each(['?limit=0', '?limit=101', '?limit=x', '?after=ws_none', '?before=x'])(
    'refuses %s',
    async (query) => {
      expect((await admin('GET', `/workspaces${query}`)).status).toBe(400);
    },
  );
});

describe('credits', () => {
  it('gives a grant that expires and a top-up that stays, and the ledger says why', async () => {
    const id = await createWorkspace('paying');
    const expiresAt = NOW.getTime() / 1000 + 60;
    const grant = await admin('POST', `/workspaces/${id}/credits`, {
      credits: 5,
      mode: 'live',
      kind: 'grant',
      expires_at: expiresAt,
      note: 'welcome',
    });
    expect(grant.status).toBe(201);
    expect(grant.body).toStrictEqual({
      object: 'credits',
      workspace: id,
      mode: 'live',
      balance: 5,
      available: 5,
      held: 0,
    });
    const paid = await admin('POST', `/workspaces/${id}/credits`, {
      credits: 0.000001,
      mode: 'live',
      kind: 'top_up',
      note: 'invoice 7',
    });
    expect(balance.parse(paid.body).balance).toBe(5.000001);
    const { key } = await createKey(id, 'live');
    const lines = ledger.parse((await server.call('GET', '/v1/credits/ledger', { key })).body).data;
    expect(lines).toMatchObject([
      { kind: 'top_up', balance_delta: 0.000001, note: 'invoice 7' },
      { kind: 'grant', balance_delta: 5, note: 'welcome' },
    ]);
    server.setTime(new Date((expiresAt + 1) * 1000));
    const [listed] = page.parse((await admin('GET', '/workspaces')).body).data.filter((one) => one.id === id);
    server.setTime(NOW);
    const nothing = { balance: 0, available: 0, held: 0 };
    const left = { balance: 0.000001, available: 0.000001, held: 0 };
    expect(listed?.credits).toStrictEqual({ live: left, test: nothing });
  });

  const gift = { credits: 1, mode: 'live', kind: 'grant', note: 'n' };
  it.each([
    [{ ...gift, credits: 0 }, 'credits'],
    [{ ...gift, credits: -1 }, 'credits'],
    [{ ...gift, credits: 0.0000001 }, 'credits'],
    [{ ...gift, credits: 9_000_000_001 }, 'credits'],
    [{ ...gift, mode: 'both' }, 'mode'],
    [{ ...gift, kind: 'hold' }, 'kind'],
    [{ ...gift, note: '' }, 'note'],
    [{ ...gift, expires_at: NOW.getTime() / 1000 }, 'expires_at'],
    [{ ...gift, expires_at: 9e15 }, 'expires_at'],
    [{ ...gift, expires_at: 9e17 }, 'expires_at'],
    [{ ...gift, kind: 'top_up', expires_at: NOW.getTime() / 1000 + 60 }, 'expires_at'],
    [{ ...gift, reason: 'x' }, 'reason'],
  ])('refuses %j and gives nothing', async (body, param) => {
    const id = await createWorkspace('strict');
    const answer = await admin('POST', `/workspaces/${id}/credits`, body);
    expect(answer.status).toBe(400);
    expect(failure.parse(answer.body).error.param).toBe(param);
    const { key } = await createKey(id, 'live');
    expect(ledger.parse((await server.call('GET', '/v1/credits/ledger', { key })).body).data).toStrictEqual(
      [],
    );
  });

  it('lets no account hold more than can be counted exactly', async () => {
    const id = await createWorkspace('rich', 9_000_000_000);
    const answer = await admin('POST', `/workspaces/${id}/credits`, gift);
    expect(answer.status).toBe(400);
    expect(failure.parse(answer.body).error.param).toBe('credits');
  });

  it('knows no workspace of another name', async () => {
    expect((await admin('POST', '/workspaces/ws_none/credits', gift)).status).toBe(404);
  });
});

describe('margin', () => {
  it('is none at first, is set as a whole and read back', async () => {
    const none = { object: 'margin', percent: 0, models: {} };
    expect((await admin('GET', '/margin')).body).toStrictEqual(none);
    const set = { object: 'margin', percent: 12.5, models: { 'dall-e-3': 0 } };
    const answer = await admin('PUT', '/margin', { percent: 12.5, models: { 'dall-e-3': 0 } });
    expect(answer.status).toBe(200);
    expect(answer.body).toStrictEqual(set);
    expect((await admin('GET', '/margin')).body).toStrictEqual(set);
    expect((await admin('PUT', '/margin', { percent: 0 })).body).toStrictEqual(none);
  });

  it.each([
    [{ percent: -1 }, 400],
    [{ percent: 1000.01 }, 400],
    [{ percent: 0.001 }, 400],
    [{}, 400],
    [{ percent: 1, models: { 'dall-e-33': 1 } }, 404],
    [{ percent: 1, models: { 'dall-e-3': 'a' } }, 400],
    [{ percent: 1, model: {} }, 400],
  ])('refuses %j', async (body, status) => {
    expect((await admin('PUT', '/margin', body)).status).toBe(status);
    expect((await admin('GET', '/margin')).body).toMatchObject({ percent: 0 });
  });
});

describe('lifecycle report', () => {
  const report = z.object({
    object: z.literal('lifecycle_report'),
    on: z.string(),
    since: z.number(),
    in_use: z.array(z.looseObject({ model: z.string(), callers: z.array(z.looseObject({})) })),
    unused: z.array(z.looseObject({ model: z.string(), status: z.string() })),
  });
  const read = async (query: string) => report.parse((await admin('GET', `/lifecycle${query}`)).body);
  let workspace = '';
  let keyId = '';

  beforeAll(async () => {
    workspace = await createWorkspace('painters', 100);
    const live = await createKey(workspace, 'live');
    keyId = live.id;
    server.setTime(new Date('2026-11-20T12:00:00Z'));
    await server.generate({ model: 'gpt-image-1-mini', prompt: 'a fox' }, live.key);
    server.setTime(new Date('2026-10-01T12:00:00Z'));
    await server.generate({ model: 'dall-e-2', prompt: 'a fox', size: '256x256' });
    server.setTime(NOW);
  });

  it('names the models in use that end by the day, their successors and who calls them', async () => {
    const found = await read('?on=2026-12-01');
    expect(found.on).toBe('2026-12-01');
    expect(found.since).toBe(Date.UTC(2026, 9, 23, 12) / 1000);
    expect(found.in_use).toStrictEqual([
      {
        model: 'gpt-image-1-mini',
        status: 'retired',
        deprecated_on: '2026-06-02',
        retired_on: '2026-12-01',
        successor: 'gpt-image-2',
        runs_on: 'gpt-image-2',
        runs_here: true,
        generations: { live: 1, test: 0 },
        keys: 1,
        callers: [
          {
            workspace,
            workspace_name: 'painters',
            key_id: keyId,
            key_name: 'robot',
            mode: 'live',
            generations: 1,
            last_at: Date.UTC(2026, 10, 20, 12) / 1000,
            outcome: 'forwarded',
          },
        ],
      },
    ]);
    const unused = new Map(found.unused.map((ending) => [ending.model, ending]));
    // Its last call is older than what is counted.
    expect(unused.get('dall-e-2')).toMatchObject({ status: 'retired', runs_on: 'gpt-image-2' });
    expect(unused.get('gemini-2-5-flash-image')).toMatchObject({ runs_here: false });
    expect(unused.has('gpt-image-1-mini')).toBe(false);
    expect(unused.has('gpt-image-2')).toBe(false);
  });

  it('takes today when no day is given', async () => {
    const found = await read('');
    expect(found.on).toBe('2026-11-22');
    expect(found.in_use).toMatchObject([
      { model: 'gpt-image-1-mini', status: 'deprecated', callers: [{ outcome: 'warned' }] },
    ]);
  });

  it.each(['?on=2026-02-30', '?on=soon', '?at=2026-12-01'])('refuses %s', async (query) => {
    expect((await admin('GET', `/lifecycle${query}`)).status).toBe(400);
  });
});

it.each([
  ['GET', '/v1/admin/workspaces'],
  ['POST', '/v1/admin/workspaces/ws_none/credits'],
  ['GET', '/v1/admin/margin'],
  ['PUT', '/v1/admin/margin'],
  ['GET', '/v1/admin/lifecycle'],
])('%s %s takes the admin token, and no key', async (method, pathname) => {
  for (const key of [undefined, server.liveKey, server.testKey, `${ADMIN_TOKEN}x`]) {
    expect((await server.call(method, pathname, { key })).status).toBe(401);
  }
});
