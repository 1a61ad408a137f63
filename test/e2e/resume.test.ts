/** Killed without warning while a provider works on a task: the task is taken up again, and bought only once. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { fetchPicture, generation } from '../support/answers.js';
import { startCountingEmulators, type CountingEmulators } from '../support/counting-emulators.js';

const program = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
const LIVE_KEY = 'live-key-of-the-tests-0001';

let folder: string;
let emulators: CountingEmulators;
let gateways: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'atelier-resume-'));
  emulators = await startCountingEmulators();
});
afterEach(async () => {
  for (const gateway of gateways) gateway.kill('SIGKILL');
  gateways = [];
  await emulators.close();
  rmSync(folder, { recursive: true, force: true });
});

async function startGateway(
  env: Readonly<Record<string, string>> = {},
): Promise<{ child: ChildProcess; url: string; output: string }> {
  const child = spawn(process.execPath, [program, 'serve'], {
    env: {
      ...process.env,
      PORT: '0',
      ATELIER_DATA_DIR: folder,
      ATELIER_BOOTSTRAP_KEY: LIVE_KEY,
      ATELIER_EMULATORS_URL: emulators.url,
      LOG_LEVEL: 'silent',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  gateways.push(child);
  let output = '';
  for await (const chunk of child.stdout) {
    output += String(chunk);
    const url = /listens on (http:\S+)/.exec(output)?.[1];
    // The keys follow the address in the same piece.
    if (url !== undefined && output.endsWith('\n\n')) return { child, url, output };
  }
  throw new Error(`the gateway did not start: ${output}`);
}

const call = (url: string, key: string, method: string, pathname: string, body?: unknown) =>
  fetch(url + pathname, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

it.each([
  ['qwen', 'qwen-image'],
  ['bfl', 'flux-1.1-pro'],
  ['comfyui', 'flux-1-pro'],
])(
  'a task of %s is polled on after kill -9, submitted once and charged once',
  async (provider, model) => {
    const env = provider === 'comfyui' ? { FLUX_PROTOCOL: 'comfyui' } : {};
    const first = await startGateway(env);
    const key = /atl_test_\w+/.exec(first.output)?.[0] ?? '';
    await call(first.url, LIVE_KEY, 'PATCH', '/v1/workspace', { prc_opt_in: true, confirm: 'default' });
    const wish = { model, prompt: 'a paper boat [[emulate:slow-4000]]', response_format: 'url' };
    const abandoned = call(first.url, key, 'POST', '/v1/images/generations', wish).catch(() => undefined);
    // The first look at the task comes after it was recorded.
    const polled = () =>
      emulators.seen.some((entry) => entry.provider === provider && entry.record.method === 'GET');
    await expect.poll(polled, { timeout: 15_000, interval: 20 }).toBe(true);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    await abandoned;

    const second = await startGateway(env);
    const ledger = z
      .object({ data: z.array(z.object({ kind: z.string(), generation_id: z.string().optional() })) })
      .parse(await (await call(second.url, key, 'GET', '/v1/credits/ledger')).json());
    const id = ledger.data.find((entry) => entry.kind === 'hold')?.generation_id ?? '';
    const read = async () =>
      z
        .looseObject({ status: z.string() })
        .parse(await (await call(second.url, key, 'GET', `/v1/images/generations/${id}`)).json());
    await expect
      .poll(async () => (await read()).status, { timeout: 25_000, interval: 100 })
      .toBe('succeeded');

    const finished = generation.parse(await read());
    await fetchPicture(finished.data[0]?.url);
    expect(emulators.submits(provider)).toBe(1);
    const after = z
      .object({ data: z.array(z.object({ kind: z.string(), balance_delta: z.number() })) })
      .parse(await (await call(second.url, key, 'GET', '/v1/credits/ledger')).json());
    const settled = after.data.filter((entry) => entry.kind === 'settle');
    expect(settled.map((entry) => -entry.balance_delta)).toEqual([finished.credits_used]);
    expect(await (await call(second.url, key, 'GET', '/v1/credits')).json()).toMatchObject({ held: 0 });
  },
  90_000,
);

it('a call without a task ends as of unknown outcome, is not repeated and costs nothing', async () => {
  const first = await startGateway();
  const key = /atl_test_\w+/.exec(first.output)?.[0] ?? '';
  const wish = { model: 'flux-1-pro', prompt: 'a paper boat [[emulate:stall]]' };
  const abandoned = call(first.url, key, 'POST', '/v1/images/generations', wish).catch(() => undefined);
  await expect.poll(() => emulators.submits('openai-images'), { timeout: 15_000, interval: 20 }).toBe(1);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  await abandoned;

  const second = await startGateway();
  await expect
    .poll(async () => (await call(second.url, key, 'GET', '/v1/credits')).json(), {
      timeout: 15_000,
      interval: 50,
    })
    .toMatchObject({ held: 0, balance: 1000 });
  const { data } = z
    .object({ data: z.array(z.object({ generation_id: z.string().optional() })) })
    .parse(await (await call(second.url, key, 'GET', '/v1/credits/ledger')).json());
  const record = await call(second.url, key, 'GET', `/v1/images/generations/${data[0]?.generation_id ?? ''}`);
  expect(await record.json()).toMatchObject({ status: 'failed', error: { code: 'outcome_unknown' } });
  expect(emulators.submits('openai-images')).toBe(1);
}, 60_000);
