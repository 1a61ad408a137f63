import { readFileSync, readdirSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import {
  cancelAnswer,
  compatibleAnswer,
  compatibleErrorAnswer,
  errorAnswer,
  messageAnswer,
  submitAnswer,
  taskAnswer,
} from './emulator-wire.js';
import { createQwenEmulator } from './emulator.js';

const SYNC = '/api/v1/services/aigc/multimodal-generation/generation';
const TASKS = '/api/v1/services/aigc/image-generation/generation';
const LEGACY = '/api/v1/services/aigc/text2image/image-synthesis';
const COMPATIBLE = '/compatible-mode/v1/images/generations';

let server: EmulatorServer;

beforeAll(async () => {
  server = await startEmulator(createQwenEmulator);
});
afterAll(async () => {
  await server.close();
});

function like(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-ws-a.b.c', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

function message(model: string, parameters: Record<string, unknown>, images: readonly string[] = []) {
  const content = [...images.map((image) => ({ image })), { text: 'a red boat' }];
  return { model, input: { messages: [{ role: 'user', content }] }, parameters };
}

async function submit(path: string, body: unknown): Promise<string> {
  const answer = await post(path, body, { 'x-dashscope-async': 'enable' });
  expect(answer.status).toBe(200);
  return submitAnswer.parse(await answer.json()).output.task_id;
}

async function poll(taskId: string, key = 'sk-ws-a.b.c') {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`${server.url}/api/v1/tasks/${taskId}`, { headers });
  expect(answer.status).toBe(200);
  return taskAnswer.parse(await answer.json());
}

async function finish(taskId: string) {
  await expect
    .poll(async () => (await poll(taskId)).output.task_status, { timeout: 5_000, interval: 10 })
    .toMatch(/ED$/);
  return poll(taskId);
}

async function download(url: string): Promise<Buffer> {
  const answer = await fetch(url);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
  return Buffer.from(await answer.arrayBuffer());
}

async function sizeOf(url: string): Promise<string> {
  const { width, height } = await sharp(await download(url)).metadata();
  return `${width}*${height}`;
}

function imagesOf(choices: readonly { message: { content: readonly object[] } }[]): string[] {
  return choices
    .flatMap((choice) => choice.message.content)
    .flatMap((item) => ('image' in item && typeof item.image === 'string' ? [item.image] : []));
}

async function draw(body: unknown): Promise<string[]> {
  const answer = await post(SYNC, body);
  expect(answer.status).toBe(200);
  return imagesOf(messageAnswer.parse(await answer.json()).output.choices);
}

async function dataUri(
  width: number,
  height: number,
  format: 'png' | 'jpeg' | 'gif' | 'tiff' | 'webp' = 'png',
) {
  const create = { width, height, channels: 3 as const, background: { r: 9, g: 9, b: 200 } };
  const bytes = await sharp({ create }).toFormat(format).toBuffer();
  return `data:image/${format};base64,${bytes.toString('base64')}`;
}

describe('the synchronous call', () => {
  it.each([
    ['qwen-image', '1328*1328'],
    ['qwen-image-plus', '928*1664'],
    ['qwen-image-max-2025-12-30', '1472*1104'],
    ['qwen-image-2.0', '2688*1536'],
    ['qwen-image-2.0-pro-2026-06-22', '512*512'],
    ['qwen-image-3.0', '1456*182'],
    ['qwen-image-3.0-pro', '2048*2048'],
  ])('draws with %s at exactly %s', async (model, size) => {
    const [url = ''] = await draw(message(model, { size, prompt_extend: false }));
    expect(await sizeOf(url)).toBe(size);
  });

  it('has sizes of its own where none is asked; edits follow the last picture', async () => {
    const images = [await dataUri(600, 600), await dataUri(800, 400, 'jpeg')];
    const cases: [unknown, string][] = [
      [message('qwen-image', {}), '1664*928'],
      [message('qwen-image-3.0', { size: 'auto' }), '2048*2048'],
      [message('qwen-image-edit-plus', {}, images), '1456*720'],
      [message('qwen-image-edit', { n: 1 }, images), '1456*720'],
      [message('qwen-image-2.0', {}, images), '1456*720'],
    ];
    for (const [body, size] of cases) expect(await sizeOf((await draw(body))[0] ?? '')).toBe(size);
  });

  it('takes pictures of every documented format', async () => {
    for (const format of ['png', 'jpeg', 'webp', 'gif', 'tiff'] as const) {
      const uri = await dataUri(400, 400, format);
      expect(await draw(message('qwen-image-edit-plus', { size: '512*2048' }, [uri]))).toHaveLength(1);
    }
    const bmp = Buffer.alloc(64);
    bmp.write('BM', 'latin1');
    bmp.writeInt32LE(400, 18);
    bmp.writeInt32LE(-400, 22);
    const uri = `data:image/bmp;base64,${bmp.toString('base64')}`;
    expect(await draw(message('qwen-image-3.0', { size: '1024*1024' }, [uri]))).toHaveLength(1);
  });

  it('speaks two dialects of usage, and spreads several pictures over choices or one content', async () => {
    const third = messageAnswer.parse(
      await (await post(SYNC, message('qwen-image-3.0', { size: '1500*1500', n: 2 }))).json(),
    );
    expect(third.output.rewrite_status).toBe('success');
    expect(third.output.choices.map((choice) => choice.message.content.length)).toEqual([1, 1]);
    expect(third.usage).toEqual({
      output_width: 1500,
      output_height: 1500,
      input_image_count: 0,
      output_image_count: 2,
      input_image_type: 'qima_input_1k',
      output_image_type: 'qima_output_1k',
    });
    const large = message('qwen-image-3.0', { size: '1501*1500', prompt_extend: false });
    expect(messageAnswer.parse(await (await post(SYNC, large)).json())).toMatchObject({
      output: { rewrite_status: 'not_use' },
      usage: { output_image_type: 'qima_output_2k' },
    });
    const second = messageAnswer.parse(
      await (await post(SYNC, message('qwen-image-2.0', { size: '1024*1024', n: 3 }))).json(),
    );
    expect(second.output).not.toHaveProperty('task_metric');
    expect(second.output.choices.map((choice) => choice.message.content.length)).toEqual([3]);
    expect(second.usage).toEqual({ image_count: 3, width: 1024, height: 1024 });
    const legacy = messageAnswer.parse(await (await post(SYNC, message('qwen-image', {}))).json());
    expect(legacy.output.task_metric).toEqual({ TOTAL: 1, SUCCEEDED: 1, FAILED: 0 });
  });

  it('repeats a seed and otherwise never the same picture', async () => {
    const seeded = message('qwen-image-2.0', { size: '512*512', n: 2, seed: 7 });
    const free = message('qwen-image-2.0', { size: '512*512', n: 2 });
    const urls = [
      ...(await draw(seeded)),
      ...(await draw(seeded)),
      ...(await draw(free)),
      ...(await draw(free)),
    ];
    const pictures = await Promise.all(urls.map(async (url) => (await download(url)).toString('base64')));
    expect(pictures.slice(0, 2)).toEqual(pictures.slice(2, 4));
    expect(new Set(pictures).size).toBe(6);
  });

  it('cuts long texts without a word in the answer, but tells it in a header of its own', async () => {
    const long = (text: string, model = 'qwen-image', parameters: Record<string, unknown> = {}) => ({
      model,
      input: { messages: [{ role: 'user', content: [{ text }] }] },
      parameters: { ...parameters, size: '1328*1328' },
    });
    const cut = async (body: unknown) => {
      const { status, headers } = await post(SYNC, body);
      const names = ['x-emulated-prompt-cut', 'x-emulated-negative-prompt-cut'];
      return [status, ...names.map((name) => headers.get(name))];
    };
    expect(await cut(long('図'.repeat(800)))).toEqual([200, null, null]);
    expect(await cut(long('図'.repeat(801)))).toEqual([200, '1', null]);
    expect(await cut(long('a boat', 'qwen-image', { negative_prompt: 'x'.repeat(503) }))).toEqual([
      200,
      null,
      '3',
    ]);
    expect(await cut(long('x'.repeat(5_200), 'qwen-image-2.0'))).toEqual([200, null, null]);
    expect(await cut(long('x'.repeat(5_201), 'qwen-image-2.0'))).toEqual([200, '1', null]);
    expect(await cut(long('図'.repeat(4_510), 'qwen-image-3.0'))).toEqual([200, '10', null]);
  });
});

describe('tasks', () => {
  it('wait, run and succeed, and are submitted once', async () => {
    const before = server.records.length;
    const body = {
      model: 'qwen-image',
      input: { prompt: 'a boat [[emulate:slow-60000]]', negative_prompt: 'fog' },
      parameters: { size: '1104*1472', n: 1, prompt_extend: false, watermark: false, seed: 1 },
    };
    const taskId = await submit(LEGACY, body);
    const start = server.clock.now.getTime();
    const statuses = [];
    for (const elapsedMs of [0, 14_000, 16_000, 59_000, 61_000]) {
      server.clock.now = new Date(start + elapsedMs);
      statuses.push((await poll(taskId)).output.task_status);
    }
    expect(statuses).toEqual(['PENDING', 'PENDING', 'RUNNING', 'RUNNING', 'SUCCEEDED']);
    const { output, usage } = await poll(taskId);
    expect(usage).toEqual({ image_count: 1 });
    if (output.task_status !== 'SUCCEEDED') throw new Error('not done');
    expect(output.end_time).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
    const [result] = output.results ?? [];
    expect(result).not.toHaveProperty('actual_prompt');
    expect(await sizeOf(result !== undefined && 'url' in result ? result.url : '')).toBe('1104*1472');
    server.clock.now = new Date(start + 24 * 3_600_000);
    expect((await poll(taskId)).output.task_status).toBe('UNKNOWN');
    server.clock.now = new Date();
    const methods = server.records.slice(before).map((record) => record.method);
    expect(methods.filter((method) => method === 'POST')).toHaveLength(1);
    expect(methods.filter((method) => method === 'GET').length).toBeGreaterThan(5);
  });

  it('outlive the process that took them', async () => {
    const other = await startEmulator(createQwenEmulator);
    const answer = await fetch(`${other.url}${TASKS}`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-ws-a.b.c', 'x-dashscope-async': 'enable' },
      body: JSON.stringify(message('qwen-image-3.0', { size: '768*512', n: 2 })),
    });
    const taskId = submitAnswer.parse(await answer.json()).output.task_id;
    await other.close();
    const { output } = await finish(taskId);
    if (output.task_status !== 'SUCCEEDED') throw new Error('not done');
    const urls = imagesOf(output.choices ?? []);
    expect(await Promise.all(urls.map(sizeOf))).toEqual(['768*512', '768*512']);
  });

  it('tell the rewritten prompt on the older path', async () => {
    const taskId = await submit(LEGACY, { model: 'qwen-image-plus', input: { prompt: 'a boat' } });
    const { output } = await finish(taskId);
    expect(output).toMatchObject({
      results: [{ orig_prompt: 'a boat', actual_prompt: like(/^a boat, /) }],
    });
  });

  it('are unknown to other keys and under other ids', async () => {
    const taskId = await submit(TASKS, message('qwen-image-3.0', {}));
    expect((await poll(taskId, 'sk-other')).output.task_status).toBe('UNKNOWN');
    expect((await poll('0385dc79-5ff8-4d82-bcb6-000000000000')).output.task_status).toBe('UNKNOWN');
    expect((await fetch(`${server.url}/api/v1/tasks/${taskId}`)).status).toBe(401);
  });

  it('can be cancelled while they wait, and not later', async () => {
    const body = message('qwen-image-3.0', {});
    const slow = {
      ...body,
      input: { messages: [{ role: 'user', content: [{ text: 'a [[emulate:slow-60000]]' }] }] },
    };
    const taskId = await submit(TASKS, slow);
    const cancelled = await post(`/api/v1/tasks/${taskId}/cancel`, {});
    cancelAnswer.parse(await cancelled.json());
    expect((await poll(taskId)).output.task_status).toBe('CANCELED');
    const running = await submit(TASKS, slow);
    server.clock.now = new Date(server.clock.now.getTime() + 20_000);
    const late = await post(`/api/v1/tasks/${running}/cancel`, {});
    expect([late.status, errorAnswer.parse(await late.json()).code]).toEqual([400, 'UnsupportedOperation']);
    expect((await poll(running)).output.task_status).toBe('RUNNING');
  });
});

