import { describe, expect, it } from 'vitest';
import { JsonPicturesError } from './json-pictures-error.js';
import { ProviderError } from '../provider.js';
import {
  classifyStatus,
  cleanUpstreamText,
  guardedBody,
  parseRetryAfterMs,
  readErrorBody,
  unreadableAnswer,
} from './upstream-error.js';

const NOW = new Date('2026-11-22T12:00:00Z');

function answer(body: AsyncIterable<Uint8Array>): Parameters<typeof readErrorBody>[0] {
  return { status: 500, headers: {}, body };
}

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

async function* broken(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
  throw new Error('socket hang up');
}

describe('readErrorBody', () => {
  it('reads JSON that comes in pieces', async () => {
    expect((await readErrorBody(answer(chunks('{"a"', ':1}')))).json).toStrictEqual({ a: 1 });
  });

  it('stops at 64 KB', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 10_000;
        yield await Promise.resolve(Buffer.alloc(10_000, 'x'));
      }
    }
    const body = await readErrorBody(answer(endless()));
    expect(body.text).toHaveLength(64 * 1024);
    expect(body.json).toBeUndefined();
    expect(given).toBe(70_000);
  });

  it('keeps what arrived of a body that breaks off', async () => {
    expect(await readErrorBody(answer(broken('half')))).toStrictEqual({ text: 'half', json: undefined });
  });
});

describe('parseRetryAfterMs', () => {
  it.each([
    [{ 'retry-after-ms': '250' }, '', 250],
    [{ 'retry-after': '1.5' }, '', 1500],
    [{ 'retry-after': 'Sun, 22 Nov 2026 12:01:00 GMT' }, '', 60_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, '', undefined],
    [{ 'retry-after': '-3' }, '', undefined],
    [{ 'retry-after': '999999999' }, '', undefined],
    [{ 'retry-after': 'soon' }, '', undefined],
    [{}, 'Please try again in 20s.', 20_000],
    [{}, 'Please retry in 38.2s.', 38_200],
    [{}, 'try again in 1h2m3s', 3_723_000],
    [{}, 'try again in a while', undefined],
  ])('reads %o and "%s" as %s ms', (headers: Record<string, string>, message, delayMs) => {
    expect(parseRetryAfterMs(headers, NOW, message)).toBe(delayMs);
  });
});

describe('classifyStatus', () => {
  it.each([
    [302, 'bad_response', false, 'unknown'],
    [400, 'invalid_request', false, false],
    [401, 'authentication', false, false],
    [402, 'out_of_credit', false, false],
    [408, 'timeout', true, 'unknown'],
    [429, 'rate_limited', true, false],
    [500, 'overloaded', true, false],
    [502, 'overloaded', true, 'unknown'],
    [503, 'overloaded', true, false],
    [504, 'timeout', true, 'unknown'],
  ])('reads %i as %s', (status, kind, retryable, billed) => {
    expect(classifyStatus(status)).toStrictEqual({ kind, retryable, billed });
  });
});

describe('cleanUpstreamText', () => {
  it('removes the given secrets and what looks like one', () => {
    const text = cleanUpstreamText('key s3cret, sk-live-abc**def, Bearer ya29.abc, AIzaSyAbcdef', ['s3cret']);
    expect(text).toBe('key ***, ***, Bearer ***, ***');
  });

  it('leaves ordinary words alone and bounds the length', () => {
    expect(cleanUpstreamText(' a risk-free, mask-based edit ', [undefined, ''])).toBe(
      'a risk-free, mask-based edit',
    );
    expect(cleanUpstreamText('x'.repeat(5000), [])).toHaveLength(1001);
  });
});

describe('guardedBody', () => {
  async function failureOf(reason?: Error): Promise<ProviderError> {
    const controller = new AbortController();
    if (reason !== undefined) controller.abort(reason);
    try {
      const body = guardedBody('Example', answer(broken('half')), controller.signal);
      for await (const chunk of body) expect(chunk).toBeInstanceOf(Uint8Array);
    } catch (error) {
      if (error instanceof ProviderError) return error;
    }
    throw new Error('no ProviderError');
  }

  it('tells a broken connection from a time limit and a cancellation', async () => {
    expect((await failureOf()).info).toMatchObject({
      kind: 'connection',
      retryable: true,
      billed: 'unknown',
    });
    expect((await failureOf(new DOMException('late', 'TimeoutError'))).info).toMatchObject({
      kind: 'timeout',
    });
    expect((await failureOf(new Error('cancelled'))).info).toMatchObject({
      kind: 'cancelled',
      retryable: false,
    });
  });
});

describe('unreadableAnswer', () => {
  it('adds the facts of the call to what the body threw, and keeps out of other failures', () => {
    const facts = { status: 200, requestId: 'req_1' };
    const base64 = unreadableAnswer('Example', new JsonPicturesError('invalid_base64', 'no'), facts);
    expect(base64?.info).toMatchObject({ kind: 'bad_response', billed: 'unknown', upstream: facts });
    const short = unreadableAnswer('Example', new JsonPicturesError('truncated', 'no'), facts);
    expect(short?.info.kind).toBe('connection');
    const known = new ProviderError({ kind: 'timeout', retryable: true, billed: 'unknown', message: 'late' });
    expect(unreadableAnswer('Example', known, facts)?.info).toMatchObject({
      kind: 'timeout',
      upstream: facts,
    });
    expect(unreadableAnswer('Example', new Error('disk full'), facts)).toBeUndefined();
  });
});
