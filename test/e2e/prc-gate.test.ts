/** What the provider itself saw: nothing, as long as the workspace has not opted in. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, generation } from '../support/answers.js';
import { startCountingEmulators, type CountingEmulators } from '../support/counting-emulators.js';
import { startTestServer, type TestServer } from '../support/server.js';

let emulators: CountingEmulators;
let server: TestServer;

beforeAll(async () => {
  emulators = await startCountingEmulators();
  server = await startTestServer({
    env: {
      ATELIER_EMULATORS_URL: emulators.url,
      DASHSCOPE_API_KEY: 'dashscope-key',
      DASHSCOPE_BASE_URL: `${emulators.url}/qwen`,
      FLUX_BASE_URL: `${emulators.url}/openai-images/v1`,
    },
  });
});
afterAll(async () => {
  await server.stop();
  await emulators.close();
});

it('no request of a workspace without opt-in reaches a PRC operator, whatever name or surface it uses', async () => {
  const { body } = await server.call('GET', '/v1/models?provider=qwen', { key: server.liveKey });
  const { data } = z
    .object({
      data: z.array(z.object({ id: z.string(), aliases: z.array(z.string()), available: z.boolean() })),
    })
    .parse(body);
  expect(data.length).toBeGreaterThan(5);
  expect(data.every((model) => !model.available)).toBe(true);
  for (const name of data.flatMap((model) => [model.id, ...model.aliases])) {
    for (const key of [server.liveKey, server.testKey]) {
      for (const wish of [
        {},
        { n: 3 },
        { dry_run: true },
        { adapt: 'strict' },
        { size: '512x512', seed: 0 },
      ]) {
        const answer = await server.generate({ model: name, prompt: 'a tea shop sign', ...wish }, key);
        expect([name, answer.status, failure.parse(answer.body).error.code]).toEqual([
          name,
          403,
          'prc_opt_in_required',
        ]);
      }
      const plan = await server.call('POST', '/v1/images/plan', {
        key,
        body: { model: name, prompt: 'a tea shop sign' },
      });
      expect(failure.parse(plan.body).error.code).toBe('prc_opt_in_required');
    }
  }
  expect(emulators.seen).toEqual([]);
});

it('a server of your own needs no opt-in', async () => {
  for (const key of [server.liveKey, server.testKey]) {
    const answer = await server.generate({ model: 'flux-1-pro', prompt: 'a tea shop sign' }, key);
    expect(generation.parse(answer.body).status).toBe('succeeded');
  }
  expect(emulators.submits('openai-images')).toBe(2);
  expect(emulators.submits('qwen')).toBe(0);
});

it('after the opt-in calls arrive, after an opt-out none does', async () => {
  const patch = (prcOptIn: boolean) =>
    server.call('PATCH', '/v1/workspace', {
      key: server.liveKey,
      body: { prc_opt_in: prcOptIn, confirm: 'default' },
    });
  await patch(true);
  for (const key of [server.liveKey, server.testKey]) {
    const answer = await server.generate({ model: 'qwen-image', prompt: 'a tea shop sign' }, key);
    const { receipt } = generation.parse(answer.body);
    expect(receipt).toMatchObject({ operator: 'Alibaba Cloud', operator_country: 'CN' });
  }
  const arrived = emulators.seen.length;
  expect(emulators.submits('qwen')).toBe(2);
  await patch(false);
  const refused = await server.generate({ model: 'qwen-image', prompt: 'a tea shop sign' });
  expect(refused.status).toBe(403);
  expect(emulators.seen.length).toBe(arrived);
});