describe('the OpenAI-shaped surface', () => {
  it('gives links, whatever form was asked', async () => {
    const body = {
      model: 'qwen-image-3.0-pro',
      prompt: 'a boat',
      n: 2,
      size: '1024x768',
      response_format: 'b64_json',
      image: await dataUri(500, 500),
    };
    const answer = compatibleAnswer.parse(await (await post(COMPATIBLE, body)).json());
    expect(await Promise.all(answer.data.map((item) => sizeOf(item.url)))).toEqual(['1024*768', '1024*768']);
  });

  it('refuses in its own envelope', async () => {
    const code = async (body: Record<string, unknown>) => {
      const answer = await post(COMPATIBLE, { prompt: 'a boat', ...body });
      return [answer.status, compatibleErrorAnswer.parse(await answer.json()).error.code];
    };
    expect(await code({ model: 'qwen-image-3.0', size: '1024*1024' })).toEqual([400, 'InvalidParameter']);
    expect(await code({ model: 'qwen-image' })).toEqual([404, 'ModelNotFound']);
    const blocked = { model: 'qwen-image-3.0', prompt: 'a boat [[emulate:moderated-output]]' };
    expect(await code(blocked)).toEqual([400, 'DataInspectionFailed']);
  });
});

describe('result files', () => {
  it('need no key and refuse one, and die after a day', async () => {
    const [url = ''] = await draw(message('qwen-image', {}));
    await download(url);
    const keyed = await fetch(url, { headers: { authorization: 'Bearer sk-ws-a.b.c' } });
    expect([keyed.status, keyed.headers.get('content-type')]).toEqual([403, 'application/xml']);
    expect(await keyed.text()).toContain('<Code>SignatureDoesNotMatch</Code>');
    server.clock.now = new Date(server.clock.now.getTime() + 86_400_000);
    const late = await fetch(url);
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired.')]);
    server.clock.now = new Date();
    expect((await fetch(url.replace(/Expires=\d+/, 'Expires=9999999999'))).status).toBe(403);
  });
});

describe('fixtures', () => {
  const folder = new URL('fixtures/', import.meta.url);
  const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
  const schemas = [
    [/^message-/, messageAnswer],
    [/^submit/, submitAnswer],
    [/^task-/, taskAnswer],
    [/^error-/, errorAnswer],
    [/^compatible\./, compatibleAnswer],
    [/^compatible-error/, compatibleErrorAnswer],
  ] as const;
  const names = readdirSync(folder).filter((name) => schemas.some(([pattern]) => pattern.test(name)));

  it.each(names)('%s is an answer as emulated', (name) => {
    const schema = schemas.find(([pattern]) => pattern.test(name))?.[1];
    expect(() => schema?.parse(read(name))).not.toThrow();
  });

  it('are all looked at', () => {
    expect(names.length).toBeGreaterThanOrEqual(20);
  });
});
