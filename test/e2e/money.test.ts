/** What is paid for is delivered and the other way round. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/server.js';

const generationSchema = z.object({
  id: z.string(),
  status: z.string(),
  credits_used: z.number(),
  data: z.array(z.object({ id: z.string() })),
  errors: z.array(z.object({ image: z.number(), code: z.string(), message: z.string() })).optional(),
});
const creditsSchema = z.object({ balance: z.number(), available: z.number(), held: z.number() });
/** A workspace with its own test key and so many credits. */
async function createKey(server: TestServer, credits: number): Promise<string> {
  const made = await server.call('POST', '/v1/admin/workspaces', {
    key: ADMIN_TOKEN,
    body: { name: 'money', credits },
  });
  const { id } = z.object({ id: z.string() }).parse(made.body);
  const key = await server.call('POST', '/v1/admin/keys', {
    key: ADMIN_TOKEN,
    body: { workspace: id, kind: 'test', role: 'owner', name: 'spender' },
  });
  return z.object({ key: z.string() }).parse(key.body).key;
}

async function balanceOf(server: TestServer, key: string): Promise<z.output<typeof creditsSchema>> {
  const { balance, available, held } = creditsSchema.parse(
    (await server.call('GET', '/v1/credits', { key })).body,
  );
  return { balance, available, held };
}

describe('a part of the pictures', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => {
    await server.stop();
  });

  it.each([
    // Each picture is a call of its own.
    { model: 'dall-e-3', refused: 'moderated-prompt', lost: 'bad-base64', price: 4 },
    // One call for all: what the provider bills for the lost ones is not the caller's.
    { model: 'grok-image', refused: 'moderated-output', lost: 'no-image', price: 4 },
  ])(
    'of $model is delivered and charged, and each missing one says why',
    async ({ model, refused, lost, price }) => {
      const key = await createKey(server, 1000);
      const answer = await server.generate(
        {
          model,
          prompt: `four boats [[emulate:${refused}#2]] [[emulate:${lost}#4]]`,
          n: 4,
          size: '1024x1024',
          quality: model === 'grok-image' ? 'low' : 'standard',
          response_format: 'url',
        },
        key,
      );
      expect(answer.status).toBe(200);
      const generation = generationSchema.parse(answer.body);
      expect(generation.status).toBe('partial');
      expect(generation.data).toHaveLength(2);
      expect(generation.credits_used).toBe(2 * price);
      const errors = generation.errors ?? [];
      expect(errors.map(({ image }) => image)).toStrictEqual([2, 4]);
      expect(errors[0]?.code).toBe('content_policy_violation');
      expect(errors[1]?.code).not.toBe('content_policy_violation');
      for (const { message } of errors) expect(message).toMatch(/\w/);
      const left = 1000 - 2 * price;
      expect(await balanceOf(server, key)).toStrictEqual({ balance: left, available: left, held: 0 });
    },
  );
});
