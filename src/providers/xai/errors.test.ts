import { describe, expect, it } from 'vitest';
import { createTestIo } from '../../../test/support/scripted-upstream.js';
import type { NativeCall, ProviderErrorInfo } from '../provider.js';
import { costOf, errorInside, readXaiError } from './errors.js';

const KEY = 'xai-secret-key-123456';
const call: NativeCall = {
  path: '/images/generations',
  body: { prompt: 'a red fox' },
  prompt: 'a red fox',
  count: 1,
  streamed: false,
};
const io = createTestIo({ baseUrl: 'https://upstream.example' }, { apiKey: KEY });

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

async function read(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<ProviderErrorInfo> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (await readXaiError({ status, headers, body: bytesOf(text) }, call, io)).error.info;
}

const final = { retryable: false, billed: false } as const;
const CREDIT =
  'Your team 0e0e0e0e-1111-2222-3333-444444444444 has either used all available credits or reached its monthly spending limit. To continue making API requests, please purchase more credits or raise your spending limit.';
const SAFETY =
  'Content violates usage guidelines. Team: 0e0e0e0e-1111-2222-3333-444444444444, API key ID: 0e0e0e0e-5555-2222-3333-444444444444, Model: grok-imagine-image-2.0, Failed check: SAFETY_CHECK_TYPE_CSAM';

describe("xAI's errors", () => {
  const cases: readonly [string, number, unknown, Partial<ProviderErrorInfo>][] = [
    [
      'an argument, by its old code',
      400,
      { code: 'Client specified an invalid argument', error: 'Argument not supported: size' },
      {
        kind: 'invalid_request',
        ...final,
        upstream: {
          status: 400,
          code: 'Client specified an invalid argument',
          message: 'Argument not supported: size',
        },
      },
    ],
    [
      'an argument, by its new code',
      400,
      { code: 'invalid-argument', error: 'Argument not supported: size' },
      { kind: 'invalid_request', ...final },
    ],
    [
      'a wrong key, which is a 400',
      400,
      {
        code: 'invalid-argument',
        error: 'Incorrect API key provided: xa***yz. You can obtain an API key from https://console.x.ai.',
      },
      { kind: 'authentication', ...final },
    ],
    [
      'a withheld picture of unknown price',
      400,
      { code: 'imagine:content-moderated', error: 'Generated image rejected by content moderation.' },
      { kind: 'moderated', stage: 'output', retryable: false, billed: 'unknown' },
    ],
    [
      'a withheld picture that costs nothing',
      400,
      {
        code: 'Client specified an invalid argument',
        error: 'Generated image rejected by content moderation.',
        usage: { cost_in_usd_ticks: 0 },
      },
      { kind: 'moderated', stage: 'output', billed: false },
    ],
    [
      'a prompt that fails a check',
      403,
      { code: 'The caller does not have permission to execute the specified operation', error: SAFETY },
      { kind: 'moderated', stage: 'prompt', ...final },
    ],
    ['an unknown model', 400, { error: 'Model not found: latest' }, { kind: 'model_unavailable', ...final }],
    ['an unknown model as 404', 404, { error: 'no such thing' }, { kind: 'model_unavailable', ...final }],
    ['missing credentials', 401, { error: 'No credentials' }, { kind: 'authentication', ...final }],
    ['a blocked key', 403, { code: 'permission-denied', error: 'blocked' }, { kind: 'authentication' }],
    [
      'an empty account with 429',
      429,
      { code: 'Some resource has been exhausted', error: CREDIT },
      { kind: 'out_of_credit', ...final },
    ],
    [
      'an empty account with 403',
      403,
      { code: 'permission-denied', error: CREDIT },
      { kind: 'out_of_credit', ...final },
    ],
    [
      'too fast',
      429,
      { code: 'Some resource has been exhausted', error: 'Too many requests' },
      { kind: 'rate_limited', retryable: true, billed: false },
    ],
    [
      'a shape like that of OpenAI',
      429,
      { error: { message: 'slow down', type: 'rate_limit', param: null, code: null } },
      { kind: 'rate_limited', upstream: { status: 429, code: 'rate_limit', message: 'slow down' } },
    ],
    [
      'plain text about broken JSON',
      400,
      'Failed to parse the request body as JSON',
      {
        kind: 'invalid_request',
        ...final,
        message: 'xAI refused the request: Failed to parse the request body as JSON',
      },
    ],
    [
      'plain text about a type',
      422,
      'Failed to deserialize: unknown variant `1K`, expected `1k` or `2k`',
      { kind: 'invalid_request', ...final },
    ],
    ['a missing type', 415, { error: 'Expected request with Content-Type' }, { kind: 'invalid_request' }],
    ['a wrong method', 405, '', { kind: 'invalid_request' }],
    ['a page of the gateway', 503, '<html>busy</html>', { kind: 'overloaded', billed: false }],
    ['a page of a broken gateway', 502, '<html>oops</html>', { kind: 'overloaded', billed: 'unknown' }],
    ['a page in place of an answer', 500, '<html>oops</html>', { kind: 'overloaded', billed: 'unknown' }],
    ['a fault of the server', 500, { error: 'Internal error' }, { kind: 'overloaded', billed: false }],
  ];
  it.each(cases)('%s', async (_, status, body, info) => {
    expect(await read(status, body)).toMatchObject(info);
  });

  it('takes a hint when to come back, and the id of the request', async () => {
    const headers = { 'retry-after': '2', 'x-request-id': 'req-9' };
    expect(await read(429, { error: 'slow down' }, headers)).toMatchObject({
      retryAfterMs: 2000,
      upstream: { requestId: 'req-9' },
    });
  });

  it.each([CREDIT, SAFETY, `Incorrect API key provided: xa***yz`, `Incorrect API key provided: ${KEY}`])(
    'keeps neither keys nor ids of %s',
    async (error) => {
      const text = JSON.stringify(await read(403, { code: 'permission-denied', error }));
      expect(text).not.toMatch(/xa\*\*\*yz|secret|0e0e0e0e/);
    },
  );

  it('finds an error inside a success, and none in an answer', () => {
    const response = { status: 200, headers: {}, body: bytesOf('') };
    expect(errorInside({ error: 'Model not found: x' }, response, call, io)?.error.info).toMatchObject({
      kind: 'model_unavailable',
    });
    expect(errorInside({ data: [] }, response, call, io)).toBeUndefined();
    expect(errorInside({ data: [], error: null }, response, call, io)).toBeUndefined();
  });
});

describe('costOf', () => {
  it.each([
    [200_000_000, 2_000_000],
    [0, 0],
    [1, 1],
    [-1, undefined],
    [undefined, undefined],
  ])('makes %s ticks %s microcredits', (cost_in_usd_ticks, microcredits) => {
    expect(costOf({ cost_in_usd_ticks })).toBe(microcredits);
  });
});
