/** A workspace with a thousand waiting images, and another one that wants a single one. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startCountingEmulators, type CountingEmulators } from '../support/counting-emulators.js';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/server.js';

const PLACES = 4;
const GENERATIONS = 100;
const IMAGES = 10;

let emulators: CountingEmulators;
let server: TestServer;

beforeAll(async () => {
  emulators = await startCountingEmulators();
  server = await startTestServer({
    env: { ATELIER_EMULATORS_URL: emulators.url, ATELIER_MAX_RUNNING: String(PLACES) },
  });
});
afterAll(async () => {
  await server.stop();
  await emulators.close();
});

const made = z.object({ id: z.string() });

async function newTenant(name: string): Promise<string> {
  const admin = (pathname: string, body: unknown) =>
    server.call('POST', pathname, { key: ADMIN_TOKEN, body });
  const { id } = made.parse((await admin('/v1/admin/workspaces', { name, credits: 100_000 })).body);
  const key = await admin('/v1/admin/keys', { workspace: id, kind: 'test', role: 'developer', name });
  return z.object({ key: z.string() }).parse(key.body).key;
}

const ask = (key: string, body: Record<string, unknown>, headers: Record<string, string> = {}) =>
  server.call('POST', '/v1/images/generations', {
    key,
    headers,
    body: { model: 'flux-1.1-pro', prompt: 'a paper boat [[emulate:slow-250]]', size: '256x256', ...body },
  });

/** Generations in the order in which their calls reached the provider. */
const begun = () =>
  emulators.seen
    .filter(({ record }) => record.method === 'POST')
    .map(({ record }) => String(record.headers['x-emulate-scope']).split('/')[0] ?? '');

it('is not made to wait longer than two turns of all places, asynchronous or not', async () => {
  const [noisy, quiet] = [await newTenant('noisy'), await newTenant('quiet')];
  const queue: string[] = [];
  for (let count = 0; count < GENERATIONS; count += 1) {
    const accepted = await ask(noisy, { n: IMAGES }, { prefer: 'respond-async' });
    expect(accepted.status).toBe(202);
    queue.push(made.parse(accepted.body).id);
  }
  for (const headers of [{ prefer: 'respond-async' }, {}]) {
    const asked = begun().length;
    const answer = await ask(quiet, {}, headers);
    const { id } = made.parse(answer.body);
    // An asynchronous one counts from when it was accepted.
    const before = 'prefer' in headers && !begun().includes(id) ? begun().length : asked;
    await expect.poll(() => begun().includes(id), { interval: 5, timeout: 20_000 }).toBe(true);
    const overtaken = begun().indexOf(id) - before;
    expect(overtaken).toBeLessThanOrEqual(2 * PLACES);
  }
  // There was still much to do for the other one.
  const left = await Promise.all(
    queue.map(async (id) => {
      const ended = await server.call('DELETE', `/v1/images/generations/${id}`, { key: noisy });
      return z.object({ status: z.string() }).parse(ended.body).status;
    }),
  );
  expect(left.filter((status) => status === 'cancelled').length).toBeGreaterThan(GENERATIONS / 2);
  const credits = await server.call('GET', '/v1/credits', { key: noisy });
  expect(credits.body).toMatchObject({ held: 0 });
}, 60_000);
