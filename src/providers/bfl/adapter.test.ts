import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { changeIo } from '../../../test/support/changed-io.js';
import {
  collectEvents,
  createTestIo,
  jsonAnswer,
  startScriptedUpstream,
} from '../../../test/support/scripted-upstream.js';
import type { ScriptedUpstream } from '../../../test/support/scripted-upstream.js';
import type { TestInputs } from '../../../test/support/wire-io.js';
import { ProviderError } from '../provider.js';
import type { NativeCall, ProviderEvent, ProviderErrorInfo, ProviderIo } from '../provider.js';
import { resumeBfl, runBfl } from './adapter.js';

const call: NativeCall = {
  path: '/v1/flux-2-pro',
  body: { prompt: 'a red fox', width: 1024, height: 1024 },
  prompt: 'a red fox',
  count: 1,
  streamed: false,
};
const edit: NativeCall = {
  ...call,
  body: { prompt: 'a red fox', input_image: { $input: 0, as: 'base64' } },
};
const ID = '9c1b6a52-0000-4000-8000-000000000000';
const KEY = 'bfl-secret-key-1234';

const { submitted, pending, ready, moderated } = z
  .object({
    submitted: z.looseObject({ polling_url: z.string() }),
    pending: z.unknown(),
    ready: z.looseObject({ result: z.looseObject({ sample: z.string() }) }),
    moderated: z.unknown(),
  })
  .parse(JSON.parse(readFileSync(new URL('fixtures/adapter-task.json', import.meta.url), 'utf8')));

let upstream: ScriptedUpstream;
/** Origins that calls were sent to; undefined is the endpoint's own. */
let origins: (string | undefined)[];
let pauses: number;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  origins = [];
  pauses = 0;
});
afterEach(() => upstream.close());

/** A world whose every origin leads to the scripted upstream, and whose time is up after a number of pauses. */
function world(limit = 100, inputs: TestInputs = {}): ProviderIo {
  const io = createTestIo(upstream, { apiKey: KEY, baseUrl: 'https://api.bfl.ai' }, undefined, inputs);
  const controller = new AbortController();
  return changeIo(io, {
    signal: controller.signal,
    send: (request) => {
      origins.push(request.origin);
      return io.send(request);
    },
    sleep: () => {
      if (pauses++ < limit) return Promise.resolve();
      controller.abort(new DOMException('too long', 'TimeoutError'));
      return Promise.reject(new Error('aborted'));
    },
  });
}

/** Answers one request after the other; the last answer stands for all further ones. */
function script(...answers: ((response: ServerResponse) => void)[]): void {
  let next = 0;
  upstream.answer((response) => answers[Math.min(next++, answers.length - 1)]?.(response));
}

function status(name: string, more: Record<string, unknown> = {}): (response: ServerResponse) => void {
  return jsonAnswer(200, { id: ID, status: name, result: null, ...more });
}

async function failureOf(run: AsyncIterable<ProviderEvent>): Promise<ProviderErrorInfo> {
  try {
    await collectEvents(run);
  } catch (error) {
    if (error instanceof ProviderError) return error.info;
    throw error;
  }
  throw new Error('the call did not fail');
}

const taskId = JSON.stringify({ id: ID, pollingUrl: submitted.polling_url, costMicrocredits: 4_500_000 });
const ending: readonly ProviderEvent[] = [
  { type: 'answered', requestId: ID, reported: { host: 'api.us2.bfl.ai' } },
  { type: 'usage', usage: undefined, costMicrocredits: 4_500_000 },
  {
    type: 'image',
    index: 0,
    image: { kind: 'url', url: ready.result.sample },
    revisedPrompt: undefined,
    seed: 42,
  },
];

