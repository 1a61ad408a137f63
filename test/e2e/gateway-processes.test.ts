/** Money, keys and idempotency where every gateway and every client is a process of its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { DatabaseName } from '../factories/stores.js';
import { createTestFolder } from '../factories/temporary-folder.js';
import { startChild, type Child } from '../support/child.js';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { createEmptyDatabase } from '../support/postgres.js';
import { ADMIN_TOKEN } from '../support/server.js';

const PICTURES = 50;
const REQUESTS = 200;
const CLIENTS = 4;

/** For a machine that has other things to do. */
const TIMEOUT_MS = 120_000;

// With a size and a quality the hold is the price: nobody is refused for what somebody else gets back.
const WISH = {
  model: 'dall-e-3',
  prompt: 'a picture',
  size: '1024x1024',
  quality: 'standard',
  response_format: 'url',
};

const generationSchema = z.looseObject({
  id: z.string(),
  credits_used: z.number(),
  data: z.array(z.looseObject({ id: z.string() })),
});
const errorSchema = z.object({ error: z.looseObject({ code: z.string(), message: z.string() }) });
const answersSchema = z.array(
  z.object({
    status: z.number(),
    headers: z.record(z.string(), z.unknown()),
    body: z.unknown(),
  }),
);
const ledgerSchema = z.object({
  data: z.array(z.looseObject({ kind: z.string(), balance_delta: z.number() })),
});

// Starting a process costs far more than its work: the same clients serve both databases.
let clients: readonly Child[];
beforeAll(() => {
  clients = Array.from({ length: CLIENTS }, () => startChild('ask-in-child.ts'));
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.kill()));
});

interface Gateways {
  readonly all: readonly GatewayProcess[];
  readonly call: (
    method: string,
    pathname: string,
    key: string,
    body?: unknown,
    gateway?: number,
  ) => Promise<Called>;
  readonly stop: () => Promise<void>;
}

interface Called {
  readonly status: number;
  readonly body: unknown;
}

