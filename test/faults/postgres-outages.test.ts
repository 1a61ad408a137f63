/**
 * PostgreSQL restarts, ends all connections, stays away for longer than callers wait, says nothing any more, or is replaced by its standby, while
 * pictures are made: everything that was begun ends with its picture, bought once and charged once, and without a restart.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { fetchPicture, generation } from '../support/answers.js';
import { startCountingEmulators, type CountingEmulators } from '../support/counting-emulators.js';
import { allEvents } from '../support/events.js';
import { startOwnPostgres, type OwnPostgres } from '../support/own-postgres.js';
import { startPostgresProxy, type PostgresProxy } from '../support/postgres-proxy.js';
import { expectBalancedBooks, startTestServer, type Answer, type TestServer } from '../support/server.js';

/** Two whose protocols have tasks, one whose has none. */
const MODELS = ['qwen-image', 'flux-1.1-pro', 'flux-1-pro'];
const SLOW_MS = 1_500;
/** How long queries wait for an answer; by default it is half a minute. */
const ANSWER_MS = 4_000;

let postgres: OwnPostgres;
let proxy: PostgresProxy;
let emulators: CountingEmulators;
let server: TestServer;
let standby: OwnPostgres | undefined;
let round = 0;

beforeAll(async () => {
  postgres = await startOwnPostgres();
  proxy = await startPostgresProxy(postgres.url);
  emulators = await startCountingEmulators();
  server = await startTestServer({
    realTime: true,
    env: {
      DATABASE_URL: `${proxy.url}?query_timeout=${ANSWER_MS}`,
      ATELIER_SECRET: 's'.repeat(32),
      ATELIER_EMULATORS_URL: emulators.url,
      ATELIER_LEASE_S: '30',
    },
  });
  const body = { prc_opt_in: true, confirm: 'default' };
  expect((await server.call('PATCH', '/v1/workspace', { key: server.liveKey, body })).status).toBe(200);
});
afterAll(async () => {
  await server.stop();
  await standby?.remove();
  await emulators.close();
  await proxy.close();
  await postgres.remove();
});
beforeEach(() => {
  round += 1;
});

const record = z.looseObject({ id: z.string(), status: z.string() });

/** One of each model at once: waited for, streamed, and in the queue. Resolves when all of them are under way upstream. */
async function begin() {
  const before = emulators.seen.length;
  const body = (model: string) => ({
    model,
    prompt: `a paper boat ${round} [[emulate:slow-${SLOW_MS}]]`,
    response_format: 'url',
  });
  const headers = { authorization: `Bearer ${server.testKey}`, 'content-type': 'application/json' };
  const waited = MODELS.map((model) => server.generate(body(model)));
  const streamed = MODELS.map(async (model) => {
    const response = await fetch(`${server.url}/v1/images/generations`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ ...body(model), stream: true, response_format: 'b64_json' }),
    });
    return { id: response.headers.get('x-generation-id') ?? '', events: await allEvents(response) };
  });
  const queued = await Promise.all(
    MODELS.map(async (model) => {
      const accepted = await server.call('POST', '/v1/images/generations', {
        key: server.testKey,
        headers: { prefer: 'respond-async' },
        body: body(model),
      });
      expect(accepted.status).toBe(202);
      return record.parse(accepted.body).id;
    }),
  );
  const underWay = () => {
    const seen = emulators.seen.slice(before);
    const scopes = (method: string, among: readonly string[]) =>
      new Set(
        seen
          .filter(({ provider, record: one }) => one.method === method && among.includes(provider))
          .map(({ record: one }) => String(one.headers['x-emulate-scope']).split('/')[0])
          // Pictures are downloaded without a word on what for.
          .filter((id) => id?.startsWith('gen_')),
      ).size;
    // The first look at a task comes after it was written down.
    return [scopes('POST', ['qwen', 'bfl', 'openai-images']), scopes('GET', ['qwen', 'bfl'])];
  };
  await expect.poll(underWay, { interval: 20, timeout: 20_000 }).toStrictEqual([9, 6]);
  return { waited, streamed, queued };
}

const read = async (id: string) =>
  generation.parse((await server.call('GET', `/v1/images/generations/${id}`, { key: server.testKey })).body);

const ledger = z.object({
  data: z.array(
    z.object({ kind: z.string(), generation_id: z.string().optional(), balance_delta: z.number() }),
  ),
});

/** Everything that was begun has its picture, was sent once and charged once. */
async function expectAll({ waited, streamed, queued }: Awaited<ReturnType<typeof begin>>): Promise<void> {
  const answers = await Promise.all(waited);
  expect(answers.map(({ status, body }) => [status, body])).toMatchObject(MODELS.map(() => [200, {}]));
  const streams = await Promise.all(streamed);
  for (const { events } of streams) expect(events.at(-1)?.event).toBe('image_generation.completed');
  for (const id of queued) {
    await expect.poll(async () => (await read(id)).status, { timeout: 20_000 }).toBe('succeeded');
  }
  const ids = [
    ...answers.map(({ body }) => generation.parse(body).id),
    ...streams.map(({ id }) => id),
    ...queued,
  ];
  const page = await server.call('GET', '/v1/credits/ledger?limit=1000', { key: server.testKey });
  const { data } = ledger.parse(page.body);
  for (const id of ids) {
    const made = await read(id);
    expect(made.status).toBe('succeeded');
    await fetchPicture(made.data[0]?.url);
    const settled = data.filter((entry) => entry.kind === 'settle' && entry.generation_id === id);
    expect(settled.map((entry) => -entry.balance_delta)).toStrictEqual([made.credits_used]);
    const bought = emulators.seen.filter(
      ({ record: one }) => one.method === 'POST' && String(one.headers['x-emulate-scope']).startsWith(id),
    );
    expect(bought).toHaveLength(1);
  }
  await expectBalancedBooks((...call) => server.call(...call), server.testKey);
}

