import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  collectEvents,
  createTestIo,
  cutAnswer,
  jsonAnswer,
  startScriptedUpstream,
} from '../../../test/support/scripted-upstream.js';
import type { ScriptedUpstream, TestIo } from '../../../test/support/scripted-upstream.js';
import { ProviderError } from '../provider.js';
import type { Endpoint, NativeCall, ProviderErrorInfo, ProviderEvent } from '../provider.js';
import { createOpenAiImagesRun } from './adapter.js';
import { DIALECT_NAMES } from './dialects.js';

const KEY = 'server-secret-key';
const call: NativeCall = {
  path: '/images/generations',
  body: { model: 'flux-1', prompt: 'a red fox', n: 1 },
  prompt: 'a red fox',
  count: 1,
  streamed: false,
};
const answers = z
  .record(z.string(), z.unknown())
  .parse(JSON.parse(readFileSync(new URL('fixtures/adapter-answers.json', import.meta.url), 'utf8')));

let upstream: ScriptedUpstream;
let io: TestIo;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  world();
});
afterEach(() => upstream.close());

function world(extra: Endpoint['extra'] = {}, apiKey?: string): void {
  const { baseUrl } = upstream;
  io = createTestIo(
    { baseUrl: `${baseUrl}/v1` },
    { baseUrl: `${baseUrl}/v1`, apiKey: apiKey ?? undefined, extra },
  );
}

function run(changes: Partial<NativeCall> = {}): AsyncIterable<ProviderEvent> {
  return createOpenAiImagesRun(() => 77)({ ...call, ...changes }, io);
}

