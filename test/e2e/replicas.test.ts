/** Two processes on one PostgreSQL: what becomes of the work of one that dies, or that stands still for too long. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { fetchPicture, generation } from '../support/answers.js';
import { startCountingEmulators, type CountingEmulators } from '../support/counting-emulators.js';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres.js';
import { LIVE_KEY } from '../support/server.js';

const LEASE_S = 2;

let folder: string;
let database: TestDatabase;
let emulators: CountingEmulators;
let first: GatewayProcess;
let second: GatewayProcess;
let key: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'atelier-replicas-'));
  database = await createEmptyDatabase();
  emulators = await startCountingEmulators();
  first = await start();
  key = first.testKey ?? '';
  second = await start();
  await call(first, 'PATCH', '/v1/workspace', { prc_opt_in: true, confirm: 'default' }, LIVE_KEY);
});
afterAll(async () => {
  await Promise.all([first.kill(), second.kill()]);
  await emulators.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const start = () =>
  startGatewayProcess({
    DATABASE_URL: database.url,
    ATELIER_SECRET: 'a-secret-that-the-two-processes-share',
    ATELIER_DATA_DIR: folder,
    ATELIER_BOOTSTRAP_KEY: LIVE_KEY,
    ATELIER_EMULATORS_URL: emulators.url,
    ATELIER_LEASE_S: String(LEASE_S),
  });

const call = (
  gateway: GatewayProcess,
  method: string,
  pathname: string,
  body?: unknown,
  secret = key,
): Promise<Response> =>
  fetch(gateway.url + pathname, {
    method,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

/** Calls a gateway that will not answer any more. @returns the ids of what it had begun, once all of it is under way upstream */
async function beginOn(
  gateway: GatewayProcess,
  models: readonly string[],
  slowMs: number,
): Promise<readonly string[]> {
  const before = new Set((await list(second)).map(({ id }) => id));
  const seenBefore = emulators.seen.length;
  for (const model of models) {
    const prompt = `a paper boat [[emulate:slow-${slowMs}]]`;
    call(gateway, 'POST', '/v1/images/generations', { model, prompt, response_format: 'url' }).catch(() => {
      // Its process is gone, or stood still for too long.
    });
  }
  // The first look at a task comes after it was written down.
  const underWay = () => {
    const seen = emulators.seen.slice(seenBefore);
    const polled = new Set(
      seen.filter(({ record }) => record.method === 'GET').map(({ provider }) => provider),
    );
    const posted = new Set(
      seen.filter(({ record }) => record.method === 'POST').map(({ provider }) => provider),
    );
    return [polled.has('qwen'), polled.has('bfl'), models.length < 3 || posted.has('openai-images')];
  };
  await expect.poll(underWay, { interval: 20, timeout: 15_000 }).toEqual([true, true, true]);
  return (await list(second)).map(({ id }) => id).filter((id) => !before.has(id));
}

const record = generation.omit({ receipt: true }).extend({
  error: z.looseObject({ code: z.string() }).optional(),
});
const list = async (gateway: GatewayProcess) =>
  z
    .object({ data: z.array(record) })
    .parse(await (await call(gateway, 'GET', '/v1/images/generations?limit=100')).json()).data;

const statusOf = async (ids: readonly string[]) =>
  (await list(second)).filter(({ id }) => ids.includes(id)).map(({ status }) => status);

/** Each image was sent once, and each that was delivered was charged once. */
async function expectOnce(ids: readonly string[]): Promise<void> {
  const scopes = emulators.seen
    .filter(({ record: { method } }) => method === 'POST')
    .map(({ record: { headers } }) => String(headers['x-emulate-scope']));
  for (const id of ids) expect(scopes.filter((scope) => scope.startsWith(id))).toHaveLength(1);
  const ledger = z
    .object({
      data: z.array(
        z.object({ kind: z.string(), generation_id: z.string().optional(), balance_delta: z.number() }),
      ),
    })
    .parse(await (await call(second, 'GET', '/v1/credits/ledger?limit=1000')).json());
  for (const one of (await list(second)).filter(({ id }) => ids.includes(id))) {
    const settled = ledger.data.filter(({ kind, generation_id: id }) => kind === 'settle' && id === one.id);
    expect(settled.map((entry) => -entry.balance_delta)).toEqual([one.credits_used]);
    for (const { url } of one.data) await fetchPicture(url);
  }
  expect(await (await call(second, 'GET', '/v1/credits')).json()).toMatchObject({ held: 0 });
}

it('a process that stands still loses its work, doubles nothing when it wakes, and delivers what came to it', async () => {
  const ids = await beginOn(first, ['qwen-image', 'flux-1.1-pro', 'flux-1-pro'], 1_000);
  expect(ids).toHaveLength(3);
  first.stall();
  // Tasks are polled on by the other one; of the call without a task it knows nothing.
  await expect
    .poll(async () => [...(await statusOf(ids))].sort(), { interval: 100, timeout: 20_000 })
    .toEqual(['failed', 'succeeded', 'succeeded']);
  first.wake();
  await expect
    .poll(() => statusOf(ids), { interval: 100, timeout: 20_000 })
    .toEqual(['succeeded', 'succeeded', 'succeeded']);
  await expectOnce(ids);
}, 60_000);

it('what a killed process ran is finished by the other one; tasks are not bought again', async () => {
  const ids = await beginOn(first, ['qwen-image', 'flux-1.1-pro'], 1_500);
  expect(ids).toHaveLength(2);
  await first.kill();
  await expect
    .poll(() => statusOf(ids), { interval: 100, timeout: 20_000 })
    .toEqual(['succeeded', 'succeeded']);
  await expectOnce(ids);
}, 60_000);
