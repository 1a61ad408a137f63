import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ROLES, type Role } from '../../src/workspaces/roles.js';
import { failure } from '../support/answers.js';
import { startTestServer, type Answer, type TestServer } from '../support/server.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const madeSchema = z.object({ id: z.string(), key: z.string() });
const auditSchema = z.object({
  data: z.array(z.looseObject({ id: z.string(), actor: z.string(), action: z.string() })),
  has_more: z.boolean(),
});

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

function post(body: Record<string, unknown>, key: string): Promise<Answer> {
  return server.call('POST', '/v1/keys', { key, body: { kind: 'test', name: 'made', ...body } });
}

async function make(body: Record<string, unknown>, key = server.liveKey) {
  const answer = await post(body, key);
  expect(answer.status).toBe(201);
  return madeSchema.parse(answer.body);
}

const codeOf = (answer: Answer) => failure.parse(answer.body).error.code;

describe('what each role may do', () => {
  const wish = { model: 'atelier-sketch', prompt: 'a pond', size: '256x256' };
  const call = (method: string, path: string, body?: unknown) => (key: string) =>
    server.call(method, path, { key, body });
  const ACTIONS: readonly [string, (key: string) => Promise<Answer>, readonly Role[]][] = [
    ['read models', call('GET', '/v1/models/dall-e-3'), ROLES],
    ['read settings', call('GET', '/v1/workspace'), ROLES],
    ['see money', call('GET', '/v1/credits'), ['owner', 'admin', 'developer', 'billing']],
    ['see the ledger', call('GET', '/v1/credits/ledger'), ['owner', 'admin', 'developer', 'billing']],
    ['see the budgets', call('GET', '/v1/budgets'), ['owner', 'admin', 'developer', 'billing']],
    ['refill test credits', call('POST', '/v1/credits/test', { credits: 1 }), ['owner', 'admin', 'billing']],
    ['generate', call('POST', '/v1/images/generations', wish), ['owner', 'admin', 'developer']],
    ['plan', call('POST', '/v1/images/plan', wish), ['owner', 'admin', 'developer']],
    ['change settings', call('PATCH', '/v1/workspace', { retired_models: 'forward' }), ['owner', 'admin']],
    ['change limits', call('PATCH', '/v1/workspace', { limits: { models: null } }), ['owner', 'admin']],
    ['read the audit log', call('GET', '/v1/audit'), ['owner', 'admin']],
    ['list keys', call('GET', '/v1/keys'), ['owner', 'admin', 'developer']],
  ];

  it.each(ROLES)('%s', async (role) => {
    const { key } = await make({ role });
    for (const [name, act, roles] of ACTIONS) {
      const answer = await act(key);
      expect([name, answer.status]).toStrictEqual([name, roles.includes(role) ? 200 : 403]);
      if (answer.status === 403) expect(codeOf(answer)).toBe('permission_denied');
    }
    const edit = await server.edit({ model: 'dall-e-2', prompt: 'x', image: 'img_000' }, key);
    expect(edit.status === 403).toBe(role === 'billing' || role === 'viewer');
  });

  const GRANTS: Readonly<Record<Role, readonly Role[]>> = {
    owner: ROLES,
    admin: ['admin', 'developer', 'billing', 'viewer'],
    // Billing tops up, which a developer may not.
    developer: ['developer', 'viewer'],
    billing: [],
    viewer: [],
  };
  it.each(ROLES)('%s grants no more than it has', async (role) => {
    const { key } = await make({ role });
    for (const wanted of ROLES) {
      const answer = await post({ role: wanted }, key);
      expect([wanted, answer.status]).toStrictEqual([wanted, GRANTS[role].includes(wanted) ? 201 : 403]);
    }
    // Live credits are more than test credits.
    expect((await post({ role: 'viewer', kind: 'live' }, key)).status).toBe(403);
  });
});

