/** The fuzz of all routes as tests, for the ordinary suite and the long one. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMeasuring } from '../live-memory.js';
import { startTestServer, type TestServer } from '../server.js';
import { fuzzRoutes } from './route-fuzz.js';

/** Told in every failure, so that it can be repeated. */
const SEED = 20261128;
/** Of live memory, from the middle of the run to its end: caches are full by then. */
const MAX_GROWTH_MIB = 24;
/** Sockets, timers, files and the like: a few belong to what runs by itself. */
const MAX_MORE_HANDLES = 12;
const TIMEOUT_MS = 3_600_000;
const ENV = {
  ATELIER_WEBHOOK_HOSTS: '127.0.0.1:1',
  // What is remembered for the sake of speed must not look like a leak.
  ATELIER_RECENT_BYTES: '1000000',
  // Thousands of wrong keys come from one address here: each is to meet its route, and not the limit.
  ATELIER_MAX_FAILED_KEYS: '0',
};

/** @param count of requests, all in all */
export function testRoutes(count: number): void {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ realTime: true, env: ENV });
  });
  // Asserts that the books add up, too.
  afterAll(async () => {
    await server.stop();
  });

  it(
    `answers ${count} generated requests as documented, in time, and keeps nothing of them`,
    async () => {
      const half = Math.ceil(count / 2);
      const first = await fuzzRoutes(server, { seed: SEED, from: 0, count: half });
      const handles = process.getActiveResourcesInfo().length;
      const memory = startMeasuring();
      const second = await fuzzRoutes(server, { seed: SEED, from: half, count: count - half });
      memory.sample();
      expect([...first.faults, ...second.faults].join('\n\n')).toBe('');
      expect(memory.peakMib()).toBeLessThan(MAX_GROWTH_MIB);
      // Idle connections are closed after seconds.
      await expect
        .poll(() => process.getActiveResourcesInfo().length, { timeout: 20_000 })
        .toBeLessThanOrEqual(handles + MAX_MORE_HANDLES);
      expectAllAnswered(first.answers);
    },
    TIMEOUT_MS,
  );
}

/** A fuzz whose requests are all refused at the door proves little: what each kind of route does was done, too. */
function expectAllAnswered(answers: ReadonlyMap<string, number>): void {
  const done = [...answers.keys()].filter((name) => / 20\d$/.test(name)).map((name) => name.slice(0, -4));
  expect(done).toEqual(
    expect.arrayContaining([
      'POST /v1/images/generations',
      'POST /v1/images/edits',
      'POST /v1/images/comparisons',
      'POST /v1/images/{id}/replay',
      'POST /v1/files',
      'POST /v1/recipes',
      'POST /v1/webhooks',
      'POST /v1/keys',
      'PATCH /v1/workspace',
      'POST /v1/admin/workspaces',
      'GET /i/{name}',
    ]),
  );
}
