/** Two gateways behind nginx, one of which ends while both are busy: as a service manager ends it, and as a power cut does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { fetchPicture, generation } from '../support/answers.js';
import { startCountingEmulators, type CountingEmulators } from '../support/counting-emulators.js';
import { findFreePort } from '../support/free-port.js';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { createOwnStores, type OwnStores } from '../support/own-stores.js';
import { expectBalancedBooks, LIVE_KEY, type Answer } from '../support/server.js';

/** Two whose protocols have tasks, one whose has none. */
const MODELS = ['qwen-image', 'flux-1.1-pro', 'flux-1-pro'];
const WITHOUT_TASKS = 'flux-1-pro';
const CALLS = 12;
const LEASE_S = 2;
/** Calls last so long upstream: the end comes in their midst. */
const SLOW_MS = 2_500;

let stores: OwnStores;
let emulators: CountingEmulators;
let nginx: Nginx;
let url: string;
let key: string;
let ports: readonly number[];
const gateways: GatewayProcess[] = [];

beforeAll(async () => {
  stores = await createOwnStores('shared');
  emulators = await startCountingEmulators();
  const port = await findFreePort();
  url = `http://127.0.0.1:${port}`;
  ports = [await findFreePort(), await findFreePort()];
  gateways.push(await start(0));
  gateways.push(await start(1));
  key = gateways[0]?.testKey ?? '';
  nginx = await startNginx(
    port,
    gateways.map((gateway) => gateway.url),
  );
  await call('PATCH', '/v1/workspace', {
    key: LIVE_KEY,
    body: { prc_opt_in: true, confirm: 'default' },
  });
  // What one of them has changed, the other one knows within seconds.
  for (const gateway of gateways) {
    await vi.waitFor(
      async () => {
        expect(await knowsOptIn(gateway.url)).toBe(true);
      },
      { timeout: 20_000, interval: 100 },
    );
  }
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.kill()));
  await nginx.stop();
  await emulators.close();
  await stores.remove();
});

const start = (index: number) =>
  startGatewayProcess({
    ...stores.env,
    PORT: String(ports[index] ?? 0),
    ATELIER_PUBLIC_URL: url,
    ATELIER_BOOTSTRAP_KEY: LIVE_KEY,
    ATELIER_EMULATORS_URL: emulators.url,
    ATELIER_LEASE_S: String(LEASE_S),
  });

