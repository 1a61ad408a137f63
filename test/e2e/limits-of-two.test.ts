/** Two gateways on one database and one Redis, which comes and goes. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { startOwnRedis } from '../support/own-redis.js';
import { createTestDatabase } from '../support/postgres.js';
import { startTestServer, type Answer, type TestServer } from '../support/server.js';

const sketch = { model: 'atelier-sketch', prompt: 'a pond', size: '256x256' };
const slow = { model: 'dall-e-3', prompt: 'a pond [[emulate:slow-1000]]' };

const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status).sort();

async function makeKey(server: TestServer, limits: Record<string, unknown>): Promise<string> {
  const body = { kind: 'test', role: 'developer', name: 'limited', limits };
  const answer = await server.call('POST', '/v1/keys', { key: server.liveKey, body });
  return z.object({ key: z.string() }).parse(answer.body).key;
}

it(
  'limits of two gateways are one with Redis; without it each goes on counting for itself',
  { timeout: 60_000 },
  async () => {
    const database = await createTestDatabase();
    let redis = await startOwnRedis();
    const env = { DATABASE_URL: database.url, REDIS_URL: redis.url, ATELIER_SECRET: 's'.repeat(32) };
    const first = await startTestServer({ env });
    const second = await startTestServer({ env });
    const both = [first, second];
    try {
      const busy = await makeKey(first, { requests_per_minute: 10 });
      const list = () =>
        Promise.all(
          Array.from({ length: 8 }, () => both)
            .flat()
            .map((server) => server.call('GET', '/v1/models/dall-e-3', { key: busy })),
        );
      expect(statuses(await list()).filter((status) => status === 200)).toHaveLength(10);
      const slowKey = await makeKey(first, { images_in_flight: 3 });
      const draw = () => Promise.all([...both, ...both].map((server) => server.generate(slow, slowKey)));
      expect(statuses(await draw())).toStrictEqual([200, 200, 200, 429]);

      const body = { kind: 'test', role: 'viewer', name: 'x' };
      const made = await first.call('POST', '/v1/keys', { key: first.liveKey, body });
      const { id, key } = z.object({ id: z.string(), key: z.string() }).parse(made.body);
      const known = async () => (await second.call('GET', '/v1/workspace', { key })).status === 200;
      expect(await known()).toBe(true);
      await first.call('DELETE', `/v1/keys/${id}`, { key: first.liveKey });
      const revokedAt = Date.now();
      while (await known()) expect(Date.now() - revokedAt).toBeLessThan(5_000);

      // Killed while pictures are being made: they end, and everything goes on.
      const running = draw();
      await redis.kill();
      expect(statuses(await running).filter((status) => status === 200).length).toBeGreaterThanOrEqual(3);
      const alone = await list();
      expect(statuses(alone).filter((status) => status === 200)).toHaveLength(16);
      expect(statuses(await draw())).toStrictEqual([200, 200, 200, 200]);

      redis = await startOwnRedis(redis.url);
      const started = Date.now();
      const together = async () => statuses(await draw()).filter((status) => status === 200).length;
      while ((await together()) !== 3) expect(Date.now() - started).toBeLessThan(15_000);

      redis.freeze();
      const frozen = await Promise.all(both.map((server) => server.generate(sketch, slowKey)));
      expect(statuses(frozen)).toStrictEqual([200, 200]);
    } finally {
      await redis.kill();
      await Promise.all(both.map((server) => server.stop().catch(() => {})));
      await database.drop();
    }
  },
);

it('wrong keys of two gateways are counted together with Redis, and by each without it', async () => {
  const database = await createTestDatabase();
  const redis = await startOwnRedis();
  const env = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    ATELIER_SECRET: 's'.repeat(32),
    ATELIER_MAX_FAILED_KEYS: '5',
  };
  const both = [await startTestServer({ env }), await startTestServer({ env })];
  // What a chosen key needs to pass later: to have passed before.
  for (const server of both) await server.call('GET', '/v1/models', { key: server.liveKey });
  const wrong = (server: TestServer, n: number) =>
    server.call('GET', '/v1/models', { key: `atl_live_${String(n).padStart(40, '0')}` });
  const flood = async () => {
    const answers = await Promise.all(
      both.flatMap((server) => Array.from({ length: 20 }, (_, n) => wrong(server, n))),
    );
    return statuses(answers).filter((status) => status === 401).length;
  };
  try {
    expect(await flood()).toBe(5);
    await redis.kill();
    expect(await flood()).toBe(10);
    for (const server of both) {
      expect((await server.call('GET', '/v1/models', { key: server.liveKey })).status).toBe(200);
    }
  } finally {
    await redis.kill();
    await Promise.all(both.map((server) => server.stop().catch(() => {})));
    await database.drop();
  }
});
