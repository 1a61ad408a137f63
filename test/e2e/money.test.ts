/** What is paid for is delivered and the other way round, however many ask at once, over real HTTP on both databases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { loadConfig } from '../../src/config/load.js';
import { providers } from '../../src/providers/registry.js';
import { listProviderSettings } from '../../src/providers/settings.js';
import { startServer, type Server } from '../../src/server.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { createTestFolder } from '../factories/temporary-folder.js';
import { createTestDatabase } from '../support/postgres.js';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/server.js';

const PICTURES = 50;
const REQUESTS = 200;
const LANES = 4;
const SECRET = 'secret-of-the-money-tests-0123456789abcdef';

const generationSchema = z.object({
  id: z.string(),
  status: z.string(),
  credits_used: z.number(),
  data: z.array(z.object({ id: z.string() })),
  errors: z.array(z.object({ image: z.number(), code: z.string(), message: z.string() })).optional(),
});
const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const creditsSchema = z.object({ balance: z.number(), available: z.number(), held: z.number() });
/** What is looked at of an answer. */
interface Answer {
  readonly status: number;
  readonly retry: string | string[] | undefined;
  readonly body: unknown;
}

const ledgerSchema = z.object({
  data: z.array(z.looseObject({ kind: z.string(), balance_delta: z.number() })),
});

/** A workspace with its own test key and so many credits. */
async function createKey(server: TestServer, credits: number): Promise<string> {
  const made = await server.call('POST', '/v1/admin/workspaces', {
    key: ADMIN_TOKEN,
    body: { name: 'money', credits },
  });
  const { id } = z.object({ id: z.string() }).parse(made.body);
  const key = await server.call('POST', '/v1/admin/keys', {
    key: ADMIN_TOKEN,
    body: { workspace: id, kind: 'test', role: 'owner', name: 'spender' },
  });
  return z.object({ key: z.string() }).parse(key.body).key;
}

async function balanceOf(server: TestServer, key: string): Promise<z.output<typeof creditsSchema>> {
  const { balance, available, held } = creditsSchema.parse(
    (await server.call('GET', '/v1/credits', { key })).body,
  );
  return { balance, available, held };
}

/** Another process's gateway on the same database, as far as one process can be two. */
async function startSecondGateway(env: Readonly<Record<string, string>>): Promise<Server> {
  const dataDir = createTestFolder();
  const config = loadConfig(
    {
      ATELIER_DATA_DIR: dataDir.path,
      PORT: '0',
      LOG_LEVEL: 'silent',
      ATELIER_EMULATOR_DETAIL: 'plain',
      ATELIER_PAINTER_THREADS: '1',
      ...env,
    },
    listProviderSettings(providers),
  );
  const server = await startServer({ config, logger: createLogger('silent') });
  return {
    ...server,
    stop: async () => {
      await server.stop();
      dataDir.remove();
    },
  };
}

/** Four clients ask at once, spread over the gateways, each on connections of its own. */
async function askAll(urls: readonly string[], key: string): Promise<readonly Answer[]> {
  const lanes = Array.from({ length: LANES }, (_, lane) => urls[lane % urls.length] ?? '');
  const answers = await Promise.all(
    lanes.map(async (url, lane) => {
      const client = new Agent({ connections: REQUESTS / LANES });
      const asked = Array.from({ length: REQUESTS / LANES }, (_, index) =>
        ask(client, url, key, `picture ${lane}/${index}`),
      );
      return Promise.all(asked).finally(() => client.close());
    }),
  );
  return answers.flat();
}

async function ask(client: Agent, url: string, key: string, prompt: string): Promise<Answer> {
  const answer = await request(`${url}/v1/images/generations`, {
    dispatcher: client,
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    // With a size and a quality the hold is the price: nobody is refused for what somebody else gets back.
    body: JSON.stringify({
      model: 'dall-e-3',
      prompt,
      size: '1024x1024',
      quality: 'standard',
      response_format: 'url',
    }),
  });
  return {
    status: answer.statusCode,
    retry: answer.headers['x-should-retry'],
    body: await answer.body.json(),
  };
}

