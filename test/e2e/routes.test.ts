/** Live routes that fail: keys that are parked, routes that are paused, and what the operator sees of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, generation } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import { ADMIN_TOKEN, startTestServer, type Answer, type TestServer } from '../support/server.js';

/** The emulator refuses keys that begin so, and takes all others. */
const BAD_KEY = 'sk-bad-a-key-that-was-revoked';
const GOOD_KEY = 'sk-good-a-key-that-works';
const START = new Date('2026-11-22T12:00:00Z').getTime();

let emulators: Emulators;
let server: TestServer;
let minutes = 0;

beforeAll(async () => {
  emulators = await startEmulators();
  server = await startTestServer({
    // The first key that may be drawn is.
    random: () => 0,
    env: {
      OPENAI_API_KEY: `${BAD_KEY}@2,${GOOD_KEY}`,
      OPENAI_BASE_URL: `${emulators.root}/openai/v1`,
    },
  });
});
afterAll(async () => {
  await server.stop();
  await emulators.close();
});
beforeEach(async () => {
  // What earlier tests did is over.
  minutes += 60;
  server.setTime(new Date(START + minutes * 60_000));
  await server.call('POST', '/v1/admin/routes/reset', { key: ADMIN_TOKEN });
  emulators.forget();
});

function generate(fields: Record<string, unknown> = {}): Promise<Answer> {
  const body = {
    model: 'gpt-image-2',
    prompt: 'a flat icon of a boat',
    quality: 'low',
    response_format: 'url',
    ...fields,
  };
  return server.generate(body, server.liveKey);
}

const routesSchema = z.object({
  order: z.string(),
  data: z.array(
    z.looseObject({
      id: z.string(),
      usable: z.boolean(),
      state: z.string().optional(),
      keys: z.array(z.looseObject({ number: z.number().optional(), state: z.string() })).optional(),
      traffic: z.looseObject({ calls: z.number(), delivered: z.number() }).optional(),
    }),
  ),
});

async function readRoute(id = 'openai/gpt-image-2') {
  const answer = await server.call('GET', '/v1/admin/routes', { key: ADMIN_TOKEN });
  expect(answer.status).toBe(200);
  expect(JSON.stringify(answer.body)).not.toMatch(/sk-/);
  const route = routesSchema.parse(answer.body).data.find((one) => one.id === id);
  if (route === undefined) throw new Error(`there is no route ${id}`);
  return route;
}

describe('a pool of keys', () => {
  it('goes on with another key when one is refused, parks that one, and shows it to the operator only', async () => {
    const first = await generate();
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      attempts: [{ outcome: 'failed', error: { code: 'upstream_error' } }, { outcome: 'succeeded' }],
    });
    expect(JSON.stringify(first.body)).not.toContain('sk-');
    const second = await generate();
    expect(second.body).toMatchObject({ attempts: [{ outcome: 'succeeded' }] });
    const used = emulators.records.map(({ headers }) => headers.authorization);
    // The emulator tells of calls that it lets in.
    expect(used).toEqual([`Bearer ${GOOD_KEY}`, `Bearer ${GOOD_KEY}`]);
    expect(await readRoute()).toMatchObject({
      usable: true,
      state: 'closed',
      keys: [
        { number: 1, weight: 2, state: 'parked', reason: 'authentication' },
        { number: 2, weight: 1, state: 'ready', running: 0 },
      ],
      traffic: { calls: 3, delivered: 2, failed: 1 },
    });
  });

  it('is asked again once its time is over', async () => {
    await generate();
    server.setTime(new Date(START + minutes * 60_000 + 31_000));
    emulators.forget();
    const again = await generate();
    expect(again.body).toMatchObject({
      attempts: [{ outcome: 'failed', error: { code: 'upstream_error' } }, { outcome: 'succeeded' }],
    });
  });
});

describe('a route that fails', () => {
  it('is paused, answered for at once, gone past by fallbacks, and probed after its pause', async () => {
    // Broken bodies: what was made is unknown, so each is asked for once.
    for (let count = 0; count < 5; count += 1) {
      expect((await generate({ prompt: 'a boat [[emulate:cut-body*9]]' })).status).toBe(502);
    }
    expect(await readRoute()).toMatchObject({ state: 'open' });
    emulators.forget();
    const refused = await generate();
    expect(refused.status).toBe(503);
    expect(failure.parse(refused.body).error).toMatchObject({
      code: 'upstream_unavailable',
      attempts: [{ outcome: 'skipped', model: 'gpt-image-2' }],
    });
    expect(refused.headers.get('x-should-retry')).toBe('true');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const served = await generate({ fallback: ['atelier-sketch'] });
    expect(generation.parse(served.body).model).toBe('atelier-sketch');
    expect(served.body).toMatchObject({ attempts: [{ outcome: 'skipped' }, { outcome: 'succeeded' }] });
    expect(emulators.records).toHaveLength(0);

    server.setTime(new Date(START + minutes * 60_000 + 11_000));
    expect((await generate()).status).toBe(200);
    expect(await readRoute()).toMatchObject({ state: 'closed' });
  });

  it('is not paused by what test keys play', async () => {
    for (let count = 0; count < 6; count += 1) {
      await server.generate({ model: 'gpt-image-2', prompt: 'a boat [[emulate:cut-body*9]]' });
    }
    expect(await readRoute()).toMatchObject({ state: 'closed', traffic: { calls: 0 } });
  });
});

it('routes that can’t be called say what is missing', async () => {
  const route = await readRoute('xai/grok-imagine-image-2.0');
  expect(route).toMatchObject({ usable: false, reason: 'the operator has to set XAI_API_KEY' });
  expect(route.state).toBeUndefined();
});

it('a vendor’s further region is a route of its own, with its own keys and country', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'atelier-regions-'));
  const file = path.join(folder, 'atelier.config.yaml');
  writeFileSync(
    file,
    `regions:
  - provider: openai
    name: eu
    url: ${emulators.root}/openai/v1
    country: DE
    api_key_env: OPENAI_EU_KEYS
`,
  );
  const regional = await startTestServer({
    env: {
      ATELIER_CONFIG: file,
      OPENAI_API_KEY: BAD_KEY,
      OPENAI_BASE_URL: `${emulators.root}/openai/v1`,
      OPENAI_EU_KEYS: GOOD_KEY,
    },
  });
  try {
    const answer = await regional.generate(
      { model: 'gpt-image-2', prompt: 'a flat icon of a boat', quality: 'low', response_format: 'url' },
      regional.liveKey,
    );
    expect(answer.body).toMatchObject({
      attempts: [
        { route: 'openai/gpt-image-2', outcome: 'failed' },
        { route: 'openai/gpt-image-2@eu', outcome: 'succeeded' },
      ],
      receipt: { route: 'openai/gpt-image-2@eu', country: 'DE', operator_country: 'US' },
    });
    // It is the same model: nothing fell back.
    expect(answer.headers.get('x-fallback-from')).toBeNull();
  } finally {
    await regional.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
