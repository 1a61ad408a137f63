import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  collectEvents,
  createTestIo,
  jsonAnswer,
  startScriptedUpstream,
} from '../../../test/support/scripted-upstream.js';
import type { ScriptedUpstream } from '../../../test/support/scripted-upstream.js';
import { ProviderError } from '../provider.js';
import type { Endpoint, ProviderErrorInfo } from '../provider.js';
import { runOpenAi } from './adapter.js';

let upstream: ScriptedUpstream;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.close());

interface WireFacts {
  readonly message: string;
  readonly type?: string;
  readonly code?: string | null;
  readonly moderation_details?: { readonly moderation_stage: string; readonly categories: string[] };
}

async function failure(
  status: number,
  error: WireFacts,
  headers: Readonly<Record<string, string>> = {},
  path = '/images/generations',
  endpoint: Partial<Endpoint> = {},
): Promise<ProviderErrorInfo> {
  upstream.answer(jsonAnswer(status, { error: { param: null, ...error } }, headers));
  const call = { path, body: { model: 'gpt-image-2' }, prompt: '', count: 1, streamed: false };
  try {
    await collectEvents(runOpenAi(call, createTestIo(upstream, endpoint)));
  } catch (error_) {
    if (error_ instanceof ProviderError) return error_.info;
    throw error_;
  }
  throw new Error('the call did not fail');
}

const SAFETY = 'Your request was rejected as a result of our safety system.';

