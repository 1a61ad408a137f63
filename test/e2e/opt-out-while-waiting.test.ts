/** Rules that change while a generation's calls wait for their turn: what was sent is delivered, nothing more is sent. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { generation } from '../support/answers.js';
import { startCountingEmulators, type CountingEmulators } from '../support/counting-emulators.js';
import { startTestServer, type TestServer } from '../support/server.js';

let emulators: CountingEmulators;
let server: TestServer;

beforeAll(async () => {
  emulators = await startCountingEmulators();
  // One call at a time: the others of a generation wait.
  server = await startTestServer({
    env: { ATELIER_EMULATORS_URL: emulators.url, ATELIER_MAX_RUNNING: '1' },
  });
});
afterAll(async () => {
  await server.stop();
  await emulators.close();
});

const sent = () => emulators.seen.filter(({ record }) => record.method === 'POST').length;

async function change(body: Record<string, unknown>): Promise<void> {
  const answer = await server.call('PATCH', '/v1/workspace', { key: server.liveKey, body });
  expect(answer.status).toBe(200);
}

it.each([
  {
    rule: 'the PRC opt-in is taken back',
    model: 'qwen-image',
    allow: { prc_opt_in: true, confirm: 'default' },
    forbid: { prc_opt_in: false, confirm: 'default' },
    code: 'prc_opt_in_required',
  },
  {
    rule: 'a country is blocked where it may run',
    model: 'flux-2-pro',
    allow: { policy: { blocked_countries: [] } },
    forbid: { policy: { blocked_countries: ['US'] } },
    code: 'model_not_allowed',
  },
])('when $rule, neither a waiting call nor a repeated one is sent', async (row) => {
  await change(row.allow);
  const before = sent();
  // The first call is to be repeated, and waits behind the third while the second one runs.
  const running = server.generate({
    model: row.model,
    prompt: 'three boats [[emulate:rate-limited#1]] [[emulate:slow-700#2]]',
    n: 3,
    response_format: 'url',
  });
  await expect.poll(() => sent() - before, { timeout: 10_000, interval: 10 }).toBe(2);
  await change(row.forbid);
  const answer = await running;
  expect(answer.status).toBe(200);
  const body = generation.parse(answer.body);
  expect(body).toMatchObject({ status: 'partial', data: [{}], errors: [{ image: 1 }, { image: 3 }] });
  expect(body.errors.map(({ code }) => code)).toStrictEqual([row.code, row.code]);
  expect(sent() - before).toBe(2);
});
