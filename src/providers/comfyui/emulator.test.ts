import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FormData, request } from 'undici';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { changeIo } from '../../../test/support/changed-io.js';
import { startComfyUi, type ComfyUiServer } from '../../../test/support/comfyui-server.js';
import { createTestIo } from '../../../test/support/scripted-upstream.js';
import { fillFamilyGraph } from './family-graph.js';
import { familyRecipe } from './recipe.js';
import { findInQueue } from './calls.js';
import { history, queue, uploadAnswer } from './wire.js';

/** What the server says, as strict as the protocol notes have it. */
const queuedAnswer = z.strictObject({
  prompt_id: z.string(),
  number: z.int(),
  node_errors: z.record(z.string(), z.unknown()),
});
const errorAnswer = z.strictObject({
  error: z.strictObject({
    type: z.string(),
    message: z.string(),
    details: z.string(),
    extra_info: z.record(z.string(), z.unknown()),
  }),
  node_errors: z.record(
    z.string(),
    z.strictObject({
      errors: z.array(
        z.strictObject({
          type: z.string(),
          message: z.string(),
          details: z.string(),
          extra_info: z.record(z.string(), z.unknown()),
        }),
      ),
      dependent_outputs: z.array(z.string()),
      class_type: z.string(),
    }),
  ),
});
const historyAnswer = z.record(
  z.string(),
  z.strictObject({
    prompt: z.tuple([z.int(), z.string(), z.unknown(), z.unknown(), z.array(z.string())]),
    outputs: z.record(z.string(), z.unknown()),
    status: z.strictObject({
      status_str: z.enum(['success', 'error']),
      completed: z.boolean(),
      messages: z.array(z.tuple([z.string(), z.looseObject({ prompt_id: z.string() })])),
    }),
    meta: z.strictObject({}),
  }),
);

let comfy: ComfyUiServer;

beforeAll(async () => {
  comfy = await startComfyUi();
});
beforeEach(() => comfy.renew());
afterAll(() => comfy.close());

/** The graph of the protocol notes. */
function graphOf(prompt = 'a cat', seed = 1, images: readonly string[] = [], prefix = 'app/job-1') {
  const recipe = familyRecipe('flux1-dev', {});
  if (recipe.kind !== 'family') throw new Error('a family has a family');
  const { graph } = fillFamilyGraph(recipe, {
    prompt,
    negativePrompt: undefined,
    seed,
    width: 256,
    height: 256,
    steps: 4,
    guidance: 3.5,
    strength: 0.5,
    images,
    mask: undefined,
  });
  return Object.fromEntries(
    Object.entries(graph).map(([id, node]) => {
      const text = JSON.stringify(node).replace(
        '"filename_prefix":"atelier"',
        `"filename_prefix":"${prefix}"`,
      );
      return [id, z.unknown().parse(JSON.parse(text))];
    }),
  );
}

/** On a connection of its own: the server is started anew between tests. */
async function post(path: string, body: unknown) {
  const response = await request(comfy.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    reset: true,
  });
  return { status: response.statusCode, text: await response.body.text() };
}

async function get(path: string): Promise<unknown> {
  return (await request(comfy.url + path, { reset: true })).body.json();
}

async function finish(prompt: unknown, more: Readonly<Record<string, unknown>> = {}) {
  const { prompt_id: id } = queuedAnswer.parse(JSON.parse((await post('/prompt', { prompt, ...more })).text));
  await expect.poll(async () => historyAnswer.parse(await get(`/history/${id}`))[id]).toBeDefined();
  const entry = historyAnswer.parse(await get(`/history/${id}`))[id];
  if (entry === undefined) throw new Error('the history has lost the job');
  return { id, entry };
}

const files = z.record(
  z.string(),
  z.strictObject({
    images: z.array(z.strictObject({ filename: z.string(), subfolder: z.string(), type: z.string() })),
  }),
);