describe('failures of the Images API', () => {
  const cases: readonly [string, number, WireFacts, Partial<ProviderErrorInfo>][] = [
    [
      'a prompt that GPT Image refuses',
      400,
      {
        message:
          'Your request was rejected by the safety system. If you believe this is an error, contact us.',
        type: 'image_generation_user_error',
        code: 'moderation_blocked',
        moderation_details: { moderation_stage: 'input', categories: ['other'] },
      },
      { kind: 'moderated', stage: 'prompt', retryable: false, billed: false },
    ],
    [
      'a picture that GPT Image withholds',
      400,
      {
        message: 'Your request was rejected by the safety system.',
        type: 'image_generation_user_error',
        code: 'moderation_blocked',
        moderation_details: { moderation_stage: 'output', categories: ['violence'] },
      },
      { kind: 'moderated', stage: 'output', retryable: false, billed: false },
    ],
    [
      'a refusal that names no stage',
      400,
      { message: 'Your request was rejected by the safety system.', code: 'moderation_blocked' },
      { kind: 'moderated', stage: 'unknown', retryable: false },
    ],
    [
      'a prompt that DALL·E refuses',
      400,
      {
        message: `${SAFETY} Your prompt may contain text that is not allowed by our safety system.`,
        type: 'invalid_request_error',
        code: 'content_policy_violation',
      },
      { kind: 'moderated', stage: 'prompt', retryable: false, billed: false },
    ],
    [
      'DALL·E tripping over its own rewriting',
      400,
      {
        message: `${SAFETY} Image descriptions generated from your prompt may contain text that is not allowed. Your request may succeed if retried.`,
        code: 'content_policy_violation',
      },
      { kind: 'moderated', stage: 'prompt', retryable: true, billed: false },
    ],
    [
      'a spending limit reached',
      400,
      {
        message: 'Billing hard limit has been reached',
        type: 'invalid_request_error',
        code: 'billing_hard_limit_reached',
      },
      { kind: 'out_of_credit', retryable: false, billed: false },
    ],
    [
      'an empty balance',
      429,
      { message: 'You exceeded your current quota.', type: 'insufficient_quota', code: 'insufficient_quota' },
      { kind: 'out_of_credit', retryable: false },
    ],
    [
      'an empty balance told by another code',
      429,
      { message: 'No credit left.', type: 'insufficient_quota', code: 'credit_balance_exhausted' },
      { kind: 'out_of_credit', retryable: false },
    ],
    [
      'too many pictures per minute',
      429,
      {
        message: 'Rate limit exceeded for images per minute.',
        type: 'requests',
        code: 'rate_limit_exceeded',
      },
      { kind: 'rate_limited', retryable: true, billed: false },
    ],
    [
      'a ramp too steep',
      429,
      { message: 'Slow down.', type: 'rate_limit_error', code: 'slow_down' },
      { kind: 'rate_limited', retryable: true },
    ],
    [
      'a parameter the model does not know',
      400,
      {
        message: "Unknown parameter: 'response_format'.",
        type: 'invalid_request_error',
        code: 'unknown_parameter',
      },
      { kind: 'invalid_request', retryable: false, billed: false },
    ],
    [
      'a size below the budget',
      400,
      {
        message: 'Invalid size. Requested resolution is below the current minimum pixel budget.',
        type: 'image_generation_user_error',
        code: 'invalid_value',
      },
      { kind: 'invalid_request', retryable: false },
    ],
    [
      'a wrong key',
      401,
      {
        message: 'Incorrect API key provided: test-key-123.',
        type: 'invalid_request_error',
        code: 'invalid_api_key',
      },
      { kind: 'authentication', retryable: false, billed: false },
    ],
    [
      'an organisation without verification',
      403,
      {
        message: 'Your organization must be verified to use the model `gpt-image-2`.',
        type: 'invalid_request_error',
        code: null,
      },
      { kind: 'authentication', retryable: false },
    ],
    [
      'a model that is gone',
      404,
      {
        message: 'The model `x` does not exist or you do not have access to it.',
        type: 'invalid_request_error',
        code: 'model_not_found',
      },
      { kind: 'model_unavailable', retryable: false },
    ],
    [
      'a broken server',
      500,
      { message: 'The server had an error.', type: 'server_error', code: null },
      { kind: 'overloaded', retryable: true, billed: false },
    ],
    [
      'an overloaded server',
      503,
      { message: 'Overloaded.', type: 'service_unavailable_error', code: 'server_is_overloaded' },
      { kind: 'overloaded', retryable: true, billed: false },
    ],
    [
      'a gateway that gave up waiting',
      504,
      { message: 'Gateway timeout.' },
      { kind: 'timeout', retryable: true, billed: 'unknown' },
    ],
  ];
  it.each(cases)('understands %s', async (_, status, error, expected) => {
    expect(await failure(status, error)).toMatchObject({ ...expected, upstream: { status } });
  });

  it('leaves open whether the prompt or a picture of an edit was refused', async () => {
    const details = { moderation_stage: 'input', categories: ['other'] };
    const error = { message: 'rejected', code: 'moderation_blocked', moderation_details: details };
    expect(await failure(400, error, {}, '/images/edits')).toMatchObject({ stage: 'input' });
  });

  const hints: readonly [string, Readonly<Record<string, string>>, string, number | undefined][] = [
    ['milliseconds', { 'retry-after-ms': '1500', 'retry-after': '9' }, '', 1500],
    ['seconds', { 'retry-after': '7' }, '', 7000],
    ['a date', { 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, '', 30_000],
    ['the message', {}, 'Please try again in 6m0.5s.', 360_500],
    [
      'the message, when the header says nothing useful',
      { 'retry-after': '0' },
      'Please try again in 850ms.',
      850,
    ],
    ['nothing', {}, 'Slow down.', undefined],
  ];
  it.each(hints)('comes back as told by %s', async (_, headers, message, retryAfterMs) => {
    const info = await failure(429, { message, code: 'rate_limit_exceeded' }, headers);
    expect(info.retryAfterMs).toBe(retryAfterMs);
  });

  it('believes x-should-retry over the status', async () => {
    const error = { message: 'no', type: 'server_error' };
    expect((await failure(500, error, { 'x-should-retry': 'false' })).retryable).toBe(false);
    expect((await failure(400, error, { 'x-should-retry': 'true' })).retryable).toBe(true);
  });

  it('passes on no key, neither ours nor one that the server echoes', async () => {
    const info = await failure(401, {
      message: 'Incorrect API key provided: test-key-123, also sk-proj-abc***wxyz.',
      code: 'invalid_api_key',
    });
    expect(JSON.stringify(info)).not.toMatch(/test-key-123|sk-proj/);
    expect(info.upstream?.message).toBe('Incorrect API key provided: ***, also ***');
  });

  it('survives a page instead of an error and a body without end', async () => {
    upstream.answer((response) => {
      response.writeHead(502, { 'content-type': 'text/html' });
      const send = (): void => {
        while (!response.destroyed && response.write('<p>bad gateway</p>'.repeat(1000)));
        response.once('drain', send);
      };
      send();
    });
    const call = { path: '/images/generations', body: {}, prompt: '', count: 1, streamed: false };
    await expect(collectEvents(runOpenAi(call, createTestIo(upstream)))).rejects.toMatchObject({
      info: { kind: 'overloaded', billed: 'unknown', upstream: { status: 502 } },
    });
  });
});

describe('credentials', () => {
  it.each([
    ['an api-version setting', { extra: { OPENAI_API_VERSION: '2026-06-01' } }, '?api-version=2026-06-01'],
    ['an api-version in the base URL', { baseUrl: 'https://x.example/v1?api-version=preview' }, ''],
    ['a host of Azure', { baseUrl: 'https://x.openai.azure.com/openai/v1' }, ''],
  ])('go into the header of Azure for %s', async (_, endpoint, query) => {
    await failure(400, { message: 'no' }, {}, '/images/generations', endpoint);
    const seen = upstream.seen.at(-1);
    expect(seen?.url).toBe(`/images/generations${query}`);
    expect(seen?.headers).toMatchObject({ 'api-key': 'test-key-123' });
    expect(seen?.headers.authorization).toBeUndefined();
  });

  it('are left out where the endpoint has none', async () => {
    await failure(400, { message: 'no' }, {}, '/images/generations', { apiKey: undefined });
    expect(upstream.seen.at(-1)?.headers.authorization).toBeUndefined();
  });
});
