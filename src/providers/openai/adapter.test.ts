import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  collectEvents,
  createTestIo,
  cutAnswer,
  eventAnswer,
  jsonAnswer,
  startScriptedUpstream,
} from '../../../test/support/scripted-upstream.js';
import type { ScriptedUpstream, TestIo } from '../../../test/support/scripted-upstream.js';
import { ProviderError } from '../provider.js';
import type { NativeCall, ProviderEvent } from '../provider.js';
import { runOpenAi } from './adapter.js';

const call: NativeCall = {
  path: '/images/generations',
  body: { model: 'gpt-image-2', prompt: 'a red fox', n: 1 },
  prompt: 'a red fox',
  count: 1,
  streamed: false,
};

const usage = { input_tokens: 10, output_tokens: 20, total_tokens: 30 };

let upstream: ScriptedUpstream;
let io: TestIo;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  io = createTestIo(upstream);
});
afterEach(() => upstream.close());

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'));
}

const dallEAnswer = z.object({ body: z.object({ data: z.tuple([z.looseObject({ url: z.url() })]) }) });

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function failureOf(changes: Partial<NativeCall> = {}): Promise<ProviderError> {
  try {
    await collectEvents(runOpenAi({ ...call, ...changes }, io));
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}

function imagesOf(events: readonly ProviderEvent[]): unknown[] {
  return events.flatMap((event) => (event.type === 'image' ? [[event.index, event.image.kind]] : []));
}

describe('runOpenAi', () => {
  it('sends the call with credentials and tells facts, usage and picture of a GPT answer', async () => {
    const { body } = z.object({ body: z.unknown() }).parse(fixture('adapter-gpt-image-2'));
    upstream.answer(jsonAnswer(200, body, { 'x-request-id': 'req_1' }));
    io = createTestIo(upstream, { extra: { OPENAI_ORGANIZATION: 'org-1', OPENAI_PROJECT: 'proj_1' } });
    const events = await collectEvents(runOpenAi(call, io));
    expect(upstream.seen).toMatchObject([
      {
        method: 'POST',
        url: '/images/generations',
        headers: {
          authorization: 'Bearer test-key-123',
          'content-type': 'application/json',
          'openai-organization': 'org-1',
          'openai-project': 'proj_1',
        },
        body: call.body,
      },
    ]);
    expect(events).toStrictEqual([
      {
        type: 'answered',
        requestId: 'req_1',
        reported: { size: '3072x2160', quality: 'low', background: 'opaque', output_format: 'png' },
      },
      {
        type: 'usage',
        usage: {
          inputTokens: 14,
          outputTokens: 380,
          totalTokens: 394,
          inputTextTokens: 14,
          inputImageTokens: 0,
          outputImageTokens: 380,
          outputTextTokens: 0,
        },
        costMicrocredits: undefined,
      },
      {
        type: 'image',
        index: 0,
        image: {
          kind: 'stored',
          image: { sha256: sha256('first picture'), sizeBytes: 13, picture: undefined },
        },
        revisedPrompt: undefined,
        seed: undefined,
      },
    ]);
    expect(io.stored).toStrictEqual([{ text: 'first picture', discarded: false, finished: true }]);
  });

  it('takes a link and the revised prompt from dall-e-3', async () => {
    const body = dallEAnswer.parse(fixture('adapter-dall-e-3')).body;
    upstream.answer(jsonAnswer(200, body));
    expect(await collectEvents(runOpenAi(call, io))).toStrictEqual([
      { type: 'answered', requestId: undefined, reported: {} },
      {
        type: 'image',
        index: 0,
        image: { kind: 'url', url: body.data[0].url },
        revisedPrompt: 'A tabby cat asleep on a warm stone wall in the evening sun.',
        seed: undefined,
      },
    ]);
  });

  it('streams partial pictures, then the final one with its usage', async () => {
    const { events } = z
      .object({ events: z.array(z.object({ event: z.string(), data: z.unknown() })) })
      .parse(fixture('adapter-stream'));
    upstream.answer(eventAnswer(events));
    const told = await collectEvents(runOpenAi({ ...call, streamed: true }, io));
    expect(told.map(({ type }) => type)).toStrictEqual(['partial', 'answered', 'usage', 'image']);
    expect(io.stored.map(({ text, discarded }) => [text, discarded])).toStrictEqual([
      ['draft', false],
      ['final', false],
    ]);
    expect(upstream.seen[0]?.headers.accept).toBe('text/event-stream');
  });

  it('reads plain JSON from a server that ignores the wish for a stream', async () => {
    upstream.answer(jsonAnswer(200, { data: [{ b64_json: base64('one') }] }));
    const told = await collectEvents(runOpenAi({ ...call, streamed: true }, io));
    expect(imagesOf(told)).toStrictEqual([[0, 'stored']]);
  });

  it('tells which of several pictures are missing and delivers the others', async () => {
    const data = [{ b64_json: base64('one') }, { b64_json: '' }, { b64_json: base64('three') }];
    upstream.answer(jsonAnswer(200, { data, usage }));
    const told = await collectEvents(runOpenAi({ ...call, count: 4 }, io));
    expect(imagesOf(told)).toStrictEqual([
      [0, 'stored'],
      [2, 'stored'],
    ]);
    expect(
      told.flatMap((event) => (event.type === 'image-failed' ? [[event.index, event.error.info.kind]] : [])),
    ).toStrictEqual([
      [1, 'no_image'],
      [3, 'no_image'],
    ]);
  });

  it('drops pictures beyond the asked count', async () => {
    upstream.answer(jsonAnswer(200, { data: [{ b64_json: base64('one') }, { b64_json: base64('two') }] }));
    expect(imagesOf(await collectEvents(runOpenAi(call, io)))).toStrictEqual([[0, 'stored']]);
    expect(io.stored.map(({ discarded }) => discarded)).toStrictEqual([false, true]);
  });

  it('delivers pictures that arrived whole before the body broke off', async () => {
    const data = [{ b64_json: base64('one') }, { b64_json: base64('x'.repeat(4000)) }];
    upstream.answer(cutAnswer({ data }));
    const told = await collectEvents(runOpenAi({ ...call, count: 2 }, io));
    expect(imagesOf(told)).toStrictEqual([[0, 'stored']]);
    expect(told.at(-1)).toMatchObject({
      type: 'image-failed',
      index: 1,
      error: { info: { kind: 'connection', billed: 'unknown' } },
    });
    expect(io.stored.map(({ discarded }) => discarded)).toStrictEqual([false, true]);
  });

  it('calls an answer without a picture no_image and says what it used', async () => {
    upstream.answer(jsonAnswer(200, { data: [], usage }, { 'x-request-id': 'req_2' }));
    expect((await failureOf()).info).toMatchObject({
      kind: 'no_image',
      billed: 'unknown',
      upstream: { status: 200, requestId: 'req_2' },
    });
  });

  const unreadable: readonly [string, Parameters<ScriptedUpstream['answer']>[0], string][] = [
    ['a body that breaks off', cutAnswer({ data: [{ b64_json: base64('x'.repeat(500)) }] }), 'connection'],
    [
      'a body that ends too early',
      (response) => response.writeHead(200).end('{"data":[{"b64_json":"AAAA'),
      'connection',
    ],
    ['broken base64', jsonAnswer(200, { data: [{ b64_json: '!!!!' }] }), 'bad_response'],
    ['a body that is no JSON', (response) => response.writeHead(200).end('<html>'), 'bad_response'],
    ['an answer of another shape', jsonAnswer(200, { data: 'none' }), 'bad_response'],
    ['a stream without a picture', eventAnswer([]), 'no_image'],
  ];
  it.each(unreadable)('never knows the price of %s', async (_, answer, kind) => {
    upstream.answer(answer);
    expect((await failureOf()).info).toMatchObject({ kind, billed: 'unknown', retryable: true });
    expect(io.stored.every(({ discarded }) => discarded)).toBe(true);
  });

  it('reads an error inside a stream', async () => {
    upstream.answer(
      eventAnswer([
        {
          event: 'error',
          data: {
            error: {
              message: 'Your request was rejected by the safety system.',
              type: 'image_generation_user_error',
              code: 'moderation_blocked',
              moderation_details: { moderation_stage: 'output', categories: ['violence'] },
            },
          },
        },
      ]),
    );
    expect((await failureOf({ streamed: true })).info).toMatchObject({ kind: 'moderated', stage: 'output' });
  });

  it('lets a failing store speak for itself', async () => {
    upstream.answer(jsonAnswer(200, { data: [{ b64_json: base64('one') }] }));
    const full = new Error('disk full');
    const broken = createTestIo(upstream, {}, () => ({
      write: () => Promise.reject(full),
      finish: () => Promise.reject(full),
      discard: () => Promise.resolve(),
    }));
    await expect(collectEvents(runOpenAi(call, broken))).rejects.toBe(full);
  });
});