describe('runBfl', () => {
  it('tells of the task before anything else, looks where it was told to, and tells what came of it', async () => {
    script(
      jsonAnswer(200, submitted),
      jsonAnswer(200, pending),
      status('Reasoning', { progress: 0.25 }),
      status('Generating', { progress: 0.75 }),
      status('Some new status'),
      jsonAnswer(200, ready),
    );
    expect(await collectEvents(runBfl(call, world()))).toStrictEqual([
      { type: 'accepted', taskId },
      { type: 'progress', fraction: 0.25 },
      { type: 'progress', fraction: 0.75 },
      ...ending,
    ]);
    expect(upstream.seen[0]).toMatchObject({
      method: 'POST',
      url: '/v1/flux-2-pro',
      headers: { 'x-key': KEY, 'content-type': 'application/json' },
      body: call.body,
    });
    expect(upstream.seen[1]).toMatchObject({
      method: 'GET',
      url: `/v1/get_result?id=${ID}`,
      headers: { 'x-key': KEY },
    });
    expect(origins).toStrictEqual([undefined, ...Array<string>(5).fill('https://api.us2.bfl.ai')]);
  });

  it('keeps the key from hosts that are not to be trusted', async () => {
    script(
      jsonAnswer(200, { ...submitted, polling_url: `https://evil.example/v1/get_result?id=${ID}` }),
      jsonAnswer(200, ready),
    );
    const events = await collectEvents(runBfl(call, world()));
    expect(events.at(-1)?.type).toBe('image');
    expect(origins).toStrictEqual([undefined, undefined]);
    expect(upstream.seen[1]?.url).toBe(`/v1/get_result?id=${ID}`);
  });

  it('goes on with a task of an earlier process without a second submit', async () => {
    script(jsonAnswer(200, pending), jsonAnswer(200, ready));
    expect(await collectEvents(resumeBfl(taskId, call, world()))).toStrictEqual(ending);
    expect(upstream.seen.map(({ method }) => method)).toStrictEqual(['GET', 'GET']);
  });

  it('does not take a stored id for a task that it is not', async () => {
    expect(await failureOf(resumeBfl('{"id":""}', call, world()))).toMatchObject({
      kind: 'bad_response',
      retryable: false,
      billed: 'unknown',
    });
    expect(upstream.seen).toStrictEqual([]);
  });

  it('forgives a region that does not know the task at once, by status or by body', async () => {
    script(
      jsonAnswer(200, submitted),
      status('Task not found'),
      jsonAnswer(404, { detail: 'Not Found' }),
      status('Task not found'),
      jsonAnswer(200, ready),
    );
    expect((await collectEvents(runBfl(call, world()))).at(-1)?.type).toBe('image');
  });

  it('outlives looks that fail', async () => {
    script(
      jsonAnswer(200, submitted),
      jsonAnswer(429, { error: 'rate_limit_exceeded', retry_after: 2 }),
      jsonAnswer(500, {}),
      (response) => response.writeHead(200).end('<html>'),
      (response) => response.writeHead(502).end('<html>'),
      jsonAnswer(200, ready),
    );
    expect((await collectEvents(runBfl(call, world()))).at(-1)?.type).toBe('image');
  });

  const ends: readonly [string, (response: ServerResponse) => void, Record<string, unknown>][] = [
    [
      'a refused request',
      jsonAnswer(200, moderated),
      {
        kind: 'moderated',
        stage: 'prompt',
        retryable: false,
        upstream: { code: 'Request Moderated', message: 'Derivative Works Filter', requestId: ID },
      },
    ],
    ['a withheld picture', status('Content Moderated'), { kind: 'moderated', stage: 'output' }],
    [
      'a failed task that comes with an HTTP error',
      jsonAnswer(422, { id: ID, status: 'Content Moderated', result: null }),
      { kind: 'moderated', stage: 'output' },
    ],
    ['an error', status('Error'), { kind: 'overloaded', billed: 'unknown' }],
    [
      'an error that comes with 503',
      jsonAnswer(503, { id: ID, status: 'Error', result: null }),
      { kind: 'overloaded', billed: 'unknown' },
    ],
    ['a failure', status('Failed'), { kind: 'overloaded', billed: 'unknown' }],
    [
      'a task that stays unknown',
      status('Task not found'),
      { kind: 'bad_response', retryable: false, billed: 'unknown', upstream: { code: 'Task not found' } },
    ],
    [
      'a key that is refused by now',
      jsonAnswer(403, { detail: 'Not authenticated' }),
      { kind: 'authentication', billed: 'unknown' },
    ],
    ['a task without a picture', status('Ready'), { kind: 'no_image', billed: 'unknown' }],
  ];
  it.each(ends)('ends with %s', async (_, answer, info) => {
    script(jsonAnswer(200, submitted), answer);
    expect(await failureOf(runBfl(call, world()))).toMatchObject(info);
  });

  it('never knows the price of a task that outlasts the call', async () => {
    script(jsonAnswer(200, submitted), status('Pending'));
    expect(await failureOf(runBfl(call, world(3)))).toMatchObject({
      kind: 'timeout',
      retryable: false,
      billed: 'unknown',
    });
  });

  it('tells the prompt that FLUX 3 made of the given one', async () => {
    const result = { sample: 'https://delivery-us1.bfl.ai/1.png', expanded_prompt: 'A red fox at dawn.' };
    script(jsonAnswer(200, { id: ID }), status('Ready', { result }));
    expect((await collectEvents(runBfl(call, world()))).slice(1)).toStrictEqual([
      { type: 'answered', requestId: ID, reported: {} },
      {
        type: 'image',
        index: 0,
        image: { kind: 'url', url: result.sample },
        revisedPrompt: 'A red fox at dawn.',
        seed: undefined,
      },
    ]);
  });
});

