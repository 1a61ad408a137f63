/** kill -9 in the middle of a comparison: it ends all the same, every picture is charged once, and there is one sheet. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCountingEmulators, type CountingEmulators } from '../support/counting-emulators.js';
import {
  beginComparison,
  comparison,
  endOfComparison,
  expectBalancedComparison,
} from '../support/comparisons.js';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { expectBalancedBooks, LIVE_KEY, type TestServer } from '../support/server.js';

let emulators: CountingEmulators;
let folder: string;
let gateway: GatewayProcess;
let key: string;

const start = () =>
  startGatewayProcess({
    ATELIER_DATA_DIR: folder,
    ATELIER_BOOTSTRAP_KEY: LIVE_KEY,
    ATELIER_EMULATORS_URL: emulators.url,
    ATELIER_MAX_RUNNING: '3',
  });

beforeAll(async () => {
  emulators = await startCountingEmulators();
  folder = mkdtempSync(path.join(tmpdir(), 'atelier-comparison-kills-'));
  gateway = await start();
  key = gateway.testKey ?? '';
});
afterAll(async () => {
  await gateway.kill();
  await emulators.close();
  rmSync(folder, { recursive: true, force: true });
});

const call: TestServer['call'] = async (method, pathname, { key: secret = '', body, headers = {} } = {}) => {
  const response = await fetch(gateway.url + pathname, {
    method,
    headers: {
      authorization: `Bearer ${secret}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  return { status: response.status, headers: response.headers, body: answer };
};

it('goes on with cells that wait and with tasks that were accepted, wherever it is killed', async () => {
  const { id } = await beginComparison({ call }, key, {
    models: ['flux-1.1-pro', 'flux-1-pro'],
    seeds: [1, 2, 3, 4, 5, 6, 7, 8],
    base: { prompt: 'a paper boat [[emulate:slow-400]]', size: '256x256' },
  });
  const read = async () =>
    comparison.parse((await call('GET', `/v1/images/comparisons/${id}`, { key })).body);
  // Once while cells wait and run, once more when the first have ended, once near the end.
  for (const done of [1, 6, 12]) {
    for (let seen = await read(); seen.status === 'running'; seen = await read()) {
      if ((seen.counts['succeeded'] ?? 0) + (seen.counts['failed'] ?? 0) >= done) break;
      await sleep(20);
    }
    await gateway.kill();
    gateway = await start();
  }
  const ended = await endOfComparison({ call }, key, id);
  expect(ended.counts).toMatchObject({ total: 16, queued: 0, running: 0, cancelled: 0 });
  // Of a call without a task that was under way nobody knows more; everything else comes.
  for (const { status, error } of ended.cells) {
    if (status !== 'succeeded') expect([status, error?.code]).toEqual(['failed', 'outcome_unknown']);
  }
  expect(ended.counts['succeeded']).toBeGreaterThan(8);
  await expectBalancedComparison({ call }, key, ended);
  await expectBalancedBooks(call, key);
  const files = await call('GET', '/v1/files?limit=1000', { key });
  expect(JSON.stringify(files.body).split(`comparison-${id}`)).toHaveLength(2);
  expect(ended.sheet).toBeDefined();
}, 180_000);

it('a cancelling is not forgotten by a kill', async () => {
  const { id } = await beginComparison({ call }, key, {
    models: ['flux-1.1-pro'],
    seeds: Array.from({ length: 12 }, (_, seed) => seed),
    base: { prompt: 'a paper boat [[emulate:slow-400]]', size: '256x256' },
  });
  await call('DELETE', `/v1/images/comparisons/${id}`, { key });
  await gateway.kill();
  gateway = await start();
  const ended = await endOfComparison({ call }, key, id);
  expect(ended.status).toBe('cancelled');
  expect(ended.counts['cancelled']).toBeGreaterThan(0);
  await expectBalancedComparison({ call }, key, ended);
  await expectBalancedBooks(call, key);
}, 180_000);
