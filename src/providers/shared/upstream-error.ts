/**
 * What the error answers of all providers have in common: a bounded body, hints when to come back, a kind that follows
 * from the status where the body says nothing, and secrets that must not travel on in a message.
 */
import { ProviderError } from '../provider.js';
import type { ProviderErrorInfo, UpstreamResponse } from '../provider.js';
import { JsonPicturesError } from './json-pictures-error.js';

/** Most bytes of an error body that are read; real ones are below 4 KB. */
const MAX_ERROR_BODY_BYTES = 64 * 1024;
/** Most characters of an upstream message that are kept. */
const MAX_MESSAGE_CHARS = 1000;
/** Retry hints above one day are noise (or a clock gone wrong) and are dropped. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/** An error body as far as it could be read. */
export interface ErrorBody {
  readonly text: string;
  /** The parsed body, undefined when it is no JSON. */
  readonly json: unknown;
}

/**
 * Reads an error body, at most 64 KB of it. A body that breaks off is no failure of its own here: the status has told
 * the outcome already, so what arrived is returned.
 */
export async function readErrorBody(response: UpstreamResponse): Promise<ErrorBody> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response.body) {
      chunks.push(chunk.subarray(0, MAX_ERROR_BODY_BYTES - sizeBytes));
      sizeBytes += chunk.length;
      if (sizeBytes >= MAX_ERROR_BODY_BYTES) break;
    }
  } catch (error) {
    if (error instanceof ProviderError && (error.info.kind === 'cancelled' || error.info.kind === 'timeout'))
      throw error;
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return { text, json: parseJson(text) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Proxies answer with HTML or plain text; callers see that as "no JSON".
    return undefined;
  }
}

/**
 * When to come back, in milliseconds, from `retry-after-ms`, then `retry-after` (seconds or HTTP date), then a sentence
 * such as "try again in 20s" or "Please retry in 38.2s". Hints of zero or less, or above a day, are ignored.
 * @param headers with lower-case names
 */
export function parseRetryAfterMs(
  headers: Readonly<Record<string, string>>,
  now: Date,
  message?: string,
): number | undefined {
  return (
    usableDelayMs(numberOf(headers['retry-after-ms'])) ??
    usableDelayMs(retryAfterHeaderMs(headers['retry-after'], now)) ??
    usableDelayMs(sentenceDelayMs(message))
  );
}

/** A delay in milliseconds when it lies above zero and within a day, rounded up. */
export function usableDelayMs(delayMs: number | undefined): number | undefined {
  if (delayMs === undefined || !Number.isFinite(delayMs) || delayMs <= 0 || delayMs > MAX_RETRY_AFTER_MS) {
    return undefined;
  }
  return Math.ceil(delayMs);
}

function retryAfterHeaderMs(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  const seconds = numberOf(value);
  if (seconds !== undefined) return seconds * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : date - now.getTime();
}

function numberOf(value: string | undefined): number | undefined {
  return value !== undefined && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function sentenceDelayMs(message: string | undefined): number | undefined {
  const match = /(?:try again|retry) in ((?:\d+(?:\.\d+)?(?:ms|h|m|s))+)/i.exec(message ?? '');
  if (match === null) return undefined;
  let delayMs = 0;
  for (const [, amount, unit] of (match[1] ?? '').toLowerCase().matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)) {
    delayMs += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  return delayMs;
}

/** Kind, retryability and billing as they follow from a status alone. */
export type StatusClass = Pick<ProviderErrorInfo, 'kind' | 'retryable' | 'billed'>;

/**
 * The class of an error status whose body tells nothing better. Gateway errors (502, 504) and request timeouts may stand
 * for a call that ran to its end behind a proxy, so nothing is known of its price.
 */
export function classifyStatus(status: number): StatusClass {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return { kind: 'authentication', retryable: false, billed: false };
    case 402:
      return { kind: 'out_of_credit', retryable: false, billed: false };
    case 408:
      return { kind: 'timeout', retryable: true, billed: 'unknown' };
    case 409:
    case 425:
    case 503:
    case 529:
      return { kind: 'overloaded', retryable: true, billed: false };
    case 429:
      return { kind: 'rate_limited', retryable: true, billed: false };
    case 502:
      return { kind: 'overloaded', retryable: true, billed: 'unknown' };
    case 504:
      return { kind: 'timeout', retryable: true, billed: 'unknown' };
  }
  if (status >= 500) return { kind: 'overloaded', retryable: true, billed: false };
  if (status >= 400) return { kind: 'invalid_request', retryable: false, billed: false };
  return { kind: 'bad_response', retryable: false, billed: 'unknown' };
}

