/** FLUX on ComfyUI servers that break, lack something or have much to do, through the whole gateway. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestFolder } from '../factories/temporary-folder.js';
import { failure, fetchPicture, generation } from '../support/answers.js';
import { startComfyUi, type ComfyUiServer } from '../support/comfyui-server.js';
import { startTestServer, type TestServer } from '../support/server.js';

const SLUG = 'flux-1-pro';
const attempts = z.object({ attempts: z.array(z.looseObject({ outcome: z.string() })) });
const streamed = z.looseObject({
  type: z.string(),
  fraction: z.number().optional(),
  b64_json: z.string().optional(),
});
const model = z.object({ available: z.boolean(), unavailable_reason: z.string().optional() });

let comfy: ComfyUiServer;

beforeAll(async () => {
  comfy = await startComfyUi();
});
afterAll(() => comfy.close());

async function balanceOf(server: TestServer): Promise<number> {
  const { body } = await server.call('GET', '/v1/credits', { key: server.liveKey });
  const { balance, held } = z.object({ balance: z.number(), held: z.number() }).parse(body);
  expect(held).toBe(0);
  return balance;
}

function draw(server: TestServer, outcome: string) {
  return server.generate(
    { model: SLUG, prompt: `a red fox [[emulate:${outcome}]]`, size: '512x512', response_format: 'url' },
    server.liveKey,
  );
}

describe('a server named by the environment', () => {
  let server: TestServer;

  beforeAll(async () => {
    await comfy.renew();
    server = await startTestServer({ env: { FLUX_BASE_URL: comfy.url, FLUX_PROTOCOL: 'comfyui' } });
  });
  beforeEach(() => comfy.renew());
  afterAll(() => server.stop());

  it('serves the slug', async () => {
    const answer = await draw(server, 'none');
    expect(generation.parse(answer.body)).toMatchObject({
      status: 'succeeded',
      model: SLUG,
      data: [{ width: 512, height: 512 }],
      receipt: { operator: 'you', operator_country: 'local' },
    });
    expect(comfy.machine.counts).toMatchObject({ queued: 1, sampled: 1 });
  });

  it('gives one picture for one charge when its sockets break', async () => {
    const before = await balanceOf(server);
    const drawing = draw(server, 'slow-400');
    await expect.poll(() => comfy.machine.running.size).toBe(1);
    comfy.machine.dropSockets();
    const body = generation.parse((await drawing).body);
    await fetchPicture(body.data[0]?.url);
    expect(comfy.submits()).toBe(1);
    expect(before - (await balanceOf(server))).toBe(body.credits_used);
  });

  it('gives one picture for one charge when it is started anew and has forgotten the job', async () => {
    const before = await balanceOf(server);
    const drawing = draw(server, 'slow-20000');
    await expect.poll(() => comfy.machine.running.size).toBe(1);
    await comfy.stop();
    await comfy.start();
    const answer = await drawing;
    const body = generation.parse(answer.body);
    expect(body.data).toHaveLength(1);
    await fetchPicture(body.data[0]?.url);
    expect(attempts.parse(answer.body).attempts.map(({ outcome }) => outcome)).toEqual([
      'failed',
      'succeeded',
    ]);
    // The new server has been asked once, and nothing of the old one is left that could be fetched.
    expect(comfy.machine.counts).toMatchObject({ queued: 1, sampled: 1 });
    expect(before - (await balanceOf(server))).toBe(body.credits_used);
  });

  it('streams its queue, progress that strictly grows and ends, and previews that can be decoded', async () => {
    const busy = draw(server, 'slow-700');
    await expect.poll(() => comfy.machine.running.size).toBe(1);
    const response = await fetch(`${server.url}/v1/images/generations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.liveKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: SLUG,
        prompt: 'a red fox [[emulate:slow-1500]]',
        size: '512x512',
        stream: true,
        partial_images: 2,
      }),
    });
    const text = await response.text();
    const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) =>
      streamed.parse(JSON.parse(data)),
    );
    const of = (name: string) => events.filter(({ type }) => type === `image_generation.${name}`);
    expect(of('waiting')[0]).toMatchObject({ image: 1, ahead: 1 });
    const fractions = of('progress').map(({ fraction = 0 }) => fraction);
    expect(fractions.length).toBeGreaterThan(1);
    expect(fractions).toEqual([...new Set(fractions)].sort((a, b) => a - b));
    const partials = of('partial_image').map(({ b64_json: base64 = '' }) => Buffer.from(base64, 'base64'));
    expect(partials).toHaveLength(2);
    for (const partial of partials) {
      expect(await sharp(partial).raw().toBuffer({ resolveWithObject: true })).toMatchObject({
        info: { width: 96 },
      });
    }
    const [done] = of('completed').map(({ b64_json: base64 = '' }) => Buffer.from(base64, 'base64'));
    expect(await sharp(done).metadata()).toMatchObject({ width: 512, height: 512 });
    await busy;
  });

  it('stops the work of a cancelled call, and its hold is released', async () => {
    const before = await balanceOf(server);
    const accepted = await server.call('POST', '/v1/images/generations', {
      key: server.liveKey,
      headers: { prefer: 'respond-async' },
      body: { model: SLUG, prompt: 'a red fox [[emulate:slow-60000]]', size: '512x512' },
    });
    const { id } = z.looseObject({ id: z.string() }).parse(accepted.body);
    await expect.poll(() => comfy.machine.running.size, { timeout: 10_000 }).toBe(1);
    await server.call('DELETE', `/v1/images/generations/${id}`, { key: server.liveKey });
    await expect
      .poll(() => comfy.machine.counts, { timeout: 10_000 })
      .toMatchObject({ interrupted: 1, sampled: 0 });
    const read = async () =>
      (await server.call('GET', `/v1/images/generations/${id}`, { key: server.liveKey })).body;
    await expect.poll(read, { timeout: 10_000 }).toMatchObject({ status: 'cancelled', credits_used: 0 });
    expect(await balanceOf(server)).toBe(before);
  });

  it('does not submit again what the history knows, although the line was down when it ended', async () => {
    const drawing = draw(server, 'slow-300');
    await expect.poll(() => comfy.machine.running.size).toBe(1);
    comfy.machine.dropSockets();
    await expect.poll(() => comfy.machine.history.size).toBe(1);
    expect(generation.parse((await drawing).body).status).toBe('succeeded');
    expect(comfy.submits()).toBe(1);
  });
});

describe('a server that lacks something', () => {
  it('makes its model unavailable with the names of what is missing, until it is there', async () => {
    const lacking = {
      diffusion: ['flux1-dev-q4.safetensors'],
      checkpoints: [],
      textEncoders: ['clip_l.safetensors'],
    };
    await comfy.renew({ files: { ...lacking, vae: ['ae.safetensors'] } });
    const server = await startTestServer({ env: { FLUX_BASE_URL: comfy.url, FLUX_PROTOCOL: 'comfyui' } });
    try {
      const read = async () =>
        model.parse((await server.call('GET', `/v1/models/${SLUG}`, { key: server.liveKey })).body);
      await expect.poll(async () => (await read()).available).toBe(false);
      const { unavailable_reason: reason } = await read();
      expect(reason).toContain('unet_name: the server has no flux1-dev.safetensors');
      expect(reason).toContain('clip_name1: the server has no t5xxl_fp16.safetensors');
      const answer = await draw(server, 'none');
      expect([answer.status, failure.parse(answer.body).error.code]).toEqual([400, 'model_not_configured']);
      expect(comfy.submits()).toBe(0);
      // Test keys play it on the emulator, which has everything.
      const played = await server.generate({ model: SLUG, prompt: 'a red fox', size: '256x256' });
      expect(played.status).toBe(200);
    } finally {
      await server.stop();
    }
  });
});

describe('a graph of the operator’s own', () => {
  it('paints and edits, and says what it has no place for', async () => {
    await comfy.renew();
    const folder = createTestFolder();
    const file = path.join(folder.path, 'atelier.config.yaml');
    const example = (name: string) => path.resolve(import.meta.dirname, `../../docs/examples/${name}`);
    const endpoint = {
      slug: 'watercolour',
      name: 'Watercolours',
      protocol: 'comfyui',
      dialect: 'graph',
      url: comfy.url,
      graph: example('comfyui-generate.json'),
      edit_graph: example('comfyui-edit.json'),
      edit: { max_input_images: 1 },
      steps: 24,
      weights: 'FLUX.1 dev',
      licence: 'non-commercial',
      credits: 1,
    };
    writeFileSync(file, JSON.stringify({ endpoints: [endpoint] }));
    const server = await startTestServer({ env: { ATELIER_CONFIG: file } });
    const ask = (wish: Readonly<Record<string, unknown>>) =>
      server.generate(
        { model: 'watercolour', prompt: 'a red fox', size: '512x512', ...wish },
        server.liveKey,
      );
    try {
      const made = generation.parse((await ask({ seed: 7 })).body);
      expect(made).toMatchObject({ status: 'succeeded', data: [{ width: 512, height: 512, seed: 7 }] });
      const sent = JSON.stringify(comfy.records.find(({ url }) => url === '/prompt')?.body);
      expect(sent).toContain('"a red fox, on heavy watercolour paper"');
      expect(sent).toContain('"steps":24');
      const edited = await server.edit(
        { model: 'watercolour', prompt: 'a blue fox', image: { image_id: made.data[0]?.id } },
        server.liveKey,
      );
      expect(generation.parse(edited.body).data).toMatchObject([{ width: 512, height: 512 }]);
      const refused = await ask({ provider_options: { comfyui: { strength: 0.5 } } });
      expect(failure.parse(refused.body).error.message).toContain('has no place for strength');
    } finally {
      await server.stop();
      folder.remove();
    }
  });
});

describe('several servers of one model', () => {
  it('are called by the length of their queues, and the others are still there', async () => {
    await comfy.renew();
    const second = await startComfyUi();
    const folder = createTestFolder();
    const file = path.join(folder.path, 'atelier.config.yaml');
    const common = {
      slug: SLUG,
      name: 'FLUX',
      protocol: 'comfyui',
      dialect: 'flux1-dev',
      weights: 'FLUX.1 dev',
      licence: 'non-commercial',
      credits: 2,
    };
    const endpoints = [
      { ...common, url: comfy.url },
      { ...common, url: second.url },
    ];
    writeFileSync(file, JSON.stringify({ endpoints }));
    const server = await startTestServer({ env: { ATELIER_CONFIG: file } });
    try {
      const busy = draw(server, 'slow-60000');
      await expect.poll(() => comfy.machine.running.size).toBe(1);
      const answers = [await draw(server, 'none'), await draw(server, 'none')];
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(second.submits()).toBe(2);
      comfy.machine.interrupt(undefined);
      // Somebody stopped it: that is for nobody else to make up for.
      expect((await busy).status).toBe(503);
      await draw(server, 'none');
      expect([comfy.submits(), second.submits()]).toEqual([2, 2]);
      // A server that is down counts as the busiest.
      await comfy.stop();
      expect((await draw(server, 'none')).status).toBe(200);
      expect(second.submits()).toBe(3);
    } finally {
      await server.stop();
      await second.close();
      folder.remove();
    }
  });
});