describe('a graph', () => {
  it('is queued, run, kept in the history, and its picture can be looked at', async () => {
    const { entry } = await finish(graphOf());
    expect(entry.status).toMatchObject({ status_str: 'success', completed: true });
    const [image] = files.parse(entry.outputs)['10']?.images ?? [];
    expect(image).toEqual({ filename: 'job-1_00001_.png', subfolder: 'app', type: 'output' });
    const query = new URLSearchParams(image);
    const bytes = Buffer.from(
      await (await request(`${comfy.url}/view?${query.toString()}`, { reset: true })).body.arrayBuffer(),
    );
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 256, height: 256 });
  });

  it('like the last one is not run again: the history shows the old file', async () => {
    const first = await finish(graphOf());
    const second = await finish(graphOf());
    expect(second.entry.outputs).toEqual(first.entry.outputs);
    expect(comfy.machine.counts.sampled).toBe(1);
    const cached = second.entry.status.messages.find(([type]) => type === 'execution_cached');
    expect(cached?.[1]['nodes']).toHaveLength(10);
    expect((await finish(graphOf('a cat', 2))).entry.outputs).not.toEqual(first.entry.outputs);
  });

  it('may have outputs that can run beside others that can not', async () => {
    const broken = { class_type: 'SaveImage', inputs: { images: ['77', 0], filename_prefix: 'x' } };
    const { text, status } = await post('/prompt', { prompt: { ...graphOf(), 20: broken } });
    expect(status).toBe(200);
    expect(queuedAnswer.parse(JSON.parse(text)).node_errors).toHaveProperty('20');
  });

  it('is refused in the documented words', async () => {
    const prompt = {
      ...graphOf(),
      1: { class_type: 'UNETLoader', inputs: { unet_name: 'x', weight_dtype: 'default' } },
    };
    const { status, text } = await post('/prompt', { prompt });
    expect(status).toBe(400);
    const body = errorAnswer.parse(JSON.parse(text));
    expect(body.node_errors['1']).toMatchObject({
      class_type: 'UNETLoader',
      dependent_outputs: ['10'],
      errors: [{ type: 'value_not_in_list', message: 'Value not in list' }],
    });
    expect(errorAnswer.parse(fixture('error-400-value-not-in-list.json'))).toBeDefined();
    expect((await post('/prompt', '{"prompt":')).status).toBe(500);
  });

  it('can be interrupted by its id only while it runs, and taken out while it waits', async () => {
    const stalled = await post('/prompt', { prompt: graphOf('a cat [[emulate:stall]]') });
    const { prompt_id: id } = queuedAnswer.parse(JSON.parse(stalled.text));
    await post('/interrupt', { prompt_id: 'another' });
    expect(comfy.machine.running.size).toBe(1);
    await post('/interrupt', { prompt_id: id });
    await expect
      .poll(() => comfy.machine.history.get(id))
      .toMatchObject({
        status: { status_str: 'error', completed: false },
      });
    await post('/prompt', { prompt: graphOf('a cat [[emulate:slow-5000]]') });
    const waiting = await post('/prompt', { prompt: graphOf('a dog') });
    const second = queuedAnswer.parse(JSON.parse(waiting.text)).prompt_id;
    expect(JSON.stringify(await get('/queue'))).toContain(second);
    await post('/queue', { delete: [second] });
    expect(queue.parse(await get('/queue')).queue_pending).toEqual([]);
    await post('/interrupt', {});
    await expect.poll(() => comfy.machine.running.size).toBe(0);
  });
});

