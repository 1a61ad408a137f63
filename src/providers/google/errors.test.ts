import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestIo } from '../../../test/support/scripted-upstream.js';
import type { ProviderErrorInfo, ProviderIo, UpstreamResponse } from '../provider.js';
import { readGoogleError } from './errors.js';

interface WireFacts {
  readonly message?: string;
  readonly status?: string;
  readonly details?: readonly Record<string, unknown>[];
}

const io: ProviderIo = createTestIo({ baseUrl: 'https://upstream.example' });

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

async function read(
  status: number,
  text: string,
  headers: UpstreamResponse['headers'] = {},
): Promise<ProviderErrorInfo> {
  return (await readGoogleError({ status, headers, body: bytesOf(text) }, { io, secrets: ['test-key-123'] }))
    .info;
}

function failure(status: number, error: WireFacts): Promise<ProviderErrorInfo> {
  return read(status, JSON.stringify({ error: { code: status, ...error } }));
}

function errorInfo(reason: string): Record<string, unknown> {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' };
}

function quota(quotaId: string, quotaValue?: string): Record<string, unknown> {
  return {
    '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
    violations: [{ quotaId, ...(quotaValue === undefined ? {} : { quotaValue }) }],
  };
}

const exhausted = { message: 'You exceeded your current quota.', status: 'RESOURCE_EXHAUSTED' };

describe("Google's errors", () => {
  const cases: readonly [string, number, WireFacts, Partial<ProviderErrorInfo>][] = [
    [
      'a wrong key, which is a 400',
      400,
      {
        message: 'API key not valid. Please pass a valid API key.',
        status: 'INVALID_ARGUMENT',
        details: [errorInfo('API_KEY_INVALID')],
      },
      {
        kind: 'authentication',
        retryable: false,
        billed: false,
        upstream: {
          status: 400,
          code: 'API_KEY_INVALID',
          message: 'API key not valid. Please pass a valid API key.',
        },
      },
    ],
    [
      'an expired key without details',
      400,
      { message: 'API key expired. Please renew the API key.', status: 'INVALID_ARGUMENT' },
      { kind: 'authentication' },
    ],
    [
      'a field it does not know',
      400,
      { message: 'Invalid JSON payload received. Unknown name "aspectRatio".', status: 'INVALID_ARGUMENT' },
      { kind: 'invalid_request', retryable: false, billed: false },
    ],
    [
      'a server at the wrong place',
      400,
      { message: 'User location is not supported for the API use.', status: 'FAILED_PRECONDITION' },
      { kind: 'authentication', retryable: false },
    ],
    [
      "a prompt that Imagen's filter refuses",
      400,
      {
        message:
          'Image generation failed with the following error: The prompt could not be submitted. Try rephrasing. Support codes: 90789179',
        status: 'INVALID_ARGUMENT',
      },
      {
        kind: 'moderated',
        stage: 'prompt',
        billed: false,
        message: "Google's safety filter refused the prompt (sexual).",
      },
    ],
    [
      'a wrong token',
      401,
      { message: 'Request had invalid authentication credentials.', status: 'UNAUTHENTICATED' },
      { kind: 'authentication' },
    ],
    [
      'a call without key',
      403,
      { message: "Method doesn't allow unregistered callers", status: 'PERMISSION_DENIED' },
      { kind: 'authentication' },
    ],
    [
      'a project without billing',
      403,
      {
        message: 'This API method requires billing.',
        status: 'PERMISSION_DENIED',
        details: [errorInfo('BILLING_DISABLED')],
      },
      { kind: 'out_of_credit', retryable: false },
    ],
    [
      'a model that is gone',
      404,
      { message: 'models/X is not found for API version v1beta', status: 'NOT_FOUND' },
      { kind: 'model_unavailable', retryable: false },
    ],
    [
      'a quota of the minute',
      429,
      {
        ...exhausted,
        details: [quota('GenerateRequestsPerMinutePerProjectPerModel', '5'), { retryDelay: '38.2s' }],
      },
      { kind: 'rate_limited', retryable: true, billed: false, retryAfterMs: 38_200 },
    ],
    [
      'a quota without details',
      429,
      { ...exhausted, message: 'Resource has been exhausted (e.g. check quota).' },
      { kind: 'rate_limited', retryable: true },
    ],
    [
      'a hint that stands in the message only',
      429,
      { ...exhausted, message: 'Quota exceeded. Please retry in 4.5s.' },
      { kind: 'rate_limited', retryAfterMs: 4500 },
    ],
    [
      'a plan without pictures',
      429,
      {
        ...exhausted,
        message: 'Quota exceeded for metric: free_tier_requests, limit: 0, model: x',
        details: [{ retryDelay: '38s' }],
      },
      { kind: 'out_of_credit', retryable: false },
    ],
    [
      'a failure inside',
      500,
      { message: 'An internal error has occurred.', status: 'INTERNAL' },
      { kind: 'overloaded', retryable: true, billed: false },
    ],
    [
      'high demand',
      503,
      { message: 'This model is currently experiencing high demand.', status: 'UNAVAILABLE' },
      { kind: 'overloaded', retryable: true, billed: false },
    ],
    [
      'its own deadline',
      504,
      { message: 'Deadline expired before operation could complete.', status: 'DEADLINE_EXCEEDED' },
      { kind: 'timeout', retryable: true, billed: 'unknown' },
    ],
  ];
  it.each(cases)('are understood: %s', async (_, status, error, expected) => {
    expect(await failure(status, error)).toMatchObject(expected);
  });

  it('gives up on a quota of the day, whatever the hint says', async () => {
    const text = readFileSync(new URL('fixtures/adapter-quota.json', import.meta.url), 'utf8');
    const { body } = z.object({ body: z.unknown() }).parse(JSON.parse(text));
    const info = await read(429, JSON.stringify(body));
    expect(info).toMatchObject({ kind: 'rate_limited', retryable: false });
    expect(info.retryAfterMs).toBeUndefined();
  });

  it('reads the wrapped form of array mode', async () => {
    expect(
      await read(503, JSON.stringify([{ error: { message: 'busy', status: 'UNAVAILABLE' } }])),
    ).toMatchObject({
      kind: 'overloaded',
      billed: false,
      upstream: { code: 'UNAVAILABLE' },
    });
  });

  it('knows no price of a page from a proxy', async () => {
    expect(await read(500, '<html>')).toMatchObject({ kind: 'overloaded', billed: 'unknown' });
  });

  it('passes on no key', async () => {
    const info = await failure(400, { message: 'Bad key test-key-123 or AIzaSyA-1234567890.' });
    expect(JSON.stringify(info)).not.toMatch(/test-key-123|AIza/);
  });
});