async function call(
  method: string,
  pathname: string,
  options: {
    readonly key?: string | undefined;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Answer> {
  const response = await fetch(url + pathname, {
    method,
    headers: {
      authorization: `Bearer ${options.key ?? key}`,
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  // nginx answers for a gateway that is gone with a page.
  const body: unknown = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body };
}

async function knowsOptIn(gatewayUrl: string): Promise<boolean> {
  const answer = await fetch(`${gatewayUrl}/v1/workspace`, { headers: { authorization: `Bearer ${key}` } });
  return z.object({ prc_opt_in: z.boolean() }).parse(await answer.json()).prc_opt_in;
}

interface Ended {
  readonly model: string;
  readonly answer: Answer;
  /** How often it had to be asked, as the API's documentation has it: with the same key. */
  readonly asked: number;
}

/** A client as it should be: what got no answer of a gateway is asked again with its idempotency key. */
async function generate(name: string, index: number): Promise<Ended> {
  const model = MODELS[index % MODELS.length] ?? '';
  for (let asked = 1; ; asked += 1) {
    const answer = await call('POST', '/v1/images/generations', {
      headers: { 'idempotency-key': `${name}-${index}` },
      body: { model, prompt: `a paper boat ${index} [[emulate:slow-${SLOW_MS}]]`, response_format: 'url' },
    });
    if (answer.status < 502 || asked === 20) return { model, answer, asked };
    await sleep(200);
  }
}

const ledgerSchema = z.object({
  data: z.array(
    z.object({ kind: z.string(), generation_id: z.string().optional(), balance_delta: z.number() }),
  ),
});
const failureSchema = z.object({ error: z.looseObject({ code: z.string() }) });
/** The generations that calls to providers were made for. */
const scopesOf = (method: 'GET' | 'POST') =>
  emulators.seen
    .filter(({ record }) => record.method === method)
    .map(({ record }) => String(record.headers['x-emulate-scope']).split('/')[0] ?? '');

/** Every picture is there, was bought once and charged once, and nothing is held. */
async function expectPaidOnce(ended: readonly Ended[]): Promise<void> {
  const { data } = ledgerSchema.parse((await call('GET', '/v1/credits/ledger?limit=1000')).body);
  const submits = scopesOf('POST');
  for (const { answer } of ended.filter((one) => one.answer.status === 200)) {
    const made = generation.parse(answer.body);
    expect(made).toMatchObject({ status: 'succeeded', data: [{}] });
    const settled = data.filter((entry) => entry.kind === 'settle' && entry.generation_id === made.id);
    expect(settled.map((entry) => -entry.balance_delta)).toStrictEqual([made.credits_used]);
    expect(submits.filter((id) => id === made.id)).toHaveLength(1);
    await fetchPicture(made.data[0]?.url);
  }
  const delivered = ended.filter((one) => one.answer.status === 200).length;
  expect(new Set(ended.map(({ answer }) => answer.headers.get('x-generation-id'))).size).toBe(CALLS);
  expect(data.filter((entry) => entry.kind === 'settle').length).toBeGreaterThanOrEqual(delivered);
  await expectBalancedBooks(call, key);
}

/** Sends the calls, and ends one gateway when all of them are under way. */
async function endOneAmid(name: string, end: () => Promise<unknown>): Promise<readonly Ended[]> {
  const before = new Set(scopesOf('POST'));
  const calls = Array.from({ length: CALLS }, (_, index) => generate(name, index));
  // The first look at a task comes after it was written down.
  const underWay = () => {
    const submitted = new Set(scopesOf('POST').filter((id) => !before.has(id)));
    const polled = new Set(scopesOf('GET').filter((id) => submitted.has(id)));
    return [submitted.size, polled.size];
  };
  await expect
    .poll(underWay, { interval: 20, timeout: 20_000 })
    .toStrictEqual([CALLS, CALLS - CALLS / MODELS.length]);
  await end();
  return Promise.all(calls);
}

it('one that is asked to end answers all that it had begun; the other one takes what comes', async () => {
  const [first] = gateways;
  let code: number | null | undefined;
  let whileOneIsGone: Answer[] = [];
  const ended = await endOneAmid('stopped', async () => {
    code = await first?.stop();
    whileOneIsGone = await Promise.all([1, 2, 3, 4].map(() => call('GET', '/v1/credits')));
  });
  expect(code).toBe(0);
  expect(whileOneIsGone.map(({ status }) => status)).toStrictEqual([200, 200, 200, 200]);
  // Nobody had to ask twice.
  expect(ended.map(({ answer, asked }) => [answer.status, asked])).toStrictEqual(ended.map(() => [200, 1]));
  await expectPaidOnce(ended);
  gateways[0] = await start(0);
}, 90_000);

it('one that is killed loses no task and doubles nothing; its callers find their pictures by their keys', async () => {
  const ended = await endOneAmid('killed', () => gateways[1]?.kill() ?? Promise.resolve());
  expect(ended.some(({ asked }) => asked > 1)).toBe(true);
  const lost = ended.filter(({ answer }) => answer.status !== 200);
  // Whether a call without a task was made, nobody knows: it is told so, is free, and is not repeated.
  for (const { model, answer } of lost) {
    expect(model).toBe(WITHOUT_TASKS);
    expect(failureSchema.parse(answer.body).error.code).toBe('outcome_unknown');
  }
  await expectPaidOnce(ended);
  gateways[1] = await start(1);
}, 90_000);