describe('an edit', () => {
  // Lengths that leave each rest of a division by three.
  const bytes = [1000, 1001, 1002].map((length, seed) =>
    Buffer.from(Array.from({ length }, (_, index) => (index * 31 + seed) % 256)),
  );
  const [one, two, mask] = bytes.map((picture) => ({ bytes: picture, mimeType: 'image/png' as const }));
  if (one === undefined || two === undefined || mask === undefined) throw new Error('three pictures');
  const inputs: TestInputs = { 0: one, 1: two, 'mask-white': mask };
  const [first, second, third] = bytes.map((picture) => picture.toString('base64'));

  it.each<[string, NativeCall['body'], unknown]>([
    [
      'numbered fields',
      { input_image: { $input: 0, as: 'base64' }, input_image_2: { $input: 1, as: 'base64' } },
      { input_image: first, input_image_2: second },
    ],
    [
      'a list',
      {
        images: [
          { $input: 1, as: 'base64' },
          { $input: 0, as: 'base64' },
        ],
        grounding: false,
      },
      { images: [second, first], grounding: false },
    ],
    [
      'a picture and its mask',
      { image: { $input: 0, as: 'base64' }, mask: { $input: 'mask-white', as: 'base64' } },
      { image: first, mask: third },
    ],
  ])('carries its pictures exactly in %s', async (_, body, sent) => {
    script(jsonAnswer(200, submitted), jsonAnswer(200, ready));
    expect(await collectEvents(runBfl({ ...call, body }, world(100, inputs)))).toStrictEqual([
      { type: 'accepted', taskId },
      ...ending,
    ]);
    expect(upstream.seen[0]?.body).toStrictEqual(sent);
    expect(upstream.seen[0]?.headers).toMatchObject({ 'x-key': KEY, 'content-type': 'application/json' });
  });

  it('goes on without its pictures, which were sent before', async () => {
    script(jsonAnswer(200, pending), jsonAnswer(200, ready));
    expect(await collectEvents(resumeBfl(taskId, edit, world()))).toStrictEqual(ending);
    expect(upstream.seen.map(({ method }) => method)).toStrictEqual(['GET', 'GET']);
  });

  it.each<[string, string]>([
    ['Request Moderated', 'input'],
    ['Content Moderated', 'output'],
  ])('%s is a refusal at the stage %s, also in a later process', async (name, stage) => {
    script(jsonAnswer(200, submitted), status(name));
    const refusal = { kind: 'moderated', stage, retryable: false, billed: 'unknown' };
    expect(await failureOf(runBfl(edit, world(100, inputs)))).toMatchObject(refusal);
    expect(await failureOf(resumeBfl(taskId, edit, world()))).toMatchObject(refusal);
  });

  it('with a picture that can not be read is a bad request', async () => {
    script(jsonAnswer(400, { detail: 'Invalid image: it could not be decoded.' }));
    expect(await failureOf(runBfl(edit, world(100, inputs)))).toMatchObject({
      kind: 'invalid_request',
      retryable: false,
      billed: false,
      message: 'BFL refused the request: Invalid image: it could not be decoded.',
    });
  });
});

describe('a refused submit', () => {
  const final = { retryable: false, billed: false };
  const cases: readonly [string, number, unknown, Record<string, unknown>][] = [
    ['a bad request', 400, { detail: 'nonsense' }, { kind: 'invalid_request', ...final }],
    ['an empty account', 402, { detail: 'Insufficient credits' }, { kind: 'out_of_credit', ...final }],
    ['a wrong key', 403, { detail: 'Not authenticated' }, { kind: 'authentication', ...final }],
    ['an unknown model', 404, { detail: 'Not Found' }, { kind: 'model_unavailable', ...final }],
    [
      'a wrong field',
      422,
      { detail: [{ loc: ['body', 'width'], msg: 'too large', type: 'less_than_equal' }] },
      { kind: 'invalid_request', ...final, message: 'BFL refused the request: width: too large' },
    ],
    [
      'a text about a wrong field',
      422,
      { detail: 'Extra inputs are not permitted' },
      { kind: 'invalid_request', message: 'BFL refused the request: Extra inputs are not permitted' },
    ],
    [
      'too many tasks at once',
      429,
      { error: 'rate_limit_exceeded', message: 'slow down', retry_after: 60 },
      {
        kind: 'rate_limited',
        retryable: true,
        billed: false,
        retryAfterMs: 60_000,
        upstream: { status: 429, code: 'rate_limit_exceeded', message: 'slow down' },
      },
    ],
    ['a fault, after which a repeated submit may be a second one', 500, {}, { billed: 'unknown' }],
    ['an overload', 503, {}, { kind: 'overloaded', retryable: true, billed: 'unknown' }],
    ['a task without a name', 200, { id: '' }, { kind: 'bad_response', billed: 'unknown' }],
  ];
  it.each(cases)('%s', async (_, code, body, info) => {
    upstream.answer(jsonAnswer(code, body));
    expect(await failureOf(runBfl(call, world()))).toMatchObject(info);
    expect(upstream.seen).toHaveLength(1);
  });

  it('never repeats the key', async () => {
    upstream.answer(jsonAnswer(400, { detail: `the key ${KEY} is odd` }));
    expect(JSON.stringify(await failureOf(runBfl(call, world())))).not.toContain(KEY);
  });
});
