/** The operator's margin stands on everything that has a price: the catalogue, plans, holds and charges. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/server.js';

const planSchema = z.object({ quote: z.object({ credits: z.number() }) });
const usedSchema = z.object({ credits_used: z.number() });
const modelSchema = z.object({
  pricing: z.object({ credits: z.array(z.looseObject({ size: z.string(), credits: z.number() })) }),
});

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

/** What one square picture costs: in the catalogue, in a plan and when it was made. */
async function pricesOf(model: string, quality?: string): Promise<readonly (number | undefined)[]> {
  const key = server.testKey;
  const body = { model, prompt: 'a boat', size: '1024x1024', ...(quality === undefined ? {} : { quality }) };
  const shown = modelSchema
    .parse((await server.call('GET', `/v1/models/${model}`, { key })).body)
    .pricing.credits.find((row) => row.size === '1024x1024' && row['quality'] === quality);
  const plan = planSchema.parse((await server.call('POST', '/v1/images/plan', { key, body })).body);
  const made = await server.generate({ ...body, response_format: 'url' });
  return [shown?.credits, plan.quote.credits, usedSchema.parse(made.body).credits_used];
}

it('is on the catalogue, on plans and on charges alike, whether the provider tells its cost or not', async () => {
  expect(await pricesOf('grok-image', 'low')).toStrictEqual([4, 4, 4]);
  expect(await pricesOf('imagen-4')).toStrictEqual([8, 8, 8]);
  const set = await server.call('PUT', '/v1/admin/margin', {
    key: ADMIN_TOKEN,
    body: { percent: 25, models: { 'imagen-4': 10 } },
  });
  expect(set.status).toBe(200);
  // xAI tells its cost: 4 credits.
  expect(await pricesOf('grok-image', 'low')).toStrictEqual([5, 5, 5]);
  expect(await pricesOf('imagen-4')).toStrictEqual([8.8, 8.8, 8.8]);
  expect(await pricesOf('atelier-sketch')).toStrictEqual([0, 0, 0]);
});
