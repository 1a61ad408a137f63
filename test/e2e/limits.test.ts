import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure } from '../support/answers.js';
import { ADMIN_TOKEN, startTestServer, type Answer, type TestServer } from '../support/server.js';

const sketch = { model: 'atelier-sketch', prompt: 'a pond', size: '256x256' };
const slow = { model: 'dall-e-3', prompt: 'a pond [[emulate:slow-1000]]' };

const errorOf = (answer: Answer) => failure.parse(answer.body).error;
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status).sort();

async function makeKey(server: TestServer, limits: Record<string, unknown>): Promise<string> {
  const body = { kind: 'test', role: 'developer', name: 'limited', limits };
  const answer = await server.call('POST', '/v1/keys', { key: server.liveKey, body });
  return z.object({ key: z.string() }).parse(answer.body).key;
}

async function limitWorkspace(server: TestServer, body: Record<string, unknown>): Promise<void> {
  const answer = await server.call('PATCH', '/v1/workspace', { key: server.liveKey, body });
  expect(answer.status).toBe(200);
}

describe('limits of one gateway', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => {
    await server.stop();
  });
  const models = (key: string) => server.call('GET', '/v1/models/dall-e-3', { key });

  it('of requests per minute stand in the headers of every answer, and the tightest wins', async () => {
    await limitWorkspace(server, { limits: { requests_per_minute: 1000 } });
    const key = await makeKey(server, { requests_per_minute: 3 });
    for (const remaining of ['2', '1', '0']) {
      const { headers } = await models(key);
      expect(headers.get('x-ratelimit-limit-requests')).toBe('3');
      expect(headers.get('x-ratelimit-remaining-requests')).toBe(remaining);
      expect(headers.get('x-ratelimit-reset-requests')).toMatch(/^\d+s$/);
    }
    const refused = await models(key);
    expect(refused.status).toBe(429);
    expect(errorOf(refused)).toMatchObject({
      code: 'rate_limit_exceeded',
      limit: { name: 'requests_per_minute', value: 3, scope: 'key' },
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    const other = await makeKey(server, {});
    expect((await models(other)).headers.get('x-ratelimit-limit-requests')).toBe('1000');
    await limitWorkspace(server, { limits: { requests_per_minute: null } });
    expect((await models(other)).headers.get('x-ratelimit-limit-requests')).toBeNull();
  });

  it('of images in flight refuse what is too much at a time, and what can never fit, without a retry', async () => {
    const key = await makeKey(server, { images_in_flight: 2 });
    const answers = await Promise.all([slow, slow, slow].map((body) => server.generate(body, key)));
    expect(statuses(answers)).toStrictEqual([200, 200, 429]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get('retry-after')).toBe('2');
    expect(refused === undefined ? undefined : errorOf(refused)).toMatchObject({
      limit: { name: 'images_in_flight', value: 2, scope: 'key', used: 2 },
    });
    const never = await server.generate({ ...sketch, n: 3 }, key);
    expect([never.status, never.headers.get('x-should-retry')]).toStrictEqual([429, 'false']);
    expect((await server.generate({ ...sketch, n: 2 }, key)).status).toBe(200);
  });

  it('of models hold for plans, runs and the catalogue, by slug or alias', async () => {
    const slip = await server.call('POST', '/v1/keys', {
      key: server.liveKey,
      body: { kind: 'test', role: 'viewer', name: 'x', limits: { models: ['dall-e-33'] } },
    });
    expect(errorOf(slip)).toMatchObject({ code: 'model_not_found', nearest: 'dall-e-3' });
    const key = await makeKey(server, { models: ['openai/dall-e-3'] });
    for (const path of ['/v1/images/plan', '/v1/images/generations']) {
      const refused = await server.call('POST', path, { key, body: sketch });
      expect(refused.status).toBe(403);
      expect(errorOf(refused)).toMatchObject({
        code: 'model_not_allowed',
        allowed: ['dall-e-3'],
        limit: { name: 'models', value: ['dall-e-3'], scope: 'key' },
      });
    }
    const shown = await server.call('GET', '/v1/models/atelier-sketch', { key });
    expect(shown.body).toMatchObject({
      available: false,
      unavailable_reason: 'this key is limited to other models',
    });
    expect((await models(key)).body).toMatchObject({ available: true });
  });

  it('of money and storage name themselves, and lack of credit is told first', async () => {
    const poor = await makeKey(server, { monthly_credits: 5 });
    const dear = { model: 'dall-e-3', prompt: 'a pond', size: '1024x1024' };
    expect((await server.generate(dear, poor)).status).toBe(200);
    const broke = await server.generate(dear, poor);
    expect(broke.status).toBe(402);
    expect(errorOf(broke)).toMatchObject({
      code: 'budget_exceeded',
      limit: { name: 'monthly_credits', value: 5, scope: 'key', used: 4 },
    });
    const full = await makeKey(server, { storage_bytes: 1 });
    expect((await server.generate(sketch, full)).status).toBe(200);
    const refused = await server.generate(sketch, full);
    expect(refused.status).toBe(413);
    expect(errorOf(refused)).toMatchObject({
      code: 'storage_quota_exceeded',
      limit: { name: 'storage_bytes', value: 1, scope: 'key' },
    });
  });

  it('are refused when they are none', async () => {
    for (const limits of [{ requests_per_hour: 1 }, { images_in_flight: 0 }, { models: [] }]) {
      const body = { kind: 'test', role: 'viewer', name: 'x', limits };
      expect((await server.call('POST', '/v1/keys', { key: server.liveKey, body })).status).toBe(400);
    }
  });
});

describe('rules over routes', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => {
    await server.stop();
  });
  const operator = (body: Record<string, unknown>) =>
    server.call('PATCH', '/v1/admin/policy', { key: ADMIN_TOKEN, body });
  const expectRefused = async (wish: Record<string, unknown>, rule: string) => {
    const refused = await server.generate(wish);
    expect(refused.status).toBe(403);
    expect(errorOf(refused)).toMatchObject({ code: 'model_not_allowed', rule });
    const shown = await server.call('GET', `/v1/models/${String(wish['model'])}`, { key: server.testKey });
    expect(shown.body).toMatchObject({ available: false, unavailable_reason: rule });
  };

  it('of the workspace and of the operator both hold, in plans and in the catalogue', async () => {
    await limitWorkspace(server, { policy: { blocked_countries: ['US'] } });
    await expectRefused({ model: 'dall-e-3', prompt: 'x' }, "the workspace's policy blocks the country US");
    await limitWorkspace(server, { policy: { blocked_countries: [] } });
    expect((await operator({ blocked_countries: ['US', 'US'] })).body).toStrictEqual({
      object: 'policy',
      blocked_countries: ['US'],
      models_without_content_policy: 'allow',
    });
    await expectRefused({ model: 'dall-e-3', prompt: 'x' }, "the operator's policy blocks the country US");
    await operator({ blocked_countries: [], models_without_content_policy: 'forbid' });
    const rule = "the operator's policy forbids models without a content policy";
    await expectRefused({ model: 'flux-1-pro', prompt: 'x' }, rule);
    await operator({ models_without_content_policy: 'allow' });
    expect((await server.generate({ model: 'dall-e-3', prompt: 'x' })).status).toBe(200);
  });

  it('name countries that exist', async () => {
    for (const code of ['UK', 'us', 'XQ', 'ZZ', 'Germany']) {
      expect((await operator({ blocked_countries: [code] })).status).toBe(400);
    }
  });
});
