import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../test/support/emulator-server.js';
import type { EmulatorServer } from '../../../test/support/emulator-server.js';
import { errorAnswer, messageAnswer, submitAnswer, taskAnswer } from './emulator-wire.js';
import { createQwenEmulator } from './emulator.js';

const SYNC = '/api/v1/services/aigc/multimodal-generation/generation';
const TASKS = '/api/v1/services/aigc/image-generation/generation';
const LEGACY = '/api/v1/services/aigc/text2image/image-synthesis';

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

interface Call {
  readonly key?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

function send(path: string, token: string, call: Call = {}): Promise<Response> {
  const text = `a boat [[emulate:${token}]]`;
  const body =
    path === LEGACY
      ? { model: 'qwen-image', input: { prompt: text } }
      : {
          model: 'qwen-image-3.0',
          input: { messages: [{ role: 'user', content: [{ text }] }] },
          parameters: { size: '1024*768' },
        };
  return fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${call.key ?? 'sk-good'}`,
      'content-type': 'application/json',
      ...(path === SYNC ? {} : { 'x-dashscope-async': 'enable' }),
      ...call.headers,
    },
    body: JSON.stringify(body),
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  });
}

async function refusal(answer: Response) {
  const { code, message } = errorAnswer.parse(await answer.json());
  return { status: answer.status, code, message };
}

async function pollOnce(taskId: string, key = 'sk-good'): Promise<unknown> {
  const headers = { authorization: `Bearer ${key}` };
  return (await fetch(`${server.url}/api/v1/tasks/${taskId}`, { headers })).json();
}

/** Submits and polls to the end. */
async function finish(path: string, token: string, key = 'sk-good'): Promise<unknown> {
  const answer = await send(path, token, { key });
  expect(answer.status).toBe(200);
  const taskId = submitAnswer.parse(await answer.json()).output.task_id;
  let last: unknown;
  const running = () => /"(PENDING|RUNNING)"/.test(JSON.stringify(last));
  await expect
    .poll(async () => {
      last = await pollOnce(taskId, key);
      return running();
    })
    .toBe(false);
  return last;
}

async function firstUrl(token: string): Promise<string> {
  const { output } = messageAnswer.parse(await (await send(SYNC, token)).json());
  const [item] = output.choices[0]?.message.content ?? [];
  return item !== undefined && 'image' in item ? item.image : '';
}

describe('refusals at the gate', () => {
  it.each([
    ['bad-key', 401, 'InvalidApiKey', 'Invalid API-key provided.'],
    ['out-of-credit', 400, 'Arrearage', /good standing/],
    ['rate-limited', 429, 'Throttling.RateQuota', /rate limit exceeded/],
    ['rate-limited-no-hint', 429, 'Throttling.RateQuota', /rate limit exceeded/],
    ['overloaded', 500, 'InternalError.Timeout', /internal error/],
  ])('%s answers every form of call with %i', async (token, status, code, message) => {
    for (const path of [SYNC, TASKS, LEGACY]) {
      const answer = await send(path, token);
      expect(answer.headers.get('retry-after')).toBe(token === 'rate-limited' ? '1' : null);
      const text: unknown = typeof message === 'string' ? message : like(message);
      expect(await refusal(answer)).toEqual({ status, code, message: text });
    }
  });

  it('acts only on the attempt, the model and the header', async () => {
    const scope = (attempt: number) => ({ headers: { 'x-emulate-scope': `gen_1/1/${attempt}` } });
    const statuses = [];
    for (const attempt of [1, 2, 3]) {
      statuses.push((await send(TASKS, 'overloaded]][[emulate:rate-limited', scope(attempt))).status);
    }
    expect(statuses).toEqual([500, 429, 200]);
    expect((await send(LEGACY, 'overloaded@qwen-image')).status).toBe(500);
    expect((await send(TASKS, 'overloaded@qwen-image')).status).toBe(200);
    expect((await send(SYNC, '', { headers: { 'x-emulate': 'out-of-credit' } })).status).toBe(400);
  });
});

describe('refusals of the work', () => {
  it.each([
    ['moderated-prompt', 'DataInspectionFailed', 'Input data may contain inappropriate content.'],
    ['moderated-input', 'DataInspectionFailed', 'Input data may contain inappropriate content.'],
    ['moderated-output', 'DataInspectionFailed', 'Output data may contain inappropriate content.'],
    ['server-error', 'InternalError.Algo', like(/internal error/)],
  ])('%s is an error of the call, and the failed end of a task', async (token, code, message) => {
    const status = token === 'server-error' ? 500 : 400;
    expect(await refusal(await send(SYNC, token))).toEqual({ status, code, message });
    for (const path of [TASKS, LEGACY]) {
      const { output } = taskAnswer.parse(await finish(path, token));
      expect(output).toMatchObject({ task_status: 'FAILED', code, message });
    }
  });

  it('can be told flat', async () => {
    const flat = errorAnswer.parse(await finish(TASKS, 'moderated-output', 'sk-flat'));
    expect(flat.code).toBe('DataInspectionFailed');
  });
});

describe('successes that are none', () => {
  it('hold text alone, or nothing', async () => {
    const text = messageAnswer.parse(await (await send(SYNC, 'text-only')).json());
    expect(text.output.choices[0]?.message.content).toEqual([{ text: like(/describe/) }]);
    expect(text.usage).toMatchObject({ output_image_count: 0 });
    const none = messageAnswer.parse(await (await send(SYNC, 'no-image')).json());
    expect(none.output.choices).toEqual([]);
    expect(taskAnswer.parse(await finish(LEGACY, 'text-only')).output).toMatchObject({ results: [] });
    expect(taskAnswer.parse(await finish(LEGACY, 'no-image')).output).not.toHaveProperty('results');
    expect(taskAnswer.parse(await finish(TASKS, 'no-image')).output).toMatchObject({ choices: [] });
  });

  it('hold a reason in place of a picture', async () => {
    const { output } = taskAnswer.parse(await finish(LEGACY, '', 'sk-partial'));
    expect(output).toMatchObject({ task_status: 'SUCCEEDED', results: [{ code: 'InternalError.Algo' }] });
  });

  it('lead to other pixels, a broken picture or a dead link', async () => {
    const wrong = Buffer.from(await (await fetch(await firstUrl('wrong-size'))).arrayBuffer());
    expect(await sharp(wrong).metadata()).toMatchObject({ width: 768, height: 1024 });
    const broken = Buffer.from(await (await fetch(await firstUrl('bad-base64'))).arrayBuffer());
    await expect(sharp(broken).raw().toBuffer()).rejects.toThrow();
    const expired = await fetch(await firstUrl('expired-link'));
    expect([expired.status, await expired.text()]).toEqual([
      403,
      expect.stringContaining('<Code>AccessDenied</Code>'),
    ]);
  });
});

describe('trouble on the connection', () => {
  it('slow holds the synchronous call, and makes a task longer', async () => {
    const before = performance.now();
    expect((await send(SYNC, 'slow-150')).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(145);
    const started = performance.now();
    await finish(TASKS, 'slow-900');
    expect(performance.now() - started).toBeGreaterThanOrEqual(895);
  });

  it('stall never answers the synchronous call, and never ends a task', async () => {
    await expect(send(SYNC, 'stall', { signal: AbortSignal.timeout(100) })).rejects.toThrow();
    const { output } = submitAnswer.parse(await (await send(TASKS, 'stall')).json());
    server.clock.now = new Date(server.clock.now.getTime() + 3_600_000);
    expect(await pollOnce(output.task_id)).toMatchObject({ output: { task_status: 'RUNNING' } });
    server.clock.now = new Date();
  });

  it('drip and cut-body act where the picture is sent', async () => {
    const dripped = Buffer.from(await (await fetch(await firstUrl('drip'))).arrayBuffer());
    expect(await sharp(dripped).metadata()).toMatchObject({ width: 1024, height: 768 });
    const cut = await fetch(await firstUrl('cut-body'));
    expect(cut.status).toBe(200);
    await expect(cut.arrayBuffer()).rejects.toThrow();
  });
});
