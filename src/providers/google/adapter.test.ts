import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
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
import { createGoogleRun } from './adapter.js';

const call: NativeCall = {
  path: '/v1beta/models/gemini-3-pro-image:generateContent',
  body: { contents: [{ role: 'user', parts: [{ text: 'a red fox' }] }] },
  prompt: 'a red fox',
  count: 1,
  streamed: false,
};
const imagenCall: NativeCall = {
  ...call,
  path: '/v1beta/models/imagen-4.0-generate-001:predict',
  body: { instances: [{ prompt: 'a red fox' }], parameters: { sampleCount: 2 } },
  count: 2,
};

const run = createGoogleRun(() => Promise.resolve('token-1'));

let upstream: ScriptedUpstream;
let io: TestIo;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  io = createTestIo(upstream);
});
afterEach(() => upstream.close());

function fixtureBody(name: string): unknown {
  const text = readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8');
  return z.object({ body: z.unknown() }).parse(JSON.parse(text)).body;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function imagePart(text: string, thought?: boolean): Record<string, unknown> {
  return {
    inlineData: { mimeType: 'image/png', data: base64(text) },
    ...(thought === undefined ? {} : { thought }),
  };
}

function answerWith(...parts: unknown[]): Record<string, unknown> {
  return { candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }] };
}

