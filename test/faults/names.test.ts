/**
 * Names of providers that are not found, can't be looked up, or lead somewhere else than before. Names are asked of a
 * server on loopback, in the place where the system's resolver is called.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { startAnswerProxy, type AnswerProxy } from '../support/answer-proxy.js';
import { fetchPicture, generation } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import { startOwnNames, type OwnNames, type Told } from '../support/own-names.js';
import { ADMIN_TOKEN, startTestServer, type Answer, type TestServer } from '../support/server.js';

const PROVIDER = 'images.provider.test';
const LINKS = 'links.provider.test';
const NOW = new Date('2026-11-22T12:00:00Z');
/** The pause of a route that failed too often. */
const PAUSE_MS = 10_000;

let emulators: Emulators;
let proxy: AnswerProxy;
let names: OwnNames;
let server: TestServer;
/** Told of each answer to a look at a task: what it says goes on. */
let onLook: (text: string) => string = (text) => text;

beforeAll(async () => {
  emulators = await startEmulators();
  names = await startOwnNames();
  proxy = await startAnswerProxy(emulators.root, (answer, { url }) =>
    url.includes('get_result') ? { ...answer, body: Buffer.from(onLook(answer.body.toString())) } : answer,
  );
  const port = new URL(proxy.root).port;
  server = await startTestServer({
    env: {
      BFL_API_KEY: 'key-of-bfl',
      BFL_BASE_URL: `http://${PROVIDER}:${port}/bfl`,
      FLUX_BASE_URL: `${emulators.root}/openai-images/v1`,
    },
  });
});
afterAll(async () => {
  await server.stop();
  await names.close();
  await proxy.close();
  await emulators.close();
});
beforeEach(async () => {
  names.tell(PROVIDER, ['127.0.0.1']);
  onLook = (text) => text;
  proxy.disconnect();
  await server.call('POST', '/v1/admin/routes/reset', { key: ADMIN_TOKEN });
  emulators.forget();
});
afterEach(() => {
  server.setTime(NOW);
});

const draw = (more: Readonly<Record<string, unknown>> = {}) =>
  server.generate(
    { model: 'flux-1.1-pro', prompt: 'a red fox', response_format: 'url', fallback: false, ...more },
    server.liveKey,
  );

const refusal = z.object({
  error: z.looseObject({ code: z.string(), message: z.string(), attempts: z.array(z.unknown()) }),
});
const submits = () => emulators.records.filter(({ method }) => method === 'POST').length;

async function expectPicture(answer: Answer): Promise<void> {
  expect([answer.status, answer.body]).toMatchObject([200, {}]);
  const made = generation.parse(answer.body);
  expect(made.credits_used).toBeGreaterThan(0);
  await fetchPicture(made.data[0]?.url);
}

it('a link whose name is not found for a moment is followed all the same', async () => {
  let before = 0;
  onLook = (text) => {
    if (!text.includes('"sample"')) return text;
    before = names.asked(PROVIDER);
    names.tell(PROVIDER, 'broken', 'silent', ['127.0.0.1']);
    return text;
  };
  await expectPicture(await draw());
  expect(names.asked(PROVIDER) - before).toBe(3);
  expect(submits()).toBe(1);
});

it.each<[Told, RegExp]>([
  ['unknown', /its name is not known/],
  ['broken', /its name can not be looked up/],
  ['silent', /its name can not be looked up/],
])(
  'a name that is %s: nothing is sent, another model serves, and the route is paused',
  async (told, message) => {
    names.tell(PROVIDER, told);
    const before = names.asked(PROVIDER);
    const answer = await draw();
    const { error } = refusal.parse(answer.body);
    expect([answer.status, error.code, answer.headers.get('x-should-retry')]).toStrictEqual([
      503,
      'upstream_unavailable',
      'true',
    ]);
    expect(error.message).toMatch(message);
    expect([error.attempts.length, names.asked(PROVIDER) - before, submits()]).toStrictEqual([3, 3, 0]);
    const served = await draw({ fallback: ['flux-1-pro'] });
    await expectPicture(served);
    expect(generation.parse(served.body).model).toBe('flux-1-pro');
    // Five failures of five: nobody is asked any more.
    const asked = names.asked(PROVIDER);
    const paused = await draw();
    expect([paused.status, names.asked(PROVIDER) - asked]).toStrictEqual([503, 0]);
    expect(paused.headers.get('retry-after')).toMatch(/^\d+$/);
    // Found again: the next call after the pause finds out.
    names.tell(PROVIDER, ['127.0.0.1']);
    server.setTime(new Date(NOW.getTime() + PAUSE_MS + 1_000));
    await expectPicture(await draw());
  },
);

it('a name that is found at the second look-up: the call is made once and the picture comes', async () => {
  names.tell(PROVIDER, 'broken', ['127.0.0.1']);
  await expectPicture(await draw());
  expect(submits()).toBe(1);
});

it.each([['127.0.0.1'], ['10.0.0.7'], ['169.254.169.254'], ['203.0.113.7', '127.0.0.1']])(
  'a link whose name leads to %s is not followed: nothing connects, nothing is charged',
  async (...addresses) => {
    names.tell(LINKS, addresses);
    onLook = (text) => text.replaceAll(PROVIDER, LINKS);
    const asked = names.asked(LINKS);
    const answer = await draw();
    expect(names.asked(LINKS)).toBe(asked + 1);
    const { error } = refusal.parse(answer.body);
    expect([answer.status, error.code]).toStrictEqual([502, 'upstream_error']);
    expect(error.message).toContain('not public');
    expect(emulators.records.filter(({ url }) => !url.includes('/v1/'))).toStrictEqual([]);
    expect(submits()).toBe(1);
  },
);