async function expectExactlyPaid(first: TestServer, urls: readonly string[], key: string): Promise<void> {
  const answers = await askAll(urls, key);
  const delivered = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 402);
  expect([delivered.length, refused.length]).toStrictEqual([PICTURES, REQUESTS - PICTURES]);
  const pictures = delivered.flatMap(({ body }) => generationSchema.parse(body).data.map(({ id }) => id));
  expect(new Set(pictures).size).toBe(PICTURES);
  for (const { body } of delivered) expect(generationSchema.parse(body).credits_used).toBe(4);
  for (const { body, retry } of refused) {
    const { error } = errorSchema.parse(body);
    expect(error.code).toBe('insufficient_credits');
    expect(error.message).toMatch(/^This request needs up to 4 credits, \d+ (is|are) available\.$/);
    expect(retry).toBe('false');
  }
  expect(await balanceOf(first, key)).toStrictEqual({ balance: 0, available: 0, held: 0 });
  const ledger = await first.call('GET', '/v1/credits/ledger?limit=1000', { key });
  const settled = ledgerSchema.parse(ledger.body).data.filter(({ kind }) => kind === 'settle');
  expect(settled.map((entry) => entry.balance_delta)).toStrictEqual(Array<number>(PICTURES).fill(-4));
}

describe('200 requests at once on a balance for 50', () => {
  it('give 50 pictures and 150 refusals, on an embedded database', async () => {
    const server = await startTestServer();
    try {
      await expectExactlyPaid(server, [server.url], await createKey(server, 4 * PICTURES));
    } finally {
      await server.stop();
    }
  });

  it('give 50 pictures and 150 refusals, on two gateways that share PostgreSQL', async () => {
    const database = await createTestDatabase();
    const env = { DATABASE_URL: database.url, ATELIER_SECRET: SECRET };
    const first = await startTestServer({ env });
    const second = await startSecondGateway(env);
    try {
      await expectExactlyPaid(first, [first.url, second.url], await createKey(first, 4 * PICTURES));
    } finally {
      await second.stop();
      await first.stop();
      await database.drop();
    }
  });
});

describe('a part of the pictures', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => {
    await server.stop();
  });

  it.each([
    // Each picture is a call of its own.
    { model: 'dall-e-3', refused: 'moderated-prompt', lost: 'bad-base64', price: 4 },
    // One call for all: what the provider bills for the lost ones is not the caller's.
    { model: 'grok-image', refused: 'moderated-output', lost: 'no-image', price: 4 },
  ])(
    'of $model is delivered and charged, and each missing one says why',
    async ({ model, refused, lost, price }) => {
      const key = await createKey(server, 1000);
      const answer = await server.generate(
        {
          model,
          prompt: `four boats [[emulate:${refused}#2]] [[emulate:${lost}#4]]`,
          n: 4,
          size: '1024x1024',
          quality: model === 'grok-image' ? 'low' : 'standard',
          response_format: 'url',
        },
        key,
      );
      expect(answer.status).toBe(200);
      const generation = generationSchema.parse(answer.body);
      expect(generation.status).toBe('partial');
      expect(generation.data).toHaveLength(2);
      expect(generation.credits_used).toBe(2 * price);
      const errors = generation.errors ?? [];
      expect(errors.map(({ image }) => image)).toStrictEqual([2, 4]);
      expect(errors[0]?.code).toBe('content_policy_violation');
      expect(errors[1]?.code).not.toBe('content_policy_violation');
      for (const { message } of errors) expect(message).toMatch(/\w/);
      const left = 1000 - 2 * price;
      expect(await balanceOf(server, key)).toStrictEqual({ balance: left, available: left, held: 0 });
    },
  );
});