async function failureOf(failing: NativeCall = call): Promise<ProviderError> {
  try {
    await collectEvents(run(failing, io));
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}

function kept(): string[] {
  return io.stored.filter(({ discarded }) => !discarded).map(({ text }) => text);
}

function imageCount(events: readonly ProviderEvent[]): number {
  return events.filter(({ type }) => type === 'image').length;
}

describe('a Gemini model', () => {
  it('is called with the key and tells facts, usage and picture', async () => {
    upstream.answer(jsonAnswer(200, fixtureBody('adapter-gemini-lite')));
    const events = await collectEvents(run(call, io));
    expect(upstream.seen).toMatchObject([
      { method: 'POST', url: call.path, headers: { 'x-goog-api-key': 'test-key-123' }, body: call.body },
    ]);
    expect(events).toStrictEqual([
      {
        type: 'answered',
        requestId: 'uAldauDANJajvdIPrtqI-Ao',
        reported: {
          model_version: 'gemini-3.1-flash-lite-image',
          finish_reason: 'STOP',
        },
      },
      {
        type: 'usage',
        usage: {
          inputTokens: 12,
          outputTokens: 1585,
          totalTokens: 1597,
          inputTextTokens: 12,
          inputImageTokens: undefined,
          outputImageTokens: 1120,
          outputTextTokens: undefined,
        },
        costMicrocredits: undefined,
      },
      {
        type: 'image',
        index: 0,
        image: {
          kind: 'stored',
          image: {
            sha256: createHash('sha256').update('a fox').digest('hex'),
            sizeBytes: 5,
            picture: undefined,
          },
        },
        revisedPrompt: undefined,
        seed: undefined,
        continuation: {
          sha256: createHash('sha256').update('c2lnbmF0dXJl').digest('hex'),
          sizeBytes: 12,
          picture: undefined,
        },
      },
    ]);
  });

  it.each([
    ['drafts without a flag', [imagePart('draft'), { text: 'Better:' }, imagePart('final')], 'final'],
    ['a flagged draft after the picture', [imagePart('final'), imagePart('draft', true)], 'final'],
    ['only a flagged picture', [{ text: 'hm', thought: true }, imagePart('only', true)], 'only'],
  ])('delivers the right picture of %s and drops the rest', async (_, parts, wanted) => {
    upstream.answer(jsonAnswer(200, answerWith(...parts)));
    expect(imageCount(await collectEvents(run(call, io)))).toBe(1);
    expect(kept()).toStrictEqual([wanted]);
  });

  it('keeps no signature that is too long to be sent back', async () => {
    upstream.answer(
      jsonAnswer(200, answerWith({ ...imagePart('final'), thoughtSignature: 'A'.repeat(8_388_609) })),
    );
    const events = await collectEvents(run(call, io));
    expect(events.at(-1)).toMatchObject({ type: 'image', image: { image: { sizeBytes: 5 } } });
    expect(events.at(-1)).not.toHaveProperty('continuation');
  });

  it('leaves a long thought signature out of the record', async () => {
    upstream.answer(
      jsonAnswer(200, answerWith({ ...imagePart('final'), thoughtSignature: 'A'.repeat(3_000_000) })),
    );
    const [answered] = await collectEvents(run(call, io));
    expect(answered).toMatchObject({ type: 'answered', reported: { finish_reason: 'STOP' } });
    expect(JSON.stringify(answered).length).toBeLessThan(200);
  });

  it('delivers a picture that arrived whole before the body broke off', async () => {
    upstream.answer(cutAnswer(answerWith({ ...imagePart('final'), thoughtSignature: 'A'.repeat(5000) })));
    expect(imageCount(await collectEvents(run(call, io)))).toBe(1);
    expect(kept()).toStrictEqual(['final']);
  });

  it.each([
    ['a body that breaks off', cutAnswer(answerWith(imagePart('x'.repeat(900)))), 'connection'],
    ['broken base64', jsonAnswer(200, answerWith({ inlineData: { data: '!!!!' } })), 'bad_response'],
    ['an answer of another shape', jsonAnswer(200, { candidates: 7 }), 'bad_response'],
  ])('never knows the price of %s', async (_, answer: Parameters<ScriptedUpstream['answer']>[0], kind) => {
    upstream.answer(answer);
    expect((await failureOf()).info).toMatchObject({ kind, billed: 'unknown', retryable: true });
    expect(kept()).toStrictEqual([]);
  });
});

describe('an answer of Gemini without a picture', () => {
  const declined = { text: 'I can only describe it.' };
  const cases: readonly [string, unknown, Record<string, unknown>][] = [
    [
      'words instead of a picture',
      answerWith(declined),
      {
        kind: 'no_image',
        retryable: true,
        billed: false,
        upstream: { status: 200, code: 'STOP', message: declined.text },
      },
    ],
    [
      'NO_IMAGE without content',
      { candidates: [{ finishReason: 'NO_IMAGE' }] },
      { kind: 'no_image', retryable: true, billed: false },
    ],
    [
      'IMAGE_OTHER with empty content',
      {
        candidates: [{ content: {}, finishReason: 'IMAGE_OTHER', finishMessage: 'You will not be charged.' }],
      },
      { kind: 'no_image', retryable: true, billed: false },
    ],
    [
      'a withheld picture',
      { candidates: [{ content: { role: 'model', parts: null }, finishReason: 'IMAGE_SAFETY' }] },
      { kind: 'moderated', stage: 'output', retryable: false, billed: false },
    ],
    [
      'a prohibited picture with a support code',
      {
        candidates: [
          {
            content: { role: 'model' },
            finishReason: 'IMAGE_PROHIBITED_CONTENT',
            finishMessage: 'It violates the practices. Support code: 29310472.',
          },
        ],
        usageMetadata: {
          promptTokenCount: 1119,
          candidatesTokenCount: 240,
          thoughtsTokenCount: 240,
          totalTokenCount: 1359,
        },
      },
      {
        kind: 'moderated',
        stage: 'output',
        message: "Google's safety filter withheld the picture (celebrity).",
      },
    ],
    [
      'a recited picture',
      { candidates: [{ finishReason: 'IMAGE_RECITATION' }] },
      { kind: 'moderated', stage: 'output' },
    ],
    [
      'a stopped answer',
      { candidates: [{ finishReason: 'PROHIBITED_CONTENT' }] },
      { kind: 'moderated', stage: 'unknown' },
    ],
    [
      'a blocked prompt',
      {
        promptFeedback: { blockReason: 'OTHER', safetyRatings: [] },
        usageMetadata: { promptTokenCount: 19, candidatesTokenCount: 0 },
      },
      {
        kind: 'moderated',
        stage: 'prompt',
        retryable: false,
        billed: false,
        upstream: { status: 200, code: 'OTHER' },
      },
    ],
    [
      'tokens used up',
      { candidates: [{ content: {}, finishReason: 'MAX_TOKENS' }] },
      { kind: 'no_image', retryable: true, billed: true },
    ],
    [
      'an unsupported language',
      { candidates: [{ finishReason: 'LANGUAGE' }] },
      { kind: 'invalid_request', retryable: false },
    ],
    [
      'an unheard-of reason',
      { candidates: [{ finishReason: 'NEW_ONE' }] },
      { kind: 'no_image', billed: 'unknown' },
    ],
    ['nothing at all', {}, { kind: 'no_image', billed: 'unknown' }],
  ];
  it.each(cases)('is understood: %s', async (_, body, expected) => {
    upstream.answer(jsonAnswer(200, body));
    expect((await failureOf()).info).toMatchObject(expected);
  });

  it('leaves open whether the prompt or an input was blocked when there was an input', async () => {
    upstream.answer(jsonAnswer(200, { promptFeedback: { blockReason: 'SAFETY' } }));
    const parts = [{ text: 'a hat' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }];
    const edit = { ...call, body: { contents: [{ role: 'user', parts }] } };
    expect((await failureOf(edit)).info).toMatchObject({ kind: 'moderated', stage: 'input' });
  });

  it('tells what a refusal used: thoughts are counted once', async () => {
    const usageMetadata = {
      promptTokenCount: 10,
      candidatesTokenCount: 240,
      thoughtsTokenCount: 240,
      totalTokenCount: 250,
    };
    upstream.answer(jsonAnswer(200, { candidates: [{ finishReason: 'IMAGE_SAFETY' }], usageMetadata }));
    const events: ProviderEvent[] = [];
    await expect(async () => {
      for await (const event of run(call, io)) events.push(event);
    }).rejects.toThrow(ProviderError);
    expect(events).toMatchObject([
      { type: 'answered' },
      { type: 'usage', usage: { inputTokens: 10, outputTokens: 240, totalTokens: 250 } },
    ]);
  });
});

describe('Imagen', () => {
  it('counts as pictures only what has bytes', async () => {
    upstream.answer(jsonAnswer(200, fixtureBody('adapter-imagen')));
    const events = await collectEvents(run({ ...imagenCall, count: 1 }, io));
    expect(events).toMatchObject([
      { type: 'answered', reported: {} },
      { type: 'image', index: 0, revisedPrompt: 'A friendly robot holding a red skateboard in a sunny park' },
    ]);
    expect(events).toHaveLength(2);
  });

  it('tells a filtered picture beside a delivered one', async () => {
    const raiFilteredReason = 'Your current safety filter threshold filtered out 1 generated images.';
    upstream.answer(
      jsonAnswer(200, { predictions: [{ bytesBase64Encoded: base64('one') }, { raiFilteredReason }] }),
    );
    expect(await collectEvents(run(imagenCall, io))).toMatchObject([
      { type: 'answered' },
      { type: 'image', index: 0 },
      {
        type: 'image-failed',
        index: 1,
        error: { info: { kind: 'moderated', stage: 'output', billed: false } },
      },
    ]);
  });

  it.each([
    [
      'its reason',
      { predictions: [{ raiFilteredReason: 'Unable to show generated images. Support codes: 29310472' }] },
      {
        kind: 'moderated',
        stage: 'output',
        message: "Google's safety filter withheld the picture (celebrity).",
      },
    ],
    ['nothing at all', {}, { kind: 'no_image', billed: 'unknown' }],
    ['an empty list', { predictions: [] }, { kind: 'no_image', billed: 'unknown' }],
  ])('fails with %s when no picture is left', async (_, body, expected) => {
    upstream.answer(jsonAnswer(200, body));
    expect((await failureOf(imagenCall)).info).toMatchObject(expected);
  });

  it('delivers pictures that arrived whole before the body broke off', async () => {
    const predictions = [base64('one'), base64('x'.repeat(3000))].map((bytesBase64Encoded) => ({
      bytesBase64Encoded,
    }));
    upstream.answer(cutAnswer({ predictions }));
    expect(await collectEvents(run(imagenCall, io))).toMatchObject([
      { type: 'answered' },
      { type: 'image', index: 0 },
      { type: 'image-failed', index: 1, error: { info: { kind: 'connection' } } },
    ]);
    expect(kept()).toStrictEqual(['one']);
  });
});