async function startGateways(database: DatabaseName, count: number): Promise<Gateways> {
  const folder = createTestFolder();
  const own = database === 'postgres' ? await createEmptyDatabase() : undefined;
  const env = {
    ATELIER_DATA_DIR: folder.path,
    ATELIER_ADMIN_TOKEN: ADMIN_TOKEN,
    ATELIER_EMULATOR_DETAIL: 'plain',
    ATELIER_PAINTER_THREADS: '1',
    ...(own === undefined
      ? {}
      : { DATABASE_URL: own.url, ATELIER_SECRET: 'secret-of-the-process-tests-0123456789ab' }),
  };
  const all = await Promise.all(Array.from({ length: count }, () => startGatewayProcess(env)));
  return {
    all,
    call: async (method, pathname, key, body, gateway = 0) => {
      const response = await fetch(`${all[gateway]?.url ?? ''}${pathname}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    },
    stop: async () => {
      await Promise.all(all.map((gateway) => gateway.kill()));
      await own?.drop();
      folder.remove();
    },
  };
}

/** A workspace of its own with so many credits. */
async function createTenant({ call }: Gateways, credits: number) {
  const made = await call('POST', '/v1/admin/workspaces', ADMIN_TOKEN, { name: 'money', credits });
  const { id: workspace } = z.object({ id: z.string() }).parse(made.body);
  const create = async (role: string) => {
    const body = { workspace, kind: 'test', role, name: role };
    const { body: answer } = await call('POST', '/v1/admin/keys', ADMIN_TOKEN, body);
    return z.object({ id: z.string(), key: z.string() }).parse(answer);
  };
  return { owner: (await create('owner')).key, create };
}

/** So many requests from four clients at once, each at one gateway. */
async function askAll({ all }: Gateways, key: string, requests: number, idempotencyKey?: string) {
  for (const [index, client] of clients.entries()) {
    const url = all[index % all.length]?.url;
    client.tell(JSON.stringify({ url, key, requests: requests / CLIENTS, body: WISH, idempotencyKey }));
  }
  for (const client of clients) expect(await client.nextLine()).toBe('ready');
  for (const client of clients) client.tell('go');
  const lines = await Promise.all(clients.map((client) => client.nextLine()));
  return lines.flatMap((line) => answersSchema.parse(JSON.parse(line)));
}

async function readSettled({ call }: Gateways, key: string): Promise<readonly number[]> {
  const { body } = await call('GET', '/v1/credits/ledger?limit=1000', key);
  const settled = ledgerSchema.parse(body).data.filter(({ kind }) => kind === 'settle');
  return settled.map((entry) => entry.balance_delta);
}

async function expectExactlyPaid(gateways: Gateways): Promise<void> {
  const { owner } = await createTenant(gateways, 4 * PICTURES);
  const answers = await askAll(gateways, owner, REQUESTS);
  const delivered = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 402);
  // Whatever else was answered is shown.
  const others = answers.filter(({ status }) => status !== 200 && status !== 402);
  expect(others).toStrictEqual([]);
  expect([delivered.length, refused.length]).toStrictEqual([PICTURES, REQUESTS - PICTURES]);
  const pictures = delivered.flatMap(({ body }) => generationSchema.parse(body).data.map(({ id }) => id));
  expect(new Set(pictures).size).toBe(PICTURES);
  for (const { body } of delivered) expect(generationSchema.parse(body).credits_used).toBe(4);
  for (const { body, headers } of refused) {
    const { error } = errorSchema.parse(body);
    expect(error.code).toBe('insufficient_credits');
    expect(error.message).toMatch(/^This request needs up to 4 credits, \d+ (is|are) available\.$/);
    expect(headers['x-should-retry']).toBe('false');
  }
  expect((await gateways.call('GET', '/v1/credits', owner)).body).toMatchObject({
    balance: 0,
    available: 0,
    held: 0,
  });
  expect(await readSettled(gateways, owner)).toStrictEqual(Array<number>(PICTURES).fill(-4));
}

describe('four clients of one gateway on an embedded database', () => {
  it(
    'get 50 pictures and 150 refusals for 200 requests at once on a balance for 50',
    async () => {
      const gateways = await startGateways('sqlite', 1);
      try {
        await expectExactlyPaid(gateways);
      } finally {
        await gateways.stop();
      }
    },
    TIMEOUT_MS,
  );
});

describe('four gateways that share PostgreSQL', () => {
  let gateways: Gateways;
  beforeAll(async () => {
    gateways = await startGateways('postgres', 4);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await gateways.stop();
  });

  it(
    'give 50 pictures and 150 refusals for 200 requests at once on a balance for 50',
    async () => {
      await expectExactlyPaid(gateways);
    },
    TIMEOUT_MS,
  );

  it('buy once for one idempotency key that all of them are asked with at once', async () => {
    const { owner } = await createTenant(gateways, 100);
    const answers = await askAll(gateways, owner, 20, 'one-order');
    expect(answers.map(({ status }) => status)).toStrictEqual(Array<number>(20).fill(200));
    expect(new Set(answers.map(({ body }) => generationSchema.parse(body).id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === 'true')).toHaveLength(19);
    expect(await readSettled(gateways, owner)).toStrictEqual([-4]);
  });

  it('refuse a key that one of them revoked within five seconds, all of them', async () => {
    const { owner, create } = await createTenant(gateways, 1);
    const { id, key } = await create('viewer');
    const knows = async (gateway: number) =>
      (await gateways.call('GET', '/v1/workspace', key, undefined, gateway)).status === 200;
    const numbers = gateways.all.map((_, gateway) => gateway);
    expect(await Promise.all(numbers.map(knows))).toStrictEqual([true, true, true, true]);
    const revoked = await gateways.call('DELETE', `/v1/keys/${id}`, owner);
    const revokedAt = Date.now();
    expect([revoked.status, await knows(0)]).toStrictEqual([200, false]);
    for (const gateway of numbers) {
      while (await knows(gateway)) expect(Date.now() - revokedAt).toBeLessThan(5_000);
    }
    expect(Date.now() - revokedAt).toBeLessThan(5_000);
  });
});
