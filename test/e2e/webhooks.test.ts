/** Webhooks as their owner makes them and as a receiver sees them. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, generation } from '../support/answers.js';
import { startTestServer, type Answer, type TestServer } from '../support/server.js';
import { startWebhookReceiver, verifyCall, type WebhookReceiver } from '../support/webhook-receiver.js';

const NOON = new Date('2026-11-22T12:00:00Z');

let server: TestServer;
let receiver: WebhookReceiver;
let now = NOON;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  server = await startTestServer({
    env: { ATELIER_WEBHOOK_HOSTS: receiver.host, ATELIER_WEBHOOK_TIMEOUT_S: '1' },
  });
});
afterEach(async () => {
  for (const key of [server.liveKey, server.testKey]) {
    const { body } = await send('GET', '/v1/webhooks', undefined, key);
    const { data } = z.object({ data: z.array(z.object({ id: z.string() })) }).parse(body);
    for (const { id } of data) await send('DELETE', `/v1/webhooks/${id}`, undefined, key);
  }
});
afterAll(async () => {
  await receiver.close();
  await server.stop();
});

const madeSchema = z.looseObject({ id: z.string(), secret: z.string() });
const sketch = { model: 'atelier-sketch', prompt: 'a very secret pond', size: '64x64' };

const send = (method: string, pathname: string, body?: unknown, key = server.testKey) =>
  server.call(method, pathname, { key, body });
const codeOf = (answer: Answer) => failure.parse(answer.body).error.code;

async function create(body: Record<string, unknown> = {}, key = server.testKey) {
  const answer = await send('POST', '/v1/webhooks', { url: receiver.url, ...body }, key);
  expect([answer.status, answer.body]).toMatchObject([201, {}]);
  return madeSchema.parse(answer.body);
}

/** What the receiver got from now on, once there is so much of it. */
async function receive(secret: string, count: number, work: () => Promise<unknown>) {
  const before = receiver.calls.length;
  await work();
  await expect.poll(() => receiver.calls.length - before, { timeout: 10_000, interval: 20 }).toBe(count);
  return receiver.calls.slice(before).map((call) => verifyCall(call, secret, now));
}

async function makeKey(role: string, limits: Record<string, unknown> = {}) {
  const body = { kind: 'test', role, name: role, limits };
  const answer = await send('POST', '/v1/keys', body, server.liveKey);
  return z.object({ id: z.string(), key: z.string() }).parse(answer.body);
}

