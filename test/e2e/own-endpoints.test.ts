/** Models on the operator's own servers, as `atelier.config.yaml` lists them: real servers, live keys, no PRC opt-in. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestFolder } from '../factories/temporary-folder.js';
import { failure, generation } from '../support/answers.js';
import { startCountingEmulators, type CountingEmulators } from '../support/counting-emulators.js';
import { startTestServer, type TestServer } from '../support/server.js';

const folder = createTestFolder();
let emulators: CountingEmulators;
let server: TestServer;

const COMMON = {
  protocol: 'openai-images',
  weights: 'Qwen-Image (open weights)',
  licence: 'Apache-2.0',
};

beforeAll(async () => {
  emulators = await startCountingEmulators();
  const at = (dialect: string) => ({ dialect, url: `${emulators.url}/openai-images/${dialect}/v1` });
  const endpoints = [
    {
      ...COMMON,
      ...at('vllm-omni'),
      slug: 'qwen-image-local',
      name: 'Qwen-Image on our GPU',
      model: 'Qwen/Qwen-Image',
      api_key_env: 'GPU_1_KEY',
      edit_model: 'Qwen/Qwen-Image-Edit',
      edit: { max_input_images: 2, mask: true },
      credits: 1.5,
      country: 'DE',
      negative_prompt: true,
    },
    { ...COMMON, ...at('xinference'), slug: 'qwen-image', name: 'Qwen-Image', model: 'qwen', credits: 1 },
    { ...COMMON, ...at('sglang'), slug: 'dall-e-3', name: 'DALL·E 3, kept', model: 'old-3', credits: 2 },
    { ...COMMON, ...at('nim'), slug: 'far-away', name: 'Far away', model: 'far', credits: 1, country: 'CN' },
  ];
  const file = path.join(folder.path, 'atelier.config.yaml');
  writeFileSync(file, JSON.stringify({ endpoints }));
  server = await startTestServer({
    env: {
      ATELIER_CONFIG: file,
      GPU_1_KEY: 'key-of-gpu-1',
      DASHSCOPE_API_KEY: 'dashscope-key',
      DASHSCOPE_BASE_URL: `${emulators.url}/qwen`,
    },
  });
});
afterAll(async () => {
  await server.stop();
  await emulators.close();
  folder.remove();
});

function draw(model: string, wish: Readonly<Record<string, unknown>> = {}) {
  return server.generate({ model, prompt: 'a tea shop sign', size: '512x512', ...wish }, server.liveKey);
}

function lastSeen() {
  return emulators.seen.filter(({ record }) => record.method === 'POST').at(-1)?.record;
}

const model = z.object({
  notes: z.string(),
  available: z.boolean(),
  aliases: z.array(z.string()),
  lifecycle: z.object({ status: z.string() }),
});

async function read(slug: string) {
  const { body } = await server.call('GET', `/v1/models/${slug}`, { key: server.liveKey });
  return model.parse(body);
}

describe('a new model on an own server', () => {
  it('runs without any opt-in, although its weights come from a PRC company', async () => {
    const answer = await draw('qwen-image-local', { negative_prompt: 'people', seed: 7 });
    expect(generation.parse(answer.body)).toMatchObject({
      status: 'succeeded',
      model: 'qwen-image-local',
      credits_used: 1.5,
      receipt: { operator: 'you', operator_country: 'local' },
    });
    expect(lastSeen()).toMatchObject({
      url: '/openai-images/vllm-omni/v1/images/generations',
      headers: { authorization: 'Bearer key-of-gpu-1' },
      body: { model: 'Qwen/Qwen-Image', size: '512x512', seed: 7, negative_prompt: 'people' },
    });
    expect(emulators.submits('qwen')).toBe(0);
  });

  it('edits under its other name there', async () => {
    const picture = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#a53' } })
      .png()
      .toBuffer();
    const image = { image_url: `data:image/png;base64,${picture.toString('base64')}` };
    const answer = await server.call('POST', '/v1/images/edits', {
      key: server.liveKey,
      body: { model: 'qwen-image-local', prompt: 'add a lantern', image },
    });
    expect(generation.parse(answer.body)).toMatchObject({
      status: 'succeeded',
      data: [{ width: 640, height: 480 }],
    });
    expect(lastSeen()).toMatchObject({
      url: '/openai-images/vllm-omni/v1/images/edits',
      body: { fields: { model: 'Qwen/Qwen-Image-Edit', size: '640x480' }, files: [{ name: 'image' }] },
    });
    expect(emulators.submits('qwen')).toBe(0);
  });

  it('is shown with its weights and their licence', async () => {
    expect(await read('qwen-image-local')).toMatchObject({
      available: true,
      notes: 'Weights: Qwen-Image (open weights). Licence: Apache-2.0.',
    });
  });

  it('needs the opt-in where the operator says that it stands in the PRC', async () => {
    const arrived = emulators.seen.length;
    const answer = await draw('far-away');
    expect([answer.status, failure.parse(answer.body).error.code]).toEqual([403, 'prc_opt_in_required']);
    expect(await read('far-away')).toMatchObject({ available: false });
    expect(emulators.seen).toHaveLength(arrived);
  });
});

describe('a slug of a vendor, bound to an own server', () => {
  it('is served there without the opt-in that the vendor would need', async () => {
    const answer = await draw('qwen-image');
    expect(generation.parse(answer.body)).toMatchObject({ status: 'succeeded', credits_used: 1 });
    expect(lastSeen()).toMatchObject({
      url: '/openai-images/xinference/v1/images/generations',
      body: { model: 'qwen' },
    });
    expect(emulators.submits('qwen')).toBe(0);
  });

  it('keeps its vendor for what the own server does not do, under the vendor’s rules', async () => {
    const plan = () =>
      server.call('POST', '/v1/images/plan', {
        key: server.liveKey,
        body: { model: 'qwen-image', prompt: 'a tea shop sign' },
      });
    const providersOf = (body: unknown) =>
      z
        .object({ candidates: z.array(z.object({ provider: z.string() })) })
        .parse(body)
        .candidates.map(({ provider }) => provider);
    const optIn = (value: boolean) =>
      server.call('PATCH', '/v1/workspace', {
        key: server.liveKey,
        body: { prc_opt_in: value, confirm: 'default' },
      });
    expect(providersOf((await plan()).body)).toEqual(['openai-images']);
    await optIn(true);
    expect(providersOf((await plan()).body)).toEqual(['openai-images', 'qwen']);
    await optIn(false);
  });

  it('is active there after its vendor has retired it', async () => {
    server.setTime(new Date('2026-12-31T12:00:00Z'));
    const answer = await draw('dall-e-3');
    expect(generation.parse(answer.body)).toMatchObject({
      status: 'succeeded',
      model: 'dall-e-3',
      credits_used: 2,
    });
    expect(answer.headers.get('x-model-used')).toBe('dall-e-3');
    expect(lastSeen()).toMatchObject({
      url: '/openai-images/sglang/v1/images/generations',
      body: { model: 'old-3' },
    });
    const { lifecycle, available, aliases } = await read('dall-e-3');
    expect([lifecycle.status, available]).toEqual(['active', true]);
    expect(aliases).toContain('openai/dall-e-3');
  });
});
