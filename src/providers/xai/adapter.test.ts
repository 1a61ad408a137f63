import { randomBytes } from 'node:crypto';
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
import type { NativeCall, ProviderEvent } from '../provider.js';
import { inputRefOf } from '../shared/outgoing-body.js';
import { runXai } from './adapter.js';

const call: NativeCall = {
  path: '/images/generations',
  body: { model: 'grok-imagine-image-2.0', prompt: 'a red fox', n: 1, response_format: 'b64_json' },
  prompt: 'a red fox',
  count: 1,
  streamed: false,
};

let upstream: ScriptedUpstream;
let io: TestIo;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  io = createTestIo(upstream);
});
afterEach(() => upstream.close());

function fixture(name: string): unknown {
  const text = readFileSync(new URL(`fixtures/adapter-${name}.json`, import.meta.url), 'utf8');
  return z.object({ body: z.unknown() }).parse(JSON.parse(text)).body;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Events up to the failure, and the failure. */
async function attempt(changes: Partial<NativeCall> = {}): Promise<[ProviderEvent[], ProviderError]> {
  const events: ProviderEvent[] = [];
  try {
    for await (const event of runXai({ ...call, ...changes }, io)) events.push(event);
  } catch (error) {
    if (error instanceof ProviderError) return [events, error];
    throw error;
  }
  throw new Error('the call did not fail');
}

describe('runXai', () => {
  it('sends the call with the key and tells facts, cost and picture', async () => {
    upstream.answer(jsonAnswer(200, fixture('b64'), { 'x-request-id': 'req-1' }));
    expect(await collectEvents(runXai(call, io))).toMatchObject([
      { type: 'answered', requestId: 'req-1', reported: { mime_type: 'image/jpeg' } },
      { type: 'usage', usage: undefined, costMicrocredits: 6_000_000 },
      { type: 'image', index: 0, image: { kind: 'stored' }, revisedPrompt: undefined, seed: undefined },
    ]);
    expect(upstream.seen).toMatchObject([
      {
        method: 'POST',
        url: '/images/generations',
        headers: { authorization: 'Bearer test-key-123', 'content-type': 'application/json' },
        body: call.body,
      },
    ]);
    expect(io.stored).toStrictEqual([{ text: 'a red fox', discarded: false, finished: true }]);
  });

  it('takes a link, and a revised prompt only if there is one', async () => {
    upstream.answer(jsonAnswer(200, fixture('url')));
    expect((await collectEvents(runXai(call, io))).at(-1)).toStrictEqual({
      type: 'image',
      index: 0,
      image: {
        kind: 'url',
        url: 'https://imgen.x.ai/xai-imgen/xai-tmp-imgen-36a913f7-f5e4-4d8e-8632-0d952a43386f.jpeg',
      },
      revisedPrompt: undefined,
      seed: undefined,
    });
  });

  it('strips the prefix of a data URL', async () => {
    const b64_json = `data:image/png;base64,${base64('prefixed')}`;
    upstream.answer(jsonAnswer(200, { data: [{ b64_json }] }));
    await collectEvents(runXai(call, io));
    expect(io.stored.map(({ text }) => text)).toStrictEqual(['prefixed']);
  });

  it('fails only the pictures that were withheld', async () => {
    const data = [
      { b64_json: base64('one') },
      { url: null, b64_json: null, respect_moderation: false },
      { b64_json: '' },
    ];
    upstream.answer(jsonAnswer(200, { data, usage: { cost_in_usd_ticks: 1_200_000_000 } }));
    const events = await collectEvents(runXai({ ...call, count: 4 }, io));
    expect(
      events.flatMap((event) =>
        event.type === 'image-failed'
          ? [[event.index, event.error.info.kind, event.error.info.stage, event.error.info.billed]]
          : [],
      ),
    ).toStrictEqual([
      [1, 'moderated', 'output', 'unknown'],
      [2, 'no_image', undefined, 'unknown'],
      [3, 'no_image', undefined, 'unknown'],
    ]);
    expect(events.filter(({ type }) => type === 'image')).toHaveLength(1);
  });

  const blocked = { url: null, b64_json: null, respect_moderation: false };
  const faces: readonly [string, unknown, Record<string, unknown>][] = [
    [
      'an item that was withheld, at no cost',
      { data: [blocked], usage: { cost_in_usd_ticks: 0 } },
      { stage: 'output', billed: false },
    ],
    [
      'an item that was withheld and is billed',
      { data: [blocked], usage: { cost_in_usd_ticks: 400_000_000 } },
      { stage: 'output', billed: true },
    ],
    ['an empty list', { data: [] }, { stage: 'unknown', billed: 'unknown' }],
    [
      'a reason to block the prompt',
      { data: [], block_reason: 'BLOCKED_PROMPT', usage: { cost_in_usd_ticks: 0 } },
      { stage: 'prompt', billed: false, upstream: { status: 200, message: 'BLOCKED_PROMPT' } },
    ],
  ];
  it.each(faces)('calls %s a refusal', async (_, body, info) => {
    upstream.answer(jsonAnswer(200, body));
    const [, error] = await attempt();
    expect(error.info).toMatchObject({ kind: 'moderated', retryable: false, ...info });
  });

  it('tells the cost of a refusal before it', async () => {
    upstream.answer(
      jsonAnswer(400, {
        code: 'imagine:content-moderated',
        error: 'Generated image rejected by content moderation.',
        usage: { cost_in_usd_ticks: 900_000_000 },
      }),
    );
    const [events, error] = await attempt();
    expect(events).toStrictEqual([{ type: 'usage', usage: undefined, costMicrocredits: 9_000_000 }]);
    expect(error.info).toMatchObject({ kind: 'moderated', stage: 'output', billed: true, retryable: false });
  });

  it('delivers pictures that arrived whole before the body broke off', async () => {
    const data = [{ b64_json: base64('one') }, { b64_json: base64('x'.repeat(4000)) }];
    upstream.answer(cutAnswer({ data }));
    const events = await collectEvents(runXai({ ...call, count: 2 }, io));
    expect(events.map(({ type }) => type)).toStrictEqual(['answered', 'image', 'image-failed']);
    expect(io.stored.map(({ discarded }) => discarded)).toStrictEqual([false, true]);
  });

  const unreadable: readonly [string, (response: ServerResponse) => void, string][] = [
    ['a body that breaks off', cutAnswer({ data: [{ b64_json: base64('x'.repeat(500)) }] }), 'connection'],
    ['broken base64', jsonAnswer(200, { data: [{ b64_json: '!!!!' }] }), 'bad_response'],
    ['a body that is no JSON', (response) => response.writeHead(200).end('<html>'), 'bad_response'],
    ['an answer of another shape', jsonAnswer(200, { data: 'none' }), 'bad_response'],
    ['an item without anything', jsonAnswer(200, { data: [{}] }), 'no_image'],
  ];
  it.each(unreadable)('never knows the price of %s', async (_, answer, kind) => {
    upstream.answer(answer);
    const [, error] = await attempt();
    expect(error.info).toMatchObject({ kind, billed: 'unknown', retryable: true });
  });
});

describe('runXai with pictures', () => {
  const first = { bytes: Buffer.from([0, 255, 254, 7]), mimeType: 'image/webp' } as const;
  const second = { bytes: randomBytes(100_003), mimeType: 'image/jpeg' } as const;
  const edit: NativeCall = {
    ...call,
    path: '/images/edits',
    body: {
      ...call.body,
      images: [{ url: inputRefOf(0, 'data-url') }, { url: inputRefOf(1, 'data-url') }],
    },
  };

  beforeEach(() => {
    io = createTestIo(upstream, {}, undefined, { 0: first, 1: second });
  });

  it('sends their exact bytes as data URLs inside JSON', async () => {
    upstream.answer(jsonAnswer(200, fixture('b64')));
    expect((await collectEvents(runXai(edit, io))).at(-1)).toMatchObject({ type: 'image', index: 0 });
    expect(upstream.seen[0]).toMatchObject({
      url: '/images/edits',
      headers: { authorization: 'Bearer test-key-123', 'content-type': 'application/json' },
    });
    expect(upstream.seen[0]?.body).toStrictEqual({
      ...call.body,
      images: [
        { url: `data:image/webp;base64,${first.bytes.toString('base64')}` },
        { url: `data:image/jpeg;base64,${second.bytes.toString('base64')}` },
      ],
    });
  });

  const refused: readonly [string, number, Record<string, unknown>, Record<string, unknown>][] = [
    [
      'a check that a picture or the prompt has failed',
      403,
      {
        code: 'permission-denied',
        error: 'Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_X',
      },
      { kind: 'moderated', stage: 'input', billed: false },
    ],
    [
      'an input that was blocked',
      200,
      { data: [], block_reason: 'BLOCKED_INPUT', usage: { cost_in_usd_ticks: 0 } },
      { kind: 'moderated', stage: 'input', billed: false },
    ],
    [
      'a result that was withheld',
      400,
      { code: 'imagine:content-moderated', error: 'Generated image rejected by content moderation.' },
      { kind: 'moderated', stage: 'output', billed: 'unknown' },
    ],
    [
      'a picture of another kind',
      400,
      { code: 'invalid-argument', error: 'Unsupported image format.' },
      { kind: 'invalid_request', billed: false },
    ],
  ];
  it.each(refused)('tells of %s', async (_, status, body, info) => {
    upstream.answer(jsonAnswer(status, body));
    const [, error] = await attempt(edit);
    expect(error.info).toMatchObject({ retryable: false, ...info });
  });
});