describe('a webhook', () => {
  it('shows its secret once, is changed, deleted and audited, and its secret is nowhere else', async () => {
    const made = await create({ description: 'the shop', events: ['generation.failed'] });
    expect(made).toMatchObject({
      object: 'webhook',
      mode: 'test',
      events: ['generation.failed'],
      status: 'enabled',
    });
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const { secret, ...shown } = made;
    expect((await send('GET', `/v1/webhooks/${made.id}`)).body).toStrictEqual(shown);
    expect((await send('GET', '/v1/webhooks')).body).toStrictEqual({ object: 'list', data: [shown] });
    const changed = await send('PATCH', `/v1/webhooks/${made.id}`, {
      events: ['credits.low', 'credits.low'],
      description: '',
      enabled: false,
    });
    expect(changed.body).toMatchObject({
      events: ['credits.low'],
      status: 'disabled',
      disabled_reason: 'by_owner',
    });
    expect(changed.body).not.toHaveProperty('description');
    const rotated = madeSchema.parse((await send('POST', `/v1/webhooks/${made.id}/secret`)).body);
    expect(rotated.secret).not.toBe(secret);
    for (const bytes of await server.readDatabase()) {
      for (const each of [secret, rotated.secret]) expect(bytes.includes(each.slice(6))).toBe(false);
    }
    const deleted = await send('DELETE', `/v1/webhooks/${made.id}`);
    expect(deleted.body).toStrictEqual({ id: made.id, object: 'webhook', deleted: true });
    expect((await send('GET', `/v1/webhooks/${made.id}`)).status).toBe(404);
    const audit = await send('GET', '/v1/audit?limit=4');
    expect(audit.body).toMatchObject({
      data: [
        { action: 'webhook.deleted', before: { id: made.id } },
        { action: 'webhook.secret_rotated', after: { id: made.id } },
        { action: 'webhook.changed', before: { enabled: true }, after: { enabled: false } },
        { action: 'webhook.created', after: { id: made.id, url: receiver.url } },
      ],
    });
    expect(JSON.stringify(audit.body)).not.toContain('whsec_');
  });

  it('takes an owner or admin key for everything', async () => {
    const { id } = await create();
    const ways = [
      ['POST', '/v1/webhooks', { url: receiver.url }],
      ['GET', '/v1/webhooks'],
      ['GET', `/v1/webhooks/${id}`],
      ['PATCH', `/v1/webhooks/${id}`, { enabled: false }],
      ['POST', `/v1/webhooks/${id}/secret`],
      ['POST', `/v1/webhooks/${id}/test`],
      ['GET', `/v1/webhooks/${id}/deliveries`],
      ['POST', `/v1/webhooks/${id}/deliveries/whd_x/replay`],
      ['DELETE', `/v1/webhooks/${id}`],
    ] as const;
    for (const role of ['developer', 'billing', 'viewer']) {
      const { key } = await makeKey(role);
      for (const [method, pathname, body] of ways) {
        const refused = await send(method, pathname, body, key);
        expect([role, method, pathname, refused.status]).toStrictEqual([role, method, pathname, 403]);
      }
    }
    const { key: admin } = await makeKey('admin');
    expect((await send('DELETE', `/v1/webhooks/${id}`, undefined, admin)).status).toBe(200);
  });

  it.each([
    ['no address', 'not an address'],
    ['another scheme', 'ftp://example.com/'],
    ['no TLS', 'http://example.com/'],
    ['a loopback address', 'https://127.0.0.1/'],
    ['a mapped loopback address', 'https://[::ffff:7f00:1]/'],
    ['the metadata address', 'https://169.254.169.254/latest/meta-data'],
    ['a number that is a private address', 'https://0x0a000001/'],
    ['another port of a trusted host', 'http://127.0.0.1:1/'],
    ['credentials', 'https://user:password@example.com/'],
  ])('is not made for %s', async (_what, url) => {
    const refused = await send('POST', '/v1/webhooks', { url });
    expect([refused.status, failure.parse(refused.body).error.param]).toStrictEqual([400, 'url']);
  });

  it('is refused with the field that is wrong, and beyond twenty', async () => {
    for (const [body, param] of [
      [{ url: receiver.url, events: ['generation.complete'] }, 'events.0'],
      [{ url: receiver.url, events: [] }, 'events'],
      [{ events: ['credits.low'] }, 'url'],
      [{ url: receiver.url, secrets: true }, 'secrets'],
    ] as const) {
      const refused = await send('POST', '/v1/webhooks', body);
      expect([refused.status, failure.parse(refused.body).error.param]).toStrictEqual([400, param]);
    }
    for (let index = 0; index < 20; index += 1) await create();
    const refused = await send('POST', '/v1/webhooks', { url: receiver.url });
    expect([refused.status, codeOf(refused)]).toStrictEqual([409, 'conflict']);
  });

  it('can be tested, and tells what came of it', async () => {
    const { id, secret } = await create({ events: ['credits.low'] });
    const [event] = await receive(secret, 1, async () => {
      const tested = await send('POST', `/v1/webhooks/${id}/test`);
      expect([tested.status, tested.body]).toMatchObject([
        200,
        { status: 'delivered', event: 'webhook.test', attempts: 1, last_status: 204 },
      ]);
    });
    expect(event).toMatchObject({ type: 'webhook.test', mode: 'test', data: { object: 'webhook', id } });
    receiver.will(500);
    const failed = await send('POST', `/v1/webhooks/${id}/test`);
    expect(failed.body).toMatchObject({ status: 'failed', attempts: 1, last_status: 500 });
    expect((await send('GET', `/v1/webhooks/${id}`)).body).toMatchObject({
      failing: { attempts: 1, last_status: 500 },
    });
  });
});

