/** What the catalogue allows is what the planner enforces: every listed value is native, every other one is not. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.call('PATCH', '/v1/workspace', {
    key: server.liveKey,
    body: { prc_opt_in: true, confirm: 'default' },
  });
});
afterAll(async () => {
  await server.stop();
});

const listSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      available: z.boolean(),
      capabilities: z.looseObject({ imageGenerate: z.boolean() }),
      allowedParams: z.looseObject({
        supported_sizes: z.array(z.string()),
        sizes: z.array(z.object({ size: z.string(), native: z.boolean() })),
      }),
    }),
  ),
});

/** Closed lists of the catalogue, and a value that no model has. */
const LISTS = {
  quality: 'max',
  style: 'baroque',
  background: 'transparent',
  output_format: undefined,
  moderation: 'high',
  person_generation: 'allow_nobody',
  complexity: 'extreme',
} as const;

async function plan(wish: Record<string, unknown>): Promise<{ status: number; code: string }> {
  const { status, body } = await server.call('POST', '/v1/images/plan', {
    key: server.testKey,
    body: { prompt: 'a fox', adapt: 'strict', ...wish },
  });
  const code = z.object({ error: z.object({ code: z.string() }) }).safeParse(body);
  return { status, code: code.success ? code.data.error.code : '' };
}

it('the catalogue is valid by its published JSON Schema', async () => {
  const file = path.resolve(import.meta.dirname, '../../docs/schemas/model-list.json');
  const schema = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8')));
  const validate = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema);
  for (const key of [server.liveKey, server.testKey]) {
    const { body } = await server.call('GET', '/v1/models?modality=image', { key });
    validate(body);
    expect(validate.errors).toBeNull();
  }
  expect(validate({ object: 'list', data: [{ id: 'x' }] })).toBe(false);
});

it('native sizes pass under strict, the others are delivered when adapted and refused under strict', async () => {
  for (const model of await models()) {
    for (const { size, native } of model.allowedParams.sizes) {
      const { code } = await plan({ model: model.id, size });
      expect([model.id, size, code]).toEqual([model.id, size, native ? '' : 'unsupported_size']);
      const adapted = await plan({ model: model.id, size, adapt: 'adapt' });
      expect([model.id, size, adapted.status]).toEqual([model.id, size, 200]);
    }
    expect(model.allowedParams.sizes.map(({ size }) => size)).toEqual(model.allowedParams.supported_sizes);
  }
});

it('listed values pass under strict, others are refused', async () => {
  for (const model of await models()) {
    for (const [param, foreign] of Object.entries(LISTS)) {
      const listed = z.array(z.string()).default([]).parse(model.allowedParams[param]);
      for (const value of param === 'output_format' ? [] : listed) {
        const { code } = await plan({ model: model.id, [param]: value });
        expect([model.id, param, value, code]).toEqual([model.id, param, value, '']);
      }
      if (foreign === undefined || listed.includes(foreign)) continue;
      const { code } = await plan({ model: model.id, [param]: foreign });
      expect([model.id, param, foreign, code]).toEqual([model.id, param, foreign, 'unsupported_parameter']);
    }
  }
});

it('ranges pass to their ends under strict and are refused beyond', async () => {
  const range = z.object({ min: z.number(), max: z.number() }).optional();
  for (const model of await models()) {
    const seed = range.parse(model.allowedParams['seed']);
    const { code } = await plan({ model: model.id, seed: seed?.max ?? 1 });
    expect([model.id, 'seed', code]).toEqual([
      model.id,
      'seed',
      seed === undefined ? 'unsupported_parameter' : '',
    ]);
    if (seed !== undefined && seed.max < Number.MAX_SAFE_INTEGER) {
      expect((await plan({ model: model.id, seed: seed.max + 1 })).code).toBe('unsupported_parameter');
    }
    const prompt = z.object({ max_chars: z.number() }).parse(model.allowedParams['prompt']);
    expect((await plan({ model: model.id, prompt: 'x'.repeat(prompt.max_chars) })).code).toBe('');
    if (prompt.max_chars < 200_000) {
      expect((await plan({ model: model.id, prompt: 'x'.repeat(prompt.max_chars + 1) })).code).toBe(
        'prompt_too_long',
      );
    }
    const negative = z
      .object({ max_chars: z.number() })
      .optional()
      .parse(model.allowedParams['negative_prompt']);
    const refused = await plan({ model: model.id, negative_prompt: 'people' });
    expect([model.id, refused.code]).toEqual([
      model.id,
      negative === undefined ? 'unsupported_parameter' : '',
    ]);
  }
});

async function models() {
  const { body } = await server.call('GET', '/v1/models?modality=image', { key: server.testKey });
  return listSchema
    .parse(body)
    .data.filter(({ available, capabilities }) => available && capabilities.imageGenerate);
}