describe('uploads', () => {
  async function upload(bytes: Buffer, more: Readonly<Record<string, string>> = {}) {
    const form = new FormData();
    form.set('image', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), 'x.png');
    for (const [name, value] of Object.entries(more)) form.set(name, value);
    const response = await request(`${comfy.url}/upload/image`, { method: 'POST', body: form, reset: true });
    return uploadAnswer.parse(await response.body.json());
  }

  it('keep their name for the same bytes, and get another for others', async () => {
    const [red, blue] = await Promise.all(
      ['#f00', '#00f'].map((background) =>
        sharp({ create: { width: 64, height: 64, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    if (red === undefined || blue === undefined) throw new Error('there are no pictures');
    expect((await upload(red)).name).toBe('x.png');
    expect((await upload(red)).name).toBe('x.png');
    expect(await upload(blue)).toEqual({ name: 'x (1).png', subfolder: '' });
    expect((await upload(blue, { overwrite: 'true' })).name).toBe('x.png');
    expect(await upload(red, { subfolder: 'mine' })).toMatchObject({ name: 'x.png', subfolder: 'mine' });
    const { entry } = await finish(graphOf('a cat', 1, ['mine/x.png']));
    expect(entry.status.status_str).toBe('success');
  });
});

describe('the socket', () => {
  async function listen(clientId: string) {
    const socket = new WebSocket(`${comfy.url.replace('http', 'ws')}/api/ws?clientId=${clientId}`);
    const texts: { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[] = [];
    const binaries: Buffer[] = [];
    socket.on('message', (data, isBinary) => {
      if (!Buffer.isBuffer(data)) return;
      if (isBinary) binaries.push(data);
      else
        texts.push(
          z
            .object({ type: z.string(), data: z.record(z.string(), z.unknown()) })
            .parse(JSON.parse(data.toString())),
        );
    });
    await once(socket, 'open');
    return { socket, texts, binaries };
  }

  it('tells everything of its client’s jobs in order, previews among it', async () => {
    const { socket, texts, binaries } = await listen('c1');
    const { id } = await finish(graphOf(), { client_id: 'c1' });
    await expect.poll(() => texts.at(-1)?.type).toBe('status');
    expect(texts[0]).toMatchObject({ type: 'status', data: { sid: 'c1' } });
    const types = texts
      .map(({ type }) => type)
      .filter((type) => !['status', 'progress_state'].includes(type));
    expect([...new Set(types)]).toEqual([
      'execution_start',
      'execution_cached',
      'executing',
      'progress',
      'executed',
      'execution_success',
    ]);
    expect(texts.filter(({ type }) => type === 'executing').at(-1)?.data).toEqual({
      node: null,
      prompt_id: id,
    });
    const steps = texts.filter(({ type }) => type === 'progress').map(({ data }) => data['value']);
    expect(steps).toEqual([1, 2, 3, 4]);
    const [preview] = binaries;
    expect([preview?.readUInt32BE(0), preview?.readUInt32BE(4)]).toEqual([1, 1]);
    expect((await sharp(preview?.subarray(8)).metadata()).format).toBe('jpeg');
    socket.close();
  });

  it('is refused to pages of other hosts, as everything is', async () => {
    const origin = { origin: 'http://evil.example' };
    const refused = new WebSocket(`${comfy.url.replace('http', 'ws')}/ws`, { headers: origin });
    const status = await new Promise((resolve) => {
      refused.once('unexpected-response', (_request, response) => {
        resolve(response.statusCode);
      });
    });
    expect(status).toBe(403);
    const from = async (headers: Readonly<Record<string, string>>) =>
      (await request(`${comfy.url}/queue`, { headers: { ...headers }, reset: true })).statusCode;
    expect(await from(origin)).toBe(403);
    expect(await from({ origin: comfy.url })).toBe(200);
  });
});

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8'));
}

/** A world in which every call is answered with a text. */
function worldSaying(text: string) {
  const io = createTestIo({ baseUrl: 'http://gpu:8188' });
  return changeIo(io, {
    send: () => Promise.resolve({ status: 200, headers: {}, body: Readable.from([Buffer.from(text)]) }),
  });
}

describe('documented answers', () => {
  it('are read as what they are', async () => {
    const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
    expect(history.parse(fixture('history-success.json'))[id]).toMatchObject({
      outputs: { 9: { images: [{ filename: 'ComfyUI_00001_.png', type: 'output' }] } },
      status: { status_str: 'success', completed: true },
    });
    expect(historyAnswer.parse(fixture('history-success.json'))).toHaveProperty(id);
    expect(uploadAnswer.parse(fixture('upload.json'))).toMatchObject({ name: 'x (1).png' });
    const placeOf = (promptId: string) =>
      findInQueue(worldSaying(JSON.stringify(fixture('queue.json'))), promptId);
    expect(await placeOf('11111111-1111-4111-8111-111111111111')).toEqual({ state: 'running' });
    // The list is no order: the numbers are.
    expect(await placeOf('22222222-2222-4222-8222-222222222222')).toEqual({ state: 'pending', ahead: 1 });
    expect(await placeOf('44444444-4444-4444-8444-444444444444')).toEqual({ state: 'pending', ahead: 2 });
    expect(await placeOf('nobody')).toEqual({ state: 'absent' });
    expect(await findInQueue(worldSaying('<html>'), 'nobody')).toEqual({ state: 'unclear' });
  });
});
