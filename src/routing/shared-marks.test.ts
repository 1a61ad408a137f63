import { afterEach, beforeEach, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { findTestServices } from '../../test/support/test-services.js';
import { parseKeyList } from '../config/key-list.js';
import { connectRedis, type SharedRedis } from '../limits/redis.js';
import type { ProviderErrorKind } from '../providers/provider.js';
import { Routes } from './routes.js';
import { SharedMarks } from './shared-marks.js';

let redis: SharedRedis;
let installation: string;
let now: number;
const failed: unknown[] = [];

beforeEach(async () => {
  installation = randomUUID();
  now = Date.now();
  failed.length = 0;
  redis = await connectRedis(findTestServices().redis, { onLost: () => {}, onBack: () => {} });
});
afterEach(async () => {
  await redis.client.del(`atelier:routing:${installation}`).catch(() => undefined);
  await redis.close();
});

const REF = {
  routeId: 'acme/painter',
  account: 'acme@https://acme.test:8080',
  keys: parseKeyList('first-key,second-key'),
  timeoutMs: 1000,
};

/** One of several processes. */
function createProcess() {
  const routes = new Routes({
    clock: () => new Date(now),
    wait: () => Promise.resolve(),
    random: () => 0,
    maxRunning: 4,
    shared: new SharedMarks(redis.client, installation, (error) => failed.push(error)),
    onBlocked: () => {},
  });
  const call = async (kind?: ProviderErrorKind) => {
    const pass = await routes.enter(REF, new AbortController().signal);
    if ('reason' in pass) return pass.reason;
    pass.end(
      kind === undefined ? undefined : { kind, retryable: true, billed: false, message: 'it failed' },
      1,
    );
    return pass.key?.number;
  };
  return { routes, call };
}

it('replicas know of each other’s parked keys and paused routes within a second, and of their end', async () => {
  const [one, other] = [createProcess(), createProcess()];
  expect(await one.call('authentication')).toBe(1);
  expect(await other.call()).toBe(2);
  for (let count = 0; count < 5; count += 1) await one.call('connection');
  now += 1_001;
  expect(await other.call()).toBe('paused');
  // After the pause each of them may probe; the first success ends it for all.
  now += 10_001;
  expect(await other.call()).toBe(2);
  expect(other.routes.describe(REF).state).toBe('closed');
  const third = createProcess();
  expect(await third.call()).toBe(2);
  expect(failed).toEqual([]);
});

it('each goes by what it has seen itself while Redis is gone', async () => {
  const { routes, call } = createProcess();
  await redis.close();
  expect(await call('authentication')).toBe(1);
  expect(await call()).toBe(2);
  expect(routes.describe(REF).keys[0]).toMatchObject({ state: 'parked' });
  expect(failed.length).toBeGreaterThan(0);
});
