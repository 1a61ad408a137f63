/** Google's error answers in our vocabulary (protocol notes §8). */
import { ProviderError } from '../provider.js';
import type { ProviderErrorInfo, ProviderIo, UpstreamResponse } from '../provider.js';
import {
  classifyStatus,
  cleanUpstreamText,
  parseRetryAfterMs,
  readErrorBody,
  upstreamFacts,
  usableDelayMs,
} from '../shared/upstream-error.js';
import { namedCategories } from './support-codes.js';
import { errorEnvelope } from './wire.js';
import type { WireError } from './wire.js';

interface ErrorContext {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly io: Pick<ProviderIo, 'now'>;
  /** What must not travel on in a message. */
  readonly secrets: readonly (string | undefined)[];
}

/** Reads an answer whose status is no success, at most 64 KB of it, and says what it means. */
export async function readGoogleError(
  response: UpstreamResponse,
  context: Pick<ErrorContext, 'io' | 'secrets'>,
): Promise<ProviderError> {
  const body = await readErrorBody(response);
  const envelope = errorEnvelope.safeParse(body.json);
  return googleError(envelope.success ? envelope.data.error : undefined, {
    status: response.status,
    headers: response.headers,
    ...context,
  });
}

/**
 * The failure that an error member stands for.
 * @param error undefined when the body held none, as with a proxy's page
 */
export function googleError(error: WireError | undefined, context: ErrorContext): ProviderError {
  const message = cleanUpstreamText(error?.message ?? '', context.secrets);
  const verdict = judge(error, message, context.status);
  const retryAfterMs = verdict.retryable ? retryDelayMs(error, message, context) : undefined;
  return new ProviderError({
    ...verdict,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    upstream: upstreamFacts({
      status: context.status,
      code: reasonOf(error) ?? error?.status ?? undefined,
      message,
      requestId: context.headers['x-request-id'],
    }),
  });
}

type Verdict = Pick<ProviderErrorInfo, 'kind' | 'stage' | 'retryable' | 'billed' | 'message'>;

function judge(error: WireError | undefined, message: string, status: number): Verdict {
  const reason = reasonOf(error);
  // A wrong key is a 400, not a 401.
  if (reason === 'API_KEY_INVALID' || /^API key (not valid|expired)/i.test(message)) {
    return authentication('Google refused the API key.');
  }
  if (reason === 'BILLING_DISABLED' || /enable billing|credits are depleted|spending cap/i.test(message)) {
    return noCredit("Google's account for these calls has no billing or no credit left.");
  }
  if (/^Image generation failed .*prompt could not be submitted/is.test(message))
    return promptRefused(message);
  if (/user location is not supported/i.test(message)) {
    return authentication('Google does not serve its API at the location of this server.');
  }
  switch (status) {
    case 401:
      return authentication('Google refused the credentials.');
    case 403:
      return authentication(
        'Google refused access: the key, the project or its API is not allowed this call.',
      );
    case 404:
      return {
        kind: 'model_unavailable',
        retryable: false,
        billed: false,
        message: 'Google does not serve this model, or not to this account.',
      };
    case 429:
      return quotaVerdict(error, message);
  }
  const known = classifyStatus(status);
  // Without an envelope the answer is a proxy's, and the call may have run behind it.
  const billed = error === undefined && status >= 500 ? 'unknown' : known.billed;
  return { ...known, billed, message: sentence(known.kind, status, message) };
}

/** A day's quota comes back at midnight Pacific, whatever the hint says; one of zero never does. */
function quotaVerdict(error: WireError | undefined, message: string): Verdict {
  const violations = error?.details?.flatMap((detail) => detail.violations ?? []) ?? [];
  if (/\blimit: 0\b/.test(message) || violations.some(({ quotaValue }) => quotaValue === '0')) {
    return noCredit("Google's plan of this account includes no pictures of this model.");
  }
  if (violations.some(({ quotaId }) => quotaId?.includes('PerDay') === true)) {
    return {
      kind: 'rate_limited',
      retryable: false,
      billed: false,
      message: "Google's quota of this account is used up for today.",
    };
  }
  return {
    kind: 'rate_limited',
    retryable: true,
    billed: false,
    message: 'Google is limiting the pace of this account.',
  };
}

/** Imagen's filter of prompts is an error answer; Gemini's is a 200 (see `outcome.ts`). */
function promptRefused(message: string): Verdict {
  return {
    kind: 'moderated',
    stage: 'prompt',
    retryable: false,
    billed: false,
    message: `Google's safety filter refused the prompt${namedCategories(message)}.`,
  };
}

function authentication(message: string): Verdict {
  return { kind: 'authentication', retryable: false, billed: false, message };
}

function noCredit(message: string): Verdict {
  return { kind: 'out_of_credit', retryable: false, billed: false, message };
}

function reasonOf(error: WireError | undefined): string | undefined {
  return error?.details?.find(({ reason }) => typeof reason === 'string')?.reason ?? undefined;
}

/** RetryInfo's `38s` or `38.2s` first, then the common hints ("Please retry in 38.2s" among them). */
function retryDelayMs(
  error: WireError | undefined,
  message: string,
  context: ErrorContext,
): number | undefined {
  const delay = error?.details?.find(({ retryDelay }) => typeof retryDelay === 'string')?.retryDelay ?? '';
  const match = /^(\d+(?:\.\d+)?)s$/.exec(delay);
  const told = match === null ? undefined : usableDelayMs(Number(match[1]) * 1000);
  return told ?? parseRetryAfterMs(context.headers, context.io.now(), message);
}

function sentence(kind: ProviderErrorInfo['kind'], status: number, message: string): string {
  switch (kind) {
    case 'overloaded':
      return `Google could not serve the request (status ${status}).`;
    case 'timeout':
      return `Google gave up waiting for its own answer (status ${status}).`;
    case 'invalid_request':
      return message === ''
        ? `Google refused the request (status ${status}).`
        : `Google refused the request: ${message}`;
    default:
      return `Google answered with an unexpected status ${status}.`;
  }
}