/**
 * An upstream text fit for a record: without the given secrets, without anything shaped like a key or bearer token, and
 * of bounded length.
 */
export function cleanUpstreamText(text: string, secrets: readonly (string | undefined)[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret !== undefined && secret.length >= 4) clean = clean.replaceAll(secret, '***');
  }
  clean = clean
    // Providers echo keys with a masked middle ("sk-abc***wxyz"); the ends are no one's business either.
    .replace(/\b(?:sk-|AIza|xai-|AQ\.)[\w*.-]{4,}/g, '***')
    .replace(/\bBearer\s+[\w.~+/*=-]+/gi, 'Bearer ***')
    .trim();
  return clean.length > MAX_MESSAGE_CHARS ? `${clean.slice(0, MAX_MESSAGE_CHARS)}…` : clean;
}

/** What is known of the upstream's answer beside its meaning. */
export type UpstreamFacts = NonNullable<ProviderErrorInfo['upstream']>;

/**
 * An answer's body whose failures are ProviderErrors: `timeout` or `cancelled` when the signal fired, else `connection`.
 * Whoever painted the answer may charge for it, so `billed` is unknown; asking again may work.
 * @param provider display name for the message
 */
export function guardedBody(
  provider: string,
  response: UpstreamResponse,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const fail = (error: unknown): never => {
    if (error instanceof ProviderError) throw error;
    const kind = signal.aborted ? abortKind(signal) : 'connection';
    throw new ProviderError({
      kind,
      retryable: kind !== 'cancelled',
      billed: 'unknown',
      message: BODY_FAILURES[kind](provider),
      cause: error,
    });
  };
  // Not a generator: with megabytes in small chunks its promises count.
  return {
    [Symbol.asyncIterator]: () => {
      const chunks = response.body[Symbol.asyncIterator]();
      return {
        next: () => chunks.next().catch(fail),
        return: async () => (await chunks.return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}

const BODY_FAILURES = {
  connection: (provider: string) => `The connection to ${provider} broke before its answer was complete.`,
  timeout: (provider: string) => `${provider} took too long to complete its answer.`,
  cancelled: (provider: string) => `The call was cancelled while ${provider} was answering.`,
} as const;

/** Whether a fired signal means the call's time limit or a cancellation. */
export function abortKind(signal: AbortSignal): 'timeout' | 'cancelled' {
  return signal.reason instanceof Error && signal.reason.name === 'TimeoutError' ? 'timeout' : 'cancelled';
}

/**
 * The error for a body that began well and could not be read to its end: what `guardedBody` threw, or one for a text that
 * is no JSON, no base64 or too large. undefined for anything else, such as a failing store, which is no fault of the
 * upstream and has to travel on as it is.
 */
export function unreadableAnswer(
  provider: string,
  cause: unknown,
  upstream: UpstreamFacts,
): ProviderError | undefined {
  if (cause instanceof ProviderError) {
    return new ProviderError({ ...cause.info, upstream: { ...upstream, ...cause.info.upstream } });
  }
  if (!(cause instanceof JsonPicturesError)) return undefined;
  // A body that merely ends too early is a broken connection that said goodbye.
  const truncated = cause.reason === 'truncated';
  return new ProviderError({
    kind: truncated ? 'connection' : 'bad_response',
    retryable: true,
    billed: 'unknown',
    message: truncated
      ? BODY_FAILURES.connection(provider)
      : `${provider} sent an answer that can't be read (${cause.reason}).`,
    upstream,
    cause,
  });
}

/** The `upstream` member of an error, absent facts left out. */
export function upstreamFacts(facts: {
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly requestId?: string | undefined;
}): UpstreamFacts {
  return {
    ...(facts.status === undefined ? {} : { status: facts.status }),
    ...(facts.code === undefined ? {} : { code: facts.code }),
    ...(facts.message === undefined || facts.message === '' ? {} : { message: facts.message }),
    ...(facts.requestId === undefined ? {} : { requestId: facts.requestId }),
  };
}
