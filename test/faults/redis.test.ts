/**
 * Two gateways on one database whose Redis is not there at the start, goes, says nothing, and comes back, while pictures are
 * made, streamed and wait in the queue: nothing fails, nothing waits for it, and what is common is common again by itself.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { generation } from '../support/answers.js';
import { allEvents } from '../support/events.js';
import { findFreePort } from '../support/free-port.js';
import { startOwnRedis, type OwnRedis } from '../support/own-redis.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { jsonAnswer, startScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.js';
import { ADMIN_TOKEN, startTestServer, type Answer, type TestServer } from '../support/server.js';

let database: TestDatabase;
let upstream: ScriptedUpstream;
let url: string;
let redis: OwnRedis | undefined;
let both: readonly TestServer[];
let nowMs = Date.parse('2026-11-22T12:00:00Z');

/** Nobody waits longer for a Redis that says nothing. */
const HELD_UP_MS = 1_500;

beforeAll(async () => {
  database = await createTestDatabase();
  upstream = await startScriptedUpstream();
  url = `redis://127.0.0.1:${await findFreePort()}`;
  const env = {
    DATABASE_URL: database.url,
    REDIS_URL: url,
    ATELIER_SECRET: 's'.repeat(32),
    XAI_API_KEY: 'key-of-xai',
    XAI_BASE_URL: `${upstream.baseUrl}/v1`,
    ATELIER_MAX_ATTEMPTS: '1',
  };
  both = [await startTestServer({ env }), await startTestServer({ env })];
});
afterAll(async () => {
  await redis?.kill();
  // Asserts that the books add up; the keys were shown to the first one only.
  await at(FIRST).stop();
  await at(SECOND)
    .stop()
    .catch(() => {});
  await upstream.close();
  await database.drop();
});

const [FIRST, SECOND] = [0, 1];
function at(index: number): TestServer {
  const server = both[index];
  if (server === undefined) throw new Error('there are two');
  return server;
}
/** The first one shows the keys. */
const testKey = () => at(FIRST).testKey;

async function makeKey(limits: Readonly<Record<string, number>>): Promise<string> {
  const body = { kind: 'test', role: 'developer', name: 'limited', limits };
  const made = await at(FIRST).call('POST', '/v1/keys', { key: at(FIRST).liveKey, body });
  return z.object({ key: z.string() }).parse(made.body).key;
}

/** How many of eight requests, four at each gateway, are let through by a limit of four. */
async function letThrough(): Promise<number> {
  const key = await makeKey({ requests_per_minute: 4 });
  const answers = await Promise.all(
    [...both, ...both, ...both, ...both].map((server) => server.call('GET', '/v1/models/dall-e-3', { key })),
  );
  expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true);
  return answers.filter(({ status }) => status === 200).length;
}

/** A picture that is waited for, one that is streamed and one that waits in the queue, at both. */
async function expectPictures(): Promise<void> {
  const body = { model: 'dall-e-3', prompt: 'a pond', size: '1024x1024', response_format: 'url' };
  const headers = { authorization: `Bearer ${testKey()}`, 'content-type': 'application/json' };
  const waited = both.map((server) => server.generate(body, testKey()));
  const streamed = both.map(async (server) => {
    const text = JSON.stringify({ ...body, stream: true, response_format: 'b64_json' });
    return allEvents(
      await fetch(`${server.url}/v1/images/generations`, { method: 'POST', headers, body: text }),
    );
  });
  const queued = both.map(async (server) => {
    const accepted = await server.call('POST', '/v1/images/generations', {
      key: testKey(),
      headers: { prefer: 'respond-async' },
      body,
    });
    const { id } = z.object({ id: z.string() }).parse(accepted.body);
    const read = async () =>
      generation.parse((await server.call('GET', `/v1/images/generations/${id}`, { key: testKey() })).body);
    await expect.poll(async () => (await read()).status, { timeout: 15_000 }).toBe('succeeded');
  });
  for (const answer of await Promise.all(waited))
    expect([answer.status, answer.body]).toMatchObject([200, {}]);
  for (const events of await Promise.all(streamed))
    expect(events.at(-1)?.event).toBe('image_generation.completed');
  await Promise.all(queued);
}

const live = (index: number): Promise<Answer> =>
  at(index).generate({ model: 'grok-image', prompt: 'a boat', fallback: false }, at(index).liveKey);

/** Pauses a route at the first gateway. @returns whether the second one then calls it */
async function secondStillCalls(): Promise<boolean> {
  for (const server of both) await server.call('POST', '/v1/admin/routes/reset', { key: ADMIN_TOKEN });
  upstream.answer(jsonAnswer(500, { error: 'broken' }));
  for (let times = 0; times < 5; times += 1) await live(FIRST);
  const seen = upstream.seen.length;
  expect((await live(FIRST)).status).toBe(503);
  // Its own pause holds, with Redis or without.
  expect(upstream.seen.length).toBe(seen);
  // What it has read of the others is good for a second.
  nowMs += 2_000;
  for (const server of both) server.setTime(new Date(nowMs));
  await live(SECOND);
  return upstream.seen.length > seen;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

it('not there at the start: both serve and count for themselves', async () => {
  await expectPictures();
  expect(await letThrough()).toBe(8);
  expect(await secondStillCalls()).toBe(true);
  for (const server of both) expect((await server.call('GET', '/readyz')).status).toBe(200);
});

it('comes up: both count together and share their pauses', async () => {
  redis = await startOwnRedis(url);
  await expect.poll(letThrough, { interval: 200, timeout: 15_000 }).toBe(4);
  await expect.poll(secondStillCalls, { interval: 200, timeout: 15_000 }).toBe(false);
  await expectPictures();
});

it('says nothing any more: no call waits long for it, and none fails', { timeout: 60_000 }, async () => {
  redis?.freeze();
  const key = await makeKey({ requests_per_minute: 1_000 });
  for (let times = 0; times < 5; times += 1) {
    for (const server of both) {
      const tookMs = await timed(async () => {
        expect((await server.call('GET', '/v1/models/dall-e-3', { key })).status).toBe(200);
      });
      expect(tookMs).toBeLessThan(HELD_UP_MS);
    }
  }
  await expectPictures();
  expect(await letThrough()).toBe(8);
  // A gateway that starts now does not wait for it either.
  const tookMs = await timed(async () => {
    const third = await startTestServer({
      env: { DATABASE_URL: database.url, REDIS_URL: url, ATELIER_SECRET: 's'.repeat(32) },
    });
    expect((await third.call('GET', '/v1/models/dall-e-3', { key })).status).toBe(200);
    await third.stop().catch(() => {
      // Its own test key was shown to the first one.
    });
  });
  expect(tookMs).toBeLessThan(15_000);
});

it('is killed amid everything and is empty when it is back: nothing fails, and it is common again', async () => {
  await redis?.kill();
  redis = await startOwnRedis(url);
  await expect.poll(letThrough, { interval: 200, timeout: 15_000 }).toBe(4);
  const during = expectPictures();
  await redis.kill();
  await during;
  expect(await letThrough()).toBe(8);
  expect(await secondStillCalls()).toBe(true);
  redis = await startOwnRedis(url);
  await expect.poll(letThrough, { interval: 200, timeout: 15_000 }).toBe(4);
  await expect.poll(secondStillCalls, { interval: 200, timeout: 15_000 }).toBe(false);
});
