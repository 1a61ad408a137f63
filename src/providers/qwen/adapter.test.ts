import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { changeIo } from '../../../test/support/changed-io.js';
import {
  collectEvents,
  createTestIo,
  cutAnswer,
  jsonAnswer,
  startScriptedUpstream,
} from '../../../test/support/scripted-upstream.js';
import type { ScriptedUpstream, TestIo } from '../../../test/support/scripted-upstream.js';
import { ProviderError } from '../provider.js';
import type { NativeCall, ProviderEvent, ProviderIo } from '../provider.js';
import { inputRefOf } from '../shared/outgoing-body.js';
import { resumeQwen, runQwen } from './adapter.js';
import { CALL_PATH, LEGACY_TASK_PATH, OPENAI_PATH, TASK_PATH } from './forms.js';

const task: NativeCall = {
  path: LEGACY_TASK_PATH,
  body: {
    model: 'qwen-image',
    input: { prompt: 'a red fox' },
    parameters: { n: 1, prompt_extend: true, watermark: false, seed: 7 },
  },
  prompt: 'a red fox',
  count: 1,
  streamed: false,
};
const call: NativeCall = {
  ...task,
  path: CALL_PATH,
  body: { model: 'qwen-image-max', input: { messages: [] }, parameters: { n: 1 } },
};

let upstream: ScriptedUpstream;
let io: TestIo;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  io = createTestIo(upstream);
});
afterEach(() => upstream.close());

function fixture<T>(name: string, schema: z.ZodType<T>): T {
  const text = readFileSync(new URL(`fixtures/adapter-${name}.json`, import.meta.url), 'utf8');
  return schema.parse(JSON.parse(text));
}

const whole = z.object({ body: z.unknown() });
const legacy = fixture(
  'legacy-task',
  z.object({ submitted: z.unknown(), succeeded: z.unknown(), failed: z.unknown() }),
);
const TASK_ID = '0385dc79-5ff8-4d82-bcb6-xxxxxx';

/** Answers one request after the other; the last answer stands for all further ones. */
function script(...answers: ((response: ServerResponse) => void)[]): void {
  let next = 0;
  upstream.answer((response) => answers[Math.min(next++, answers.length - 1)]?.(response));
}

function status(task_status: string, more: Record<string, unknown> = {}): (response: ServerResponse) => void {
  return jsonAnswer(200, { request_id: 'r-1', output: { task_id: TASK_ID, task_status, ...more } });
}