/** Asks for everything that needs the database, again and again until it is told to end. */
function askOn() {
  const answers: Answer[] = [];
  const readiness: number[] = [];
  let asking = true;
  const each = async (ask: () => Promise<Answer>, take: (answer: Answer) => void) => {
    while (asking) {
      take(await ask());
      await sleep(50);
    }
  };
  const keep = (answer: Answer) => {
    answers.push(answer);
  };
  const all = [
    each(() => server.call('GET', '/v1/credits', { key: server.testKey }), keep),
    each(() => server.call('GET', '/v1/images?limit=5', { key: server.testKey }), keep),
    each(() => server.generate({ model: 'atelier-sketch', prompt: 'a pond', size: '256x256' }), keep),
    each(
      () => server.call('GET', '/readyz'),
      ({ status }) => readiness.push(status),
    ),
  ];
  return {
    end: async () => {
      asking = false;
      await Promise.all(all);
      return { answers, readiness };
    },
  };
}

/** Whoever was not served was told so, when to come back, and that nothing was done. */
function expectServedOrToldLater(answers: readonly Answer[]): void {
  for (const { status, headers, body } of answers) {
    if (status === 200) continue;
    expect([status, body]).toMatchObject([503, { error: { code: 'storage_unavailable' } }]);
    expect(JSON.stringify(body)).not.toMatch(/ECONN|terminat|at .*\.[jt]s:/);
    if (headers.get('x-should-retry') === 'true') expect(headers.get('retry-after')).toMatch(/^\d+$/);
  }
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
}

it.each(['fast', 'immediate'] as const)('a restart, %s', { timeout: 60_000 }, async (mode) => {
  const begun = await begin();
  const asking = askOn();
  await postgres.restart(mode);
  await expectAll(begun);
  const { answers } = await asking.end();
  expectServedOrToldLater(answers);
});

it('all connections are ended, ten times in two seconds', { timeout: 60_000 }, async () => {
  const begun = await begin();
  const asking = askOn();
  let ended = 0;
  for (let times = 0; times < 10; times += 1) {
    ended += await postgres.terminateAll();
    await sleep(200);
  }
  expect(ended).toBeGreaterThan(10);
  await expectAll(begun);
  expectServedOrToldLater((await asking.end()).answers);
});

it('the database is away for longer than anybody waits for it', { timeout: 90_000 }, async () => {
  const begun = await begin();
  const asking = askOn();
  await postgres.stop('fast');
  // The pictures come meanwhile.
  await sleep(12_000);
  const startMs = performance.now();
  const refused = await server.call('GET', '/v1/credits', { key: server.testKey });
  // By now nobody is kept waiting.
  expect([refused.status, performance.now() - startMs < 1_000]).toStrictEqual([503, true]);
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  expect((await server.call('GET', '/readyz')).status).toBe(503);
  expect((await server.call('GET', '/healthz')).status).toBe(200);
  await postgres.start();
  await expectAll(begun);
  const { answers, readiness } = await asking.end();
  expectServedOrToldLater(answers);
  expect(answers.some(({ status }) => status === 503)).toBe(true);
  expect([readiness.includes(503), readiness.at(-1)]).toStrictEqual([true, 200]);
});

it('the network swallows everything, and nobody closes anything', { timeout: 90_000 }, async () => {
  const begun = await begin();
  const startMs = performance.now();
  proxy.stall();
  try {
    const asked = Array.from({ length: 40 }, () =>
      server.call('GET', '/v1/credits', { key: server.testKey }),
    );
    for (const { status, headers } of await Promise.all(asked)) {
      expect([status, headers.get('retry-after')]).toStrictEqual([503, '2']);
    }
    // An answer is waited for, then connections, then their return; then nobody is kept waiting.
    expect(performance.now() - startMs).toBeLessThan(ANSWER_MS + 20_000);
    const refusalMs = async () => {
      const askedMs = performance.now();
      expect((await server.call('GET', '/v1/credits', { key: server.testKey })).status).toBe(503);
      return performance.now() - askedMs;
    };
    await expect.poll(refusalMs, { interval: 50, timeout: 30_000 }).toBeLessThan(1_000);
    expect((await server.call('GET', '/readyz')).status).toBe(503);
    expect((await server.call('GET', '/healthz')).status).toBe(200);
  } finally {
    proxy.flow();
  }
  await expectAll(begun);
  await expect.poll(async () => (await server.call('GET', '/readyz')).status, { timeout: 10_000 }).toBe(200);
});

// The last one: the first database is gone for good.
it(
  'a failover: the first server dies, and its standby takes over at the same address',
  { timeout: 90_000 },
  async () => {
    standby = await startOwnPostgres(postgres);
    await postgres.waitForStandby();
    const begun = await begin();
    const asking = askOn();
    await postgres.stop('immediate');
    proxy.lead(standby.port);
    // For a while there is a server that only reads.
    await sleep(1_000);
    await standby.promote();
    await expectAll(begun);
    expectServedOrToldLater((await asking.end()).answers);
  },
);
