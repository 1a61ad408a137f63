/** Killed while a fallback works: it is gone on with where it was, and no model is asked again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startCountingEmulators, type CountingEmulators } from '../support/counting-emulators.js';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';

const LIVE_KEY = 'live-key-of-the-tests-0001';

let folder: string;
let emulators: CountingEmulators;
let gateway: GatewayProcess;

const start = () =>
  startGatewayProcess({
    ATELIER_DATA_DIR: folder,
    ATELIER_BOOTSTRAP_KEY: LIVE_KEY,
    ATELIER_EMULATORS_URL: emulators.url,
    ATELIER_EMULATOR_DETAIL: 'plain',
  });

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'atelier-resume-'));
  emulators = await startCountingEmulators();
  gateway = await start();
});
afterAll(async () => {
  await gateway.kill();
  await emulators.close();
  rmSync(folder, { recursive: true, force: true });
});

const call = async (key: string, method: string, pathname: string, body?: unknown): Promise<unknown> => {
  const response = await fetch(gateway.url + pathname, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
};

const ledgerSchema = z.object({
  data: z.array(
    z.object({ kind: z.string(), balance_delta: z.number(), generation_id: z.string().optional() }),
  ),
});

it('a task of the second model is polled on; neither model is asked again, and the second is charged', async () => {
  const key = gateway.testKey ?? '';
  await call(LIVE_KEY, 'PATCH', '/v1/workspace', { prc_opt_in: true, confirm: 'default' });
  const polls = () =>
    emulators.seen.filter((one) => one.provider === 'bfl' && one.record.method === 'GET').length;
  const abandoned = call(key, 'POST', '/v1/images/generations', {
    model: 'qwen-image',
    prompt:
      'a paper boat [[emulate:bad-base64@qwen-image]] [[emulate:out-of-credit@qwen-image]] [[emulate:slow-4000@flux-1.1-pro]]',
    fallback: ['flux-1.1-pro', 'flux-1-pro'],
    n: 1,
    response_format: 'url',
  }).catch(() => undefined);
  await expect.poll(polls, { timeout: 20_000, interval: 20 }).toBeGreaterThan(0);
  const before = [emulators.submits('qwen'), emulators.submits('bfl'), emulators.submits('openai-images')];
  await gateway.kill();
  await abandoned;

  gateway = await start();
  const { data } = ledgerSchema.parse(await call(key, 'GET', '/v1/credits/ledger'));
  const id = data.find(({ kind }) => kind === 'hold')?.generation_id ?? '';
  const read = async () =>
    z
      .looseObject({ status: z.string(), model: z.string(), credits_used: z.number() })
      .parse(await call(key, 'GET', `/v1/images/generations/${id}`));
  await expect.poll(async () => (await read()).status, { timeout: 25_000, interval: 50 }).toBe('succeeded');
  const finished = await read();
  expect(finished.model).toBe('flux-1.1-pro');
  expect(finished['receipt']).toMatchObject({ fallback_from: 'qwen-image', fallback_depth: 1 });
  expect([emulators.submits('qwen'), emulators.submits('bfl'), emulators.submits('openai-images')]).toEqual(
    before,
  );
  expect(emulators.submits('bfl')).toBe(1);
  expect(emulators.submits('openai-images')).toBe(0);
  const after = ledgerSchema.parse(await call(key, 'GET', '/v1/credits/ledger'));
  const settled = after.data.filter((entry) => entry.kind === 'settle');
  expect(settled.map((entry) => -entry.balance_delta)).toEqual([finished.credits_used]);
  expect(await call(key, 'GET', '/v1/credits')).toMatchObject({ held: 0 });
}, 90_000);