async function failureOf(run: AsyncIterable<ProviderEvent>): Promise<ProviderError> {
  try {
    await collectEvents(run);
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}

/** A world whose time is up after a number of pauses. */
function limited(pauses: number): ProviderIo {
  const controller = new AbortController();
  let left = pauses;
  return changeIo(io, {
    signal: controller.signal,
    sleep: () => {
      if (left-- > 0) return Promise.resolve();
      controller.abort(new DOMException('too long', 'TimeoutError'));
      return Promise.reject(new Error('aborted'));
    },
  });
}

const picture: ProviderEvent = {
  type: 'image',
  index: 0,
  image: {
    kind: 'url',
    url: 'https://dashscope-result-sz.oss-cn-shenzhen.aliyuncs.com/fox.png?Expires=1767000000',
  },
  revisedPrompt: 'A red fox in tall grass, photographed at dawn.',
  seed: 7,
};

describe('runQwen with a task', () => {
  it('tells of the task before anything else, then waits for it and tells what it made', async () => {
    script(
      jsonAnswer(200, legacy.submitted),
      status('PENDING'),
      status('RUNNING'),
      status('SOMETHING_NEW'),
      jsonAnswer(200, legacy.succeeded),
    );
    expect(await collectEvents(runQwen(task, io))).toStrictEqual([
      { type: 'accepted', taskId: TASK_ID },
      { type: 'answered', requestId: 'b67df059-ca6a-9d51-afcd-xxxxxx', reported: { task_id: TASK_ID } },
      picture,
    ]);
    expect(upstream.seen).toHaveLength(5);
    expect(upstream.seen[0]).toMatchObject({
      method: 'POST',
      url: LEGACY_TASK_PATH,
      headers: {
        authorization: 'Bearer test-key-123',
        'content-type': 'application/json',
        'x-dashscope-async': 'enable',
      },
      body: task.body,
    });
    expect(upstream.seen[1]).toMatchObject({
      method: 'GET',
      url: `/api/v1/tasks/${TASK_ID}`,
      body: undefined,
    });
    expect(upstream.seen[1]?.headers).not.toHaveProperty('x-dashscope-async');
  });

  it('goes on with a task of an earlier process without a second submit', async () => {
    script(status('RUNNING'), jsonAnswer(200, legacy.succeeded));
    const events = await collectEvents(resumeQwen(TASK_ID, task, io));
    expect(events.at(-1)).toStrictEqual(picture);
    expect(upstream.seen.map(({ method }) => method)).toStrictEqual(['GET', 'GET']);
  });

  it('outlives looks that fail', async () => {
    script(
      jsonAnswer(200, legacy.submitted),
      jsonAnswer(429, { code: 'Throttling', message: 'slow down' }),
      jsonAnswer(503, {}),
      (response) => response.destroy(),
      cutAnswer(legacy.succeeded),
      jsonAnswer(200, { output: 'nonsense' }),
      (response) => response.writeHead(200).end('<html>'),
      jsonAnswer(200, legacy.succeeded),
    );
    const brokenOnce = changeIo(io, {
      send: async (request) => {
        try {
          return await io.send(request);
        } catch (cause) {
          throw new ProviderError({
            kind: 'connection',
            retryable: false,
            billed: 'unknown',
            message: 'broken',
            cause,
          });
        }
      },
    });
    expect((await collectEvents(runQwen(task, brokenOnce))).at(-1)).toStrictEqual(picture);
  });

  const ends: readonly [string, (response: ServerResponse) => void, Record<string, unknown>][] = [
    [
      'a withheld picture',
      jsonAnswer(200, legacy.failed),
      { kind: 'moderated', stage: 'output', retryable: false, billed: false },
    ],
    [
      'a refused prompt, told flatly',
      jsonAnswer(200, {
        request_id: 'r-2',
        code: 'DataInspectionFailed',
        message: 'Input data may contain inappropriate content.',
      }),
      { kind: 'moderated', stage: 'prompt', upstream: { requestId: 'r-2' } },
    ],
    [
      'a task that failed for no known reason',
      status('FAILED', { code: 'Oddity', message: 'hm' }),
      { kind: 'no_image', retryable: true, billed: false },
    ],
    [
      'a server fault',
      status('FAILED', { code: 'InternalError.Algo', message: 'oops' }),
      { kind: 'overloaded', retryable: true, billed: false },
    ],
    ['a cancelled task', status('CANCELED'), { kind: 'cancelled', retryable: false, billed: false }],
    [
      'a task that is not found any more',
      status('UNKNOWN'),
      { kind: 'bad_response', retryable: false, billed: 'unknown' },
    ],
    [
      'a look that is refused',
      jsonAnswer(401, { code: 'InvalidApiKey', message: 'Invalid API-key provided.' }),
      { kind: 'authentication', retryable: false, billed: 'unknown' },
    ],
    ['success without a picture', status('SUCCEEDED'), { kind: 'no_image', billed: false }],
  ];
  it.each(ends)('ends with %s', async (_, answer, info) => {
    script(jsonAnswer(200, legacy.submitted), answer);
    expect((await failureOf(runQwen(task, io))).info).toMatchObject(info);
  });

  it('never knows the price of a task that outlasts the call', async () => {
    script(jsonAnswer(200, legacy.submitted), status('RUNNING'));
    expect((await failureOf(runQwen(task, limited(3)))).info).toMatchObject({
      kind: 'timeout',
      retryable: false,
      billed: 'unknown',
    });
  });

  it('tells which of several pictures failed and delivers the others', async () => {
    const results = [
      { code: 'DataInspectionFailed', message: 'Output data may contain inappropriate content.' },
      { url: 'https://a.example/2.png' },
    ];
    script(jsonAnswer(200, legacy.submitted), status('SUCCEEDED', { results }));
    const events = await collectEvents(runQwen({ ...task, count: 3 }, io));
    expect(
      events.flatMap((event): [number, unknown][] => {
        if (event.type === 'image-failed') return [[event.index, event.error.info.kind]];
        return event.type === 'image' ? [[event.index, event.seed]] : [];
      }),
    ).toStrictEqual([
      [0, 'moderated'],
      [1, undefined],
      [2, 'no_image'],
    ]);
  });

  it('has no faith in an accepted task without a name', async () => {
    script(jsonAnswer(200, { output: { task_status: 'PENDING' }, request_id: 'r-3' }));
    expect((await failureOf(runQwen(task, io))).info).toMatchObject({
      kind: 'bad_response',
      billed: 'unknown',
      upstream: { requestId: 'r-3' },
    });
  });
});

describe('runQwen with a call', () => {
  it('tells facts and picture', async () => {
    upstream.answer(jsonAnswer(200, fixture('call', whole).body));
    expect(await collectEvents(runQwen(call, io))).toStrictEqual([
      {
        type: 'answered',
        requestId: 'd0250a3d-b07f-49e1-bdc8-6793f4929xxx',
        reported: { size: '1664x928' },
      },
      {
        type: 'image',
        index: 0,
        image: {
          kind: 'url',
          url: 'https://dashscope-result-sz.oss-cn-shenzhen.aliyuncs.com/7d/xx.png?Expires=1767000000&OSSAccessKeyId=id&Signature=sig',
        },
        revisedPrompt: undefined,
        seed: undefined,
      },
    ]);
    expect(upstream.seen[0]?.headers).not.toHaveProperty('x-dashscope-async');
  });

  it('flattens several choices, and several parts of one', async () => {
    upstream.answer(jsonAnswer(200, fixture('task', whole).body));
    const several = await collectEvents(runQwen({ ...call, count: 2 }, io));
    expect(several[0]).toMatchObject({
      reported: { size: '2048x2048', rewrite_status: 'not_use', output_image_type: 'qima_output_2k' },
    });
    const content = [{ image: 'https://a.example/1.png' }, { image: 'https://a.example/2.png' }];
    upstream.answer(jsonAnswer(200, { output: { choices: [{ message: { content } }] } }));
    const parts = await collectEvents(runQwen({ ...call, count: 2 }, io));
    for (const events of [several, parts])
      expect(events.map(({ type }) => type)).toStrictEqual(['answered', 'image', 'image']);
  });

  const unreadable: readonly [string, (response: ServerResponse) => void, string][] = [
    ['a body that breaks off', cutAnswer({ output: { choices: [] } }), 'connection'],
    ['a body that is no JSON', (response) => response.writeHead(200).end('<html>'), 'bad_response'],
    ['an answer of another shape', jsonAnswer(200, { output: { choices: 'none' } }), 'bad_response'],
  ];
  it.each(unreadable)('never knows the price of %s', async (_, answer, kind) => {
    upstream.answer(answer);
    expect((await failureOf(runQwen(call, io))).info).toMatchObject({ kind, billed: 'unknown' });
  });

  it('speaks the OpenAI-shaped form where the endpoint wants it', async () => {
    io = createTestIo(upstream, { extra: { DASHSCOPE_FORM: 'openai' } });
    upstream.answer(jsonAnswer(200, { created: 1, data: [{ url: 'https://a.example/1.png' }], usage: {} }));
    const events = await collectEvents(runQwen(task, io));
    expect(events.map(({ type }) => type)).toStrictEqual(['answered', 'image']);
    expect(upstream.seen).toMatchObject([{ url: OPENAI_PATH, body: { prompt: 'a red fox', n: 1, seed: 7 } }]);
    expect(upstream.seen[0]?.headers).not.toHaveProperty('x-dashscope-async');
  });
});

describe('runQwen with pictures', () => {
  const first = { bytes: Buffer.from([0, 255, 254, 7, 8]), mimeType: 'image/png' } as const;
  const second = { bytes: randomBytes(200_001), mimeType: 'image/jpeg' } as const;
  const refs = [inputRefOf(0, 'data-url'), inputRefOf(1, 'data-url')];
  const content = [...refs.map((image) => ({ image })), { text: 'a "red" fox' }];
  const edit: NativeCall = {
    ...call,
    body: { model: 'qwen-image-2.0', input: { messages: [{ role: 'user', content }] }, parameters: { n: 1 } },
    prompt: 'a "red" fox',
  };
  const sent = [
    `data:image/png;base64,${first.bytes.toString('base64')}`,
    `data:image/jpeg;base64,${second.bytes.toString('base64')}`,
  ];
  const world = (extra: Readonly<Record<string, string>> = {}) =>
    createTestIo(upstream, { extra }, undefined, { 0: first, 1: second });

  it('sends their exact bytes as data URLs in the message', async () => {
    upstream.answer(jsonAnswer(200, fixture('call', whole).body));
    const events = await collectEvents(runQwen(edit, world()));
    expect(events.map(({ type }) => type)).toStrictEqual(['answered', 'image']);
    expect(upstream.seen[0]?.headers['content-type']).toBe('application/json');
    const parts = [{ image: sent[0] }, { image: sent[1] }, { text: 'a "red" fox' }];
    expect(upstream.seen[0]?.body).toStrictEqual({
      model: 'qwen-image-2.0',
      input: { messages: [{ role: 'user', content: parts }] },
      parameters: { n: 1 },
    });
  });

  it('submits a task with them once, and takes it up without them', async () => {
    script(jsonAnswer(200, legacy.submitted), jsonAnswer(200, legacy.succeeded));
    const submit = { ...edit, path: TASK_PATH };
    const events = await collectEvents(runQwen(submit, world()));
    expect(events.map(({ type }) => type)).toStrictEqual(['accepted', 'answered', 'image']);
    expect(upstream.seen[0]?.headers).toHaveProperty('x-dashscope-async', 'enable');
    expect(JSON.stringify(upstream.seen[0]?.body)).toContain(sent[1]);
    const again = await collectEvents(resumeQwen(TASK_ID, submit, io));
    expect(again.map(({ type }) => type)).toStrictEqual(['answered', 'image']);
    expect(upstream.seen.map(({ method }) => method)).toStrictEqual(['POST', 'GET', 'GET']);
  });

  it('sends them flat in the OpenAI-shaped form', async () => {
    upstream.answer(jsonAnswer(200, { data: [{ url: 'https://a.example/1.png' }] }));
    await collectEvents(runQwen(edit, world({ DASHSCOPE_FORM: 'openai' })));
    expect(upstream.seen).toMatchObject([
      { url: OPENAI_PATH, body: { prompt: 'a "red" fox', image: sent, n: 1 } },
    ]);
  });

  const refused: readonly [string, Record<string, unknown>, Record<string, unknown>][] = [
    [
      'an input that does not pass the inspection',
      { code: 'DataInspectionFailed', message: 'Input data may contain inappropriate content.' },
      { kind: 'moderated', stage: 'input', retryable: false, billed: false },
    ],
    [
      'an input that can not be read',
      { code: 'InvalidURL', message: 'The image could not be decoded.' },
      { kind: 'invalid_request', retryable: false, billed: false },
    ],
  ];
  it.each(refused)('tells of %s', async (_, body, info) => {
    upstream.answer(jsonAnswer(400, body));
    expect((await failureOf(runQwen(edit, world()))).info).toMatchObject(info);
  });
});
