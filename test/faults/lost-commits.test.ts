/**
 * The connection to PostgreSQL breaks at the commit: before the database hears of it, or after it has committed and before
 * the gateway hears of that. Either way each call ends with its picture, bought once and charged once.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { fetchPicture, generation } from '../support/answers.js';
import { startCountingEmulators, type CountingEmulators } from '../support/counting-emulators.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { startPostgresProxy, type PostgresProxy } from '../support/postgres-proxy.js';
import { startTestServer, type TestServer } from '../support/server.js';

let database: TestDatabase;
let proxy: PostgresProxy;
let emulators: CountingEmulators;
let server: TestServer;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startPostgresProxy(database.url);
  emulators = await startCountingEmulators();
  server = await startTestServer({
    realTime: true,
    env: {
      DATABASE_URL: proxy.url,
      ATELIER_SECRET: 's'.repeat(32),
      ATELIER_EMULATORS_URL: emulators.url,
      ATELIER_LEASE_S: '3',
    },
  });
});
afterAll(async () => {
  await server.stop();
  await emulators.close();
  await proxy.close();
  await database.drop();
});

const ledger = z.object({
  data: z.array(
    z.object({ kind: z.string(), generation_id: z.string().optional(), balance_delta: z.number() }),
  ),
});
const flux = { model: 'flux-1-pro', prompt: 'a paper boat', response_format: 'url' };

/** How often a generation was bought at the provider and what was charged for it. */
async function accountOf(id: string) {
  const { body } = await server.call('GET', '/v1/credits/ledger?limit=1000', { key: server.testKey });
  const entries = ledger.parse(body).data.filter((entry) => entry.generation_id === id);
  return {
    bought: emulators.seen.filter(
      ({ record }) => record.method === 'POST' && String(record.headers['x-emulate-scope']).startsWith(id),
    ).length,
    charged: entries.filter(({ kind }) => kind === 'settle').map((entry) => -entry.balance_delta),
    holds: entries.filter(({ kind }) => kind === 'hold').length,
  };
}

async function expectOnce(body: unknown): Promise<void> {
  const made = generation.parse(body);
  expect(made.status).toBe('succeeded');
  await fetchPicture(made.data[0]?.url);
  expect(await accountOf(made.id)).toStrictEqual({ bought: 1, charged: [made.credits_used], holds: 1 });
  expect(made.credits_used).toBeGreaterThan(0);
}

const POINTS = [
  ['the hold', /insert into "generations"/],
  ['the end', /"result_json" = /],
] as const;
const CASES = POINTS.flatMap(([name, statement]) =>
  (['reply', 'request'] as const).map((at) => ({ name, statement, at })),
);

it.each(CASES)('$name, cut at the $at', async ({ statement, at }) => {
  const cut = proxy.cutCommit(at, statement);
  const answer = await server.generate(flux);
  await cut;
  expect([answer.status, answer.body]).toMatchObject([200, {}]);
  await expectOnce(answer.body);
});

it.each(CASES)('$name of a call that waits in the queue, cut at the $at', async ({ statement, at }) => {
  const cut = proxy.cutCommit(at, statement);
  const headers = { prefer: 'respond-async', 'idempotency-key': `${at}-${String(statement).length}` };
  const ask = () =>
    server.call('POST', '/v1/images/generations', { key: server.testKey, headers, body: flux });
  const accepted = await ask();
  expect(accepted.status).toBe(202);
  await cut;
  const { id } = z.object({ id: z.string() }).parse(accepted.body);
  const read = async () =>
    generation.parse(
      (await server.call('GET', `/v1/images/generations/${id}`, { key: server.testKey })).body,
    );
  await expect.poll(async () => (await read()).status, { timeout: 20_000 }).toBe('succeeded');
  await expectOnce(await read());
  // Whoever asks again gets the same one.
  expect((await ask()).body).toMatchObject({ id });
});

it('a claim whose commit was lost is found again and run once', { timeout: 60_000 }, async () => {
  const cut = proxy.cutCommit('reply', /update "generations" set "status" = .*"run_after"/);
  const accepted = await server.call('POST', '/v1/images/generations', {
    key: server.testKey,
    headers: { prefer: 'respond-async' },
    body: flux,
  });
  await cut;
  const { id } = z.object({ id: z.string() }).parse(accepted.body);
  const read = async () =>
    generation.parse(
      (await server.call('GET', `/v1/images/generations/${id}`, { key: server.testKey })).body,
    );
  await expect.poll(async () => (await read()).status, { timeout: 30_000 }).toBe('succeeded');
  await expectOnce(await read());
});

it.each(['reply', 'request'] as const)(
  'what is no picture is not done again: a key whose commit was cut at the %s is told as unknown',
  async (at) => {
    const list = async () =>
      z
        .object({ data: z.array(z.looseObject({ name: z.string() })) })
        .parse((await server.call('GET', '/v1/keys', { key: server.liveKey })).body)
        .data.filter(({ name }) => name === `cut at ${at}`).length;
    const cut = proxy.cutCommit(at, /insert into "api_keys"/);
    const answer = await server.call('POST', '/v1/keys', {
      key: server.liveKey,
      body: { kind: 'test', role: 'viewer', name: `cut at ${at}` },
    });
    await cut;
    expect([answer.status, answer.body]).toMatchObject([503, { error: { code: 'storage_unavailable' } }]);
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(await list()).toBe(at === 'reply' ? 1 : 0);
  },
);