async function failureOf(changes: Partial<NativeCall> = {}): Promise<ProviderErrorInfo> {
  try {
    await collectEvents(run(changes));
  } catch (error) {
    if (error instanceof ProviderError) return error.info;
    throw error;
  }
  throw new Error('the call did not fail');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Answers the first request with a link, all others with the bytes of a picture. */
function linking(url: string): void {
  let first = true;
  upstream.answer((response) => {
    if (first) jsonAnswer(200, { data: [{ url }] })(response);
    else response.writeHead(200, { 'content-type': 'image/png' }).end('bytes of a fox');
    first = false;
  });
}

describe('createOpenAiImagesRun', () => {
  it.each(DIALECT_NAMES)("stores the picture of %s's answer", async (dialect) => {
    world({ FLUX_DIALECT: dialect });
    upstream.answer(jsonAnswer(200, answers[dialect]));
    const events = await collectEvents(run());
    expect(events.map(({ type }) => type)).toStrictEqual(['answered', 'image']);
    expect(io.stored).toStrictEqual([{ text: 'a red fox', discarded: false, finished: true }]);
  });

  it('speaks the dialect of the endpoint, with its key and its name of the model', async () => {
    world({ FLUX_DIALECT: 'vllm-omni', FLUX_MODEL: 'black-forest-labs/FLUX.1-schnell' }, KEY);
    upstream.answer(jsonAnswer(200, answers['vllm-omni']));
    const events = await collectEvents(run({ body: { ...call.body, seed: 0, steps: 4 } }));
    expect(upstream.seen).toMatchObject([
      { method: 'POST', url: '/v1/images/generations', headers: { authorization: `Bearer ${KEY}` } },
    ]);
    expect(upstream.seen[0]?.body).toStrictEqual({
      model: 'black-forest-labs/FLUX.1-schnell',
      prompt: 'a red fox',
      n: 1,
      response_format: 'b64_json',
      seed: 0,
      num_inference_steps: 4,
    });
    expect(events.at(-1)).toMatchObject({ type: 'image', seed: 0, revisedPrompt: undefined });
  });

  it('needs no key', async () => {
    upstream.answer(jsonAnswer(200, answers['sd-server']));
    await collectEvents(run());
    expect(upstream.seen[0]?.headers).not.toHaveProperty('authorization');
    expect(upstream.seen[0]?.body).toStrictEqual({ prompt: 'a red fox', n: 1 });
  });

  it('sends SGLang a seed of its own, because the server has a fixed one', async () => {
    world({ FLUX_DIALECT: 'sglang' });
    upstream.answer(jsonAnswer(200, answers['sglang']));
    const events = await collectEvents(run());
    expect(upstream.seen[0]?.body).toMatchObject({ seed: 77 });
    expect(events).toMatchObject([
      { type: 'answered', requestId: 'b7c1' },
      { type: 'image', seed: 77, revisedPrompt: 'a red fox' },
    ]);
  });

  it('sends nothing when the server has no place for what was asked', async () => {
    world({ FLUX_DIALECT: 'localai' });
    expect(await failureOf({ body: { ...call.body, seed: 7 } })).toMatchObject({
      kind: 'invalid_request',
      retryable: false,
      billed: false,
      message: 'The server can not honour the request: LocalAI takes no seed with a call.',
    });
    expect(upstream.seen).toStrictEqual([]);
  });

  it('stores the bytes of a server that answers with them', async () => {
    upstream.answer((response) => response.writeHead(200, { 'content-type': 'image/png' }).end('raw fox'));
    const events = await collectEvents(run({ count: 2 }));
    expect(events.map(({ type }) => type)).toStrictEqual(['answered', 'image', 'image-failed']);
    expect(io.stored.map(({ text }) => text)).toStrictEqual(['raw fox']);
  });

  it('takes a data URL for the picture that it is', async () => {
    upstream.answer(jsonAnswer(200, { data: [{ url: `data:image/png;base64,${base64('inline')}` }] }));
    await collectEvents(run());
    expect(io.stored.map(({ text }) => text)).toStrictEqual(['inline']);
  });

  it('hands on links, relative ones from the server', async () => {
    linking('https://cdn.example/1.png');
    expect((await collectEvents(run())).at(-1)).toMatchObject({
      image: { kind: 'url', url: 'https://cdn.example/1.png' },
    });
    linking('/v1/images/7/content');
    expect((await collectEvents(run())).at(-1)).toMatchObject({
      image: { kind: 'url', url: `${upstream.baseUrl}/v1/images/7/content` },
    });
  });

  it('fetches pictures itself where the server asks for its key', async () => {
    world({}, KEY);
    linking('/v1/images/7/content');
    expect((await collectEvents(run())).at(-1)).toMatchObject({ image: { kind: 'stored' } });
    expect(upstream.seen[1]).toMatchObject({
      method: 'GET',
      url: '/v1/images/7/content',
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(io.stored.map(({ text }) => text)).toStrictEqual(['bytes of a fox']);
  });

  it("refuses a path on the server's disk", async () => {
    linking('/root/.xinference/image/1.png');
    expect(await failureOf()).toMatchObject({ kind: 'bad_response', billed: false, retryable: false });
  });

  it('tells which of several pictures are missing and delivers the others', async () => {
    upstream.answer(jsonAnswer(200, { data: [{ b64_json: '' }, { b64_json: base64('two') }] }));
    const events = await collectEvents(run({ count: 3 }));
    expect(events.flatMap((event) => ('index' in event ? [[event.type, event.index]] : []))).toStrictEqual([
      ['image', 1],
      ['image-failed', 0],
      ['image-failed', 2],
    ]);
  });

  it('delivers pictures that arrived whole before the body broke off', async () => {
    const data = [{ b64_json: base64('one') }, { b64_json: base64('x'.repeat(4000)) }];
    upstream.answer(cutAnswer({ data }));
    const events = await collectEvents(run({ count: 2 }));
    expect(events.map(({ type }) => type)).toStrictEqual(['answered', 'image', 'image-failed']);
    expect(io.stored.map(({ discarded }) => discarded)).toStrictEqual([false, true]);
  });

  const unreadable: readonly [string, (response: ServerResponse) => void, string][] = [
    ['a body that breaks off', cutAnswer({ data: [{ b64_json: base64('x'.repeat(500)) }] }), 'connection'],
    ['broken base64', jsonAnswer(200, { data: [{ b64_json: '!!!!' }] }), 'bad_response'],
    ['a body that is no JSON', (response) => response.writeHead(200).end('<html>'), 'bad_response'],
    ['an answer of another shape', jsonAnswer(200, { data: 'none' }), 'bad_response'],
    ['an empty list', jsonAnswer(200, { data: [] }), 'no_image'],
    ['an error with status 200', jsonAnswer(200, { error: 'out of memory' }), 'overloaded'],
  ];
  it.each(unreadable)('fails on %s', async (_, answer, kind) => {
    upstream.answer(answer);
    expect((await failureOf()).kind).toBe(kind);
    expect(io.stored.every(({ discarded }) => discarded)).toBe(true);
  });
});

describe("the servers' errors", () => {
  const final = { retryable: false, billed: false };
  const cases: readonly [string, number, unknown, Record<string, unknown>][] = [
    [
      'a text',
      400,
      { error: 'prompt required' },
      { kind: 'invalid_request', ...final, message: 'sd-server refused the request: prompt required' },
    ],
    [
      'a code and a text',
      500,
      { error: 'server_error', message: 'ggml failed' },
      { kind: 'overloaded', retryable: true, upstream: { code: 'server_error', message: 'ggml failed' } },
    ],
    [
      'an empty result',
      500,
      { error: 'generate_image returned no results' },
      { kind: 'no_image', retryable: true, billed: false },
    ],
    [
      'an object with a number',
      500,
      { error: { code: 500, message: 'could not load model: not found', type: '' } },
      { kind: 'model_unavailable', ...final, upstream: { code: '500' } },
    ],
    ['a detail', 400, { detail: "Invalid size format: '1024x'." }, { kind: 'invalid_request', ...final }],
    [
      'a list of details',
      422,
      { detail: [{ loc: ['body', 'n'], msg: 'Input should be less than 11', type: 'less_than' }] },
      {
        kind: 'invalid_request',
        message: 'sd-server refused the request: n: Input should be less than 11',
      },
    ],
    [
      'a server that starts',
      503,
      { detail: 'Diffusion engine not initialized.' },
      { kind: 'overloaded', retryable: true, billed: false },
    ],
    ['a full queue', 429, { error: 'job queue is full' }, { kind: 'overloaded', retryable: true }],
    ['too fast', 429, { error: { message: 'slow down' } }, { kind: 'rate_limited', retryable: true }],
    [
      'an empty account of a rented server',
      429,
      { error: { code: 'insufficient_quota', message: 'You exceeded your current quota.' } },
      { kind: 'out_of_credit', ...final },
    ],
    ['a wrong key', 401, { error: { code: 401, message: 'no', type: '' } }, { kind: 'authentication' }],
    ['an unknown path', 404, '', { kind: 'model_unavailable', ...final }],
    ['an empty body', 500, undefined, { kind: 'overloaded', retryable: true, billed: false }],
    [
      'a filter in front',
      400,
      { error: { code: 'content_policy_violation', message: 'Your prompt was refused.', type: 'x' } },
      { kind: 'moderated', stage: 'prompt', ...final },
    ],
    [
      'a filter that looks at inputs',
      400,
      { error: { code: 'content_policy_violation', message: 'The input image was refused.' } },
      { kind: 'moderated', stage: 'input', ...final },
    ],
    [
      'a filter behind',
      400,
      { error: { code: 'content_policy_violation', message: 'The generated image was refused.' } },
      { kind: 'moderated', stage: 'output', ...final },
    ],
  ];
  it.each(cases)('%s', async (_, status, body, info) => {
    upstream.answer(jsonAnswer(status, body));
    expect(await failureOf()).toMatchObject(info);
  });

  it('takes the hint of a server that loads a model, and never repeats the key', async () => {
    world({ FLUX_DIALECT: 'localai' }, KEY);
    upstream.answer(jsonAnswer(503, { error: { message: `loading for ${KEY}` } }, { 'retry-after': '20' }));
    const info = await failureOf();
    expect(info).toMatchObject({ kind: 'overloaded', retryAfterMs: 20_000 });
    expect(JSON.stringify(info)).not.toContain(KEY);
  });
});
