/** A system's clock that jumps under a running gateway, by an hour. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { Queue } from '../../src/jobs/queue-store.js';
import { NOON, openTestStores } from '../factories/stores.js';
import { failure, fetchPicture, generation } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import { PRICE, startFaultGateway, until, type FaultGateway } from '../support/fault-gateway.js';
import { createOwnStores, type OwnStores } from '../support/own-stores.js';
import { ADMIN_TOKEN, LIVE_KEY } from '../support/server.js';

const HOUR_S = 3600;

let emulators: Emulators;
let stores: OwnStores;
let gateway: FaultGateway | undefined;
/** Puts the clock of the gateway so many seconds beside the real one. */
let setClock: (offsetS: number) => void;

beforeEach(async () => {
  emulators = await startEmulators();
  stores = await createOwnStores('embedded');
});
afterEach(async () => {
  await gateway?.kill();
  gateway = undefined;
  await stores.remove();
  await emulators.close();
});

/** Under Debian's libfaketime: the system's calls for the time of day answer as a file says, timers go on as ever. */
async function start(): Promise<FaultGateway> {
  const library = readdirSync('/usr/lib')
    .map((folder) => `/usr/lib/${folder}/faketime/libfaketime.so.1`)
    .find((file) => existsSync(file));
  if (library === undefined)
    throw new Error('This test needs libfaketime: run scripts/ensure-test-tools.sh.');
  const file = path.join(stores.env['ATELIER_DATA_DIR'] ?? '', 'clock');
  setClock = (offsetS) => {
    writeFileSync(file, `${offsetS < 0 ? '' : '+'}${offsetS}\n`);
  };
  setClock(0);
  gateway = await startFaultGateway({
    ...stores.env,
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
    ATELIER_EMULATORS_URL: emulators.root,
    ATELIER_BOOTSTRAP_KEY: LIVE_KEY,
    ATELIER_ADMIN_TOKEN: ADMIN_TOKEN,
    OPENAI_API_KEY: 'sk-good-a-key-that-works',
    OPENAI_BASE_URL: `${emulators.root}/openai/v1`,
  });
  return gateway;
}

const bought = () => emulators.records.filter(({ method }) => method === 'POST').length;

it('goes on with what runs when the clock jumps forward by an hour', async () => {
  const gate = await start();
  const before = generation.parse((await gate.generate()).body);
  const link = before.data[0]?.url ?? '';
  expect((await fetch(link)).status).toBe(200);
  const running = gate.generate('[[emulate:slow-1500]] a pond while the clock is put');
  const waiting = await gate.generate('[[emulate:slow-1500]] a pond that is not waited for', {
    prefer: 'respond-async',
  });
  await until('both run', () =>
    Promise.resolve(emulators.records.filter(({ outcome }) => outcome === 'slow').length === 2),
  );
  setClock(HOUR_S);
  const made = await running;
  expect(made.status).toBe(200);
  expect((await fetchPicture(generation.parse(made.body).data[0]?.url)).width).toBe(1024);
  const ended = await gate.readEnd(waiting.headers.get('x-generation-id') ?? '');
  expect(ended).toMatchObject({ status: 'succeeded', credits_used: PRICE });
  // Its hour is over.
  const over = await fetch(link);
  expect([over.status, failure.parse(await over.json()).error.code]).toEqual([410, 'link_expired']);
  // The time for further attempts is not used up by it.
  const again = gate.generate('[[emulate:overloaded]] a pond at the second attempt');
  await emulators.arrived('overloaded');
  setClock(2 * HOUR_S);
  expect((await again).status).toBe(200);
  expect(bought()).toBe(5);
  await gate.expectSpent(4 * PRICE);
  expect(await gate.stop()).toBe(0);
}, 120_000);

it('keeps nobody waiting for an hour when the clock is put back by one', async () => {
  const gate = await start();
  // A route that is paused for ten seconds, and a minute that is used up.
  const live = (prompt: string) =>
    gate.call(
      'POST',
      '/v1/images/generations',
      { model: 'gpt-image-2', prompt, quality: 'low', response_format: 'url', fallback: false },
      { authorization: `Bearer ${LIVE_KEY}` },
    );
  for (let calls = 0; calls < 2; calls += 1) {
    expect((await live('[[emulate:overloaded*9]] a boat')).status).toBe(503);
  }
  const pausedMs = performance.now();
  const routes = z.object({ data: z.array(z.looseObject({ id: z.string(), state: z.string().optional() })) });
  const asked = await gate.call('GET', '/v1/admin/routes', undefined, {
    authorization: `Bearer ${ADMIN_TOKEN}`,
  });
  expect(routes.parse(asked.body).data).toContainEqual(
    expect.objectContaining({ id: 'openai/gpt-image-2', state: 'open' }),
  );
  const limited = { limits: { requests_per_minute: 3 } };
  expect((await gate.call('PATCH', '/v1/workspace', limited)).status).toBe(200);
  const running = gate.generate('[[emulate:slow-1500]] a pond while the clock is put');
  await emulators.arrived('slow');

  setClock(-HOUR_S);
  const made = await running;
  expect(made.status).toBe(200);
  expect(
    z.object({ attempts: z.array(z.object({ duration_ms: z.number() })) }).parse(made.body).attempts[0]
      ?.duration_ms,
  ).toBe(0);
  let refused = await gate.call('GET', '/v1/credits');
  for (let calls = 0; refused.status === 200 && calls < 5; calls += 1) {
    refused = await gate.call('GET', '/v1/credits');
  }
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);

  // Live calls are counted by themselves; the pause is over when it would have been.
  const blocked = await live('a boat');
  expect(blocked.status).toBe(503);
  expect(Number(blocked.headers.get('retry-after'))).toBeLessThanOrEqual(10);
  await sleep(Math.max(0, 11_000 - (performance.now() - pausedMs)));
  const served = await live('a boat');
  expect(served.status).toBe(200);
  expect(await gate.stop()).toBe(0);
}, 120_000);

it('runs what was put back for a moment, although the clock was put back by an hour', async () => {
  const opened = await openTestStores();
  try {
    const account = await opened.createAccount(10);
    const tenure = { processId: 'process-of-the-tests', leaseMs: 30_000 };
    const queue = new Queue(opened.db, () => opened.clock.now, tenure);
    await opened.generations.start({
      id: 'gen_waits',
      ...account,
      keyId: 'key_test',
      operation: 'generate',
      model: 'painter-1',
      requestJson: '{}',
      hold: 0,
      begin: 'waiting',
      edit: undefined,
    });
    expect(await queue.claim(1)).toEqual(['gen_waits']);
    await queue.postpone('gen_waits', 2_000);
    expect(await queue.claim(1)).toEqual([]);
    opened.clock.now = new Date(NOON.getTime() - HOUR_S * 1000);
    expect(await queue.claim(1)).toEqual(['gen_waits']);
  } finally {
    await opened.close();
  }
});