describe('events', () => {
  it('tell of every end of a generation, without a prompt, a link or a secret; and can be replayed', async () => {
    const { id, secret } = await create({ events: ['generation.completed', 'generation.failed'] });
    let answer: z.output<typeof generation> | undefined;
    const [completed] = await receive(secret, 1, async () => {
      const body = { ...sketch, metadata: { order: '4711' } };
      answer = generation.parse((await server.generate(body)).body);
    });
    expect(completed).toMatchObject({
      type: 'generation.completed',
      data: {
        object: 'image.generation',
        id: answer?.id,
        operation: 'generate',
        status: 'succeeded',
        model: 'atelier-sketch',
        credits_used: 0,
        images: [
          { id: answer?.data[0]?.id, width: 64, height: 64, expires_at: NOON.getTime() / 1000 + 3600 },
        ],
        metadata: { order: '4711' },
      },
    });
    now = new Date(NOON.getTime() + 1000);
    server.setTime(now);
    const prompt = 'a very secret pond [[emulate:moderated-prompt]]';
    const [failed] = await receive(secret, 1, () =>
      server.generate({ model: 'dall-e-3', prompt, metadata: { order: '4712' } }),
    );
    expect(failed).toMatchObject({
      type: 'generation.failed',
      data: {
        status: 'failed',
        images: [],
        error: { code: 'content_policy_violation', stage: 'prompt' },
        metadata: { order: '4712' },
      },
    });
    const said = receiver.calls.map(({ body }) => body).join();
    for (const secretPart of ['secret pond', '/i/', 'sig=', 'whsec_', server.testKey]) {
      expect(said.includes(secretPart)).toBe(false);
    }
    const list = async () =>
      z
        .looseObject({ data: z.array(z.looseObject({ id: z.string() })), has_more: z.boolean() })
        .parse((await send('GET', `/v1/webhooks/${id}/deliveries?limit=1`)).body);
    // The receiver has it a moment before the answer is written down.
    await expect
      .poll(async () => (await list()).data[0], { timeout: 10_000, interval: 20 })
      .toMatchObject({ event: 'generation.failed', status: 'delivered' });
    const { data, has_more: more } = await list();
    expect(more).toBe(true);
    const next = await send('GET', `/v1/webhooks/${id}/deliveries?after=${data[0]?.id ?? ''}`);
    expect(next.body).toMatchObject({ data: [{ event: 'generation.completed' }], has_more: false });
    const [replayed] = await receive(secret, 1, async () => {
      const again = await send('POST', `/v1/webhooks/${id}/deliveries/${data[0]?.id ?? ''}/replay`);
      expect([again.status, again.body]).toMatchObject([202, { status: 'pending', attempts: 0 }]);
    });
    expect(replayed).toStrictEqual(failed);
  });

  it('of one mode or workspace are told to that one only', async () => {
    const live = await create({}, server.liveKey);
    const { secret } = await create();
    const events = await receive(secret, 1, () => server.generate(sketch));
    expect(events).toMatchObject([{ mode: 'test' }]);
    const deliveries = await send('GET', `/v1/webhooks/${live.id}/deliveries`, undefined, server.liveKey);
    expect(deliveries.body).toMatchObject({ data: [] });
  });

  it('tell each threshold of a budget once a month, however many pictures end at once', async () => {
    const { secret } = await create({ events: ['budget.threshold_reached'] });
    const { id: keyId, key } = await makeKey('developer', { monthly_credits: 20 });
    await send('PATCH', '/v1/workspace', { limits: { monthly_credits: 40 } }, server.liveKey);
    // Four credits each: 20, 40, 60, 80 and 100 per cent of the key's, half of that of the workspace's.
    const wish = { model: 'dall-e-3', prompt: 'a pond', size: '1024x1024' };
    const events = await receive(secret, 4, () =>
      Promise.all(Array.from({ length: 5 }, () => server.generate(wish, key))),
    );
    const told = events.map(({ data }) => [data['scope'], data['percent'], data['key_id']]);
    expect(told.sort()).toStrictEqual([
      ['key', 100, keyId],
      ['key', 50, keyId],
      ['key', 80, keyId],
      ['workspace', 50, undefined],
    ]);
    expect(events.find(({ data }) => data['percent'] === 100)?.data).toMatchObject({
      month: '2026-11',
      monthly_credits: 20,
      spent_credits: 20,
    });
    // A larger budget begins no new month; other thresholds are told when they are reached.
    await send('PATCH', `/v1/keys/${keyId}`, { limits: { monthly_credits: 48 } }, server.liveKey);
    const alerts = { budget_percents: [99, 50, 100, 50] };
    const settings = await send('PATCH', '/v1/workspace', { alerts }, server.liveKey);
    expect(settings.body).toMatchObject({ alerts: { budget_percents: [50, 99, 100], low_credits: 100 } });
    const more = await receive(secret, 2, () =>
      Promise.all(Array.from({ length: 5 }, () => server.generate(wish, key))),
    );
    expect(more.map(({ data }) => [data['scope'], data['percent']]).sort()).toStrictEqual([
      ['workspace', 100],
      ['workspace', 99],
    ]);
    now = new Date('2026-12-01T00:00:00Z');
    server.setTime(now);
    await send('PATCH', `/v1/keys/${keyId}`, { limits: { monthly_credits: 8 } }, server.liveKey);
    const [december] = await receive(secret, 1, () => server.generate(wish, key));
    expect(december?.data).toMatchObject({ scope: 'key', percent: 50, month: '2026-12', spent_credits: 4 });
    await send('PATCH', '/v1/workspace', { limits: { monthly_credits: null } }, server.liveKey);
  });

  it('tell a low balance once, and again after it was higher', async () => {
    const { secret } = await create({ events: ['credits.low'] });
    const readBalance = async () =>
      z.object({ balance: z.number() }).parse((await send('GET', '/v1/credits')).body).balance;
    const balance = await readBalance();
    const alerts = { low_credits: balance - 6 };
    await send('PATCH', '/v1/workspace', { alerts }, server.liveKey);
    const draw = () => server.generate({ model: 'dall-e-3', prompt: 'a pond', size: '1024x1024' });
    const [low] = await receive(secret, 1, () => Promise.all([draw(), draw(), draw()]));
    expect(low?.data).toStrictEqual({
      object: 'credits',
      balance: balance - 8,
      threshold: balance - 6,
    });
    await send('POST', '/v1/credits/test', { credits: 7 }, server.liveKey);
    const [again] = await receive(secret, 1, () => Promise.all([draw(), draw()]));
    expect(again?.data).toMatchObject({ balance: balance - 9 });
    await send('PATCH', '/v1/workspace', { alerts: { low_credits: 0 } }, server.liveKey);
  });

  it('are refused thresholds that are none', async () => {
    for (const alerts of [
      { budget_percents: [0] },
      { budget_percents: [101] },
      { low_credits: -1 },
      { low: 1 },
    ]) {
      const refused = await send('PATCH', '/v1/workspace', { alerts }, server.liveKey);
      expect([refused.status, codeOf(refused)]).toStrictEqual([
        400,
        'low' in alerts ? 'unknown_parameter' : 'invalid_request',
      ]);
    }
  });
});