describe('keys of a developer', () => {
  it('are those that it made: it sees and revokes these and itself, and no others', async () => {
    const [mine, other] = [await make({ role: 'developer' }), await make({ role: 'developer' })];
    const child = await make({ role: 'viewer' }, mine.key);
    const listed = await server.call('GET', '/v1/keys', { key: mine.key });
    const ids = z.object({ data: z.array(z.object({ id: z.string() })) }).parse(listed.body).data;
    expect(ids.map(({ id }) => id).sort()).toStrictEqual([mine.id, child.id].sort());
    const revoke = (id: string) => server.call('DELETE', `/v1/keys/${id}`, { key: mine.key });
    expect(codeOf(await revoke(other.id))).toBe('permission_denied');
    expect((await revoke(child.id)).status).toBe(200);
    expect((await server.call('GET', '/v1/models', { key: child.key })).status).toBe(401);
    const limits = { limits: { requests_per_minute: 5 } };
    const patched = await server.call('PATCH', `/v1/keys/${mine.id}`, { key: mine.key, body: limits });
    expect(codeOf(patched)).toBe('permission_denied');
    expect((await revoke(mine.id)).status).toBe(200);
    expect((await server.call('GET', '/v1/models', { key: mine.key })).status).toBe(401);
  });

  it('are no way around its own limits or its own end', async () => {
    const limited = await make({ role: 'developer', limits: { monthly_credits: 5 } });
    expect(codeOf(await post({ role: 'viewer' }, limited.key))).toBe('permission_denied');
    const end = Math.floor(NOW.getTime() / 1000) + 3600;
    const brief = await make({ role: 'developer', expires_at: end });
    expect((await post({ role: 'viewer' }, brief.key)).status).toBe(403);
    expect((await post({ role: 'viewer', expires_at: end + 1 }, brief.key)).status).toBe(403);
    expect((await post({ role: 'viewer', expires_at: end }, brief.key)).status).toBe(201);
  });
});

it('an admin neither revokes nor changes an owner’s key', async () => {
  const [admin, owner] = [await make({ role: 'admin' }), await make({ role: 'owner' })];
  expect((await server.call('DELETE', `/v1/keys/${owner.id}`, { key: admin.key })).status).toBe(403);
  const body = { limits: { requests_per_minute: 1 } };
  expect((await server.call('PATCH', `/v1/keys/${owner.id}`, { key: admin.key, body })).status).toBe(403);
});

it('a key that expires is refused from that second on', async () => {
  const end = Math.floor(NOW.getTime() / 1000) + 60;
  expect(codeOf(await post({ role: 'viewer', expires_at: end - 60 }, server.liveKey))).toBe(
    'invalid_request',
  );
  const { key } = await make({ role: 'viewer', expires_at: end });
  const status = async () => (await server.call('GET', '/v1/models', { key })).status;
  expect(await status()).toBe(200);
  server.setTime(new Date(end * 1000 - 1));
  expect(await status()).toBe(200);
  server.setTime(new Date(end * 1000));
  expect(await status()).toBe(401);
  server.setTime(NOW);
});

it('the last live owner key stays, the log tells who did what, page by page', async () => {
  const list = await server.call('GET', '/v1/keys', { key: server.liveKey });
  const first = z
    .object({ data: z.array(z.object({ id: z.string(), name: z.string() })) })
    .parse(list.body)
    .data.find(({ name }) => name === 'first live key');
  const last = await server.call('DELETE', `/v1/keys/${first?.id ?? ''}`, { key: server.liveKey });
  expect([last.status, codeOf(last)]).toStrictEqual([409, 'conflict']);

  const made = await make({ role: 'viewer' });
  const body = { name: 'renamed', limits: { models: ['openai/dall-e-3'] } };
  const changed = await server.call('PATCH', `/v1/keys/${made.id}`, { key: server.liveKey, body });
  expect(changed.body).toMatchObject({ name: 'renamed', limits: { models: ['dall-e-3'] } });
  await server.call('DELETE', `/v1/keys/${made.id}`, { key: server.liveKey });
  const page = async (query: string) =>
    auditSchema.parse((await server.call('GET', `/v1/audit${query}`, { key: server.liveKey })).body);
  const newest = await page('?limit=2');
  expect(newest.has_more).toBe(true);
  const next = await page(`?limit=1&after=${newest.data[1]?.id ?? ''}`);
  expect([...newest.data, ...next.data]).toMatchObject([
    { action: 'key.revoked', actor: first?.id, before: { id: made.id, name: 'renamed' } },
    {
      action: 'key.changed',
      before: { name: 'made', limits: {} },
      after: { limits: { models: ['dall-e-3'] } },
    },
    { action: 'key.created', after: { id: made.id, role: 'viewer' } },
  ]);
  const text = JSON.stringify(await page('?limit=1000'));
  expect(text).not.toContain(made.key);
  const foreign = await server.call('GET', '/v1/audit?after=aud_999999', { key: server.liveKey });
  expect(codeOf(foreign)).toBe('invalid_request');
});
