/** The Images API's failures in our vocabulary (protocol notes §9). */
import { ProviderError } from '../provider.js';
import type { ProviderErrorInfo, ProviderIo, UpstreamResponse } from '../provider.js';
import {
  classifyStatus,
  cleanUpstreamText,
  parseRetryAfterMs,
  readErrorBody,
  upstreamFacts,
} from '../shared/upstream-error.js';
import { errorEnvelope } from './wire.js';
import type { WireError } from './wire.js';

/** Codes of refusals: GPT Image, DALL·E, and the name that Azure's filter gives. */
const MODERATION_CODES = ['moderation_blocked', 'content_policy_violation', 'content_filter'];
/** Codes (or types) of an empty balance, which come with 400 as well as 429. */
const BALANCE_CODES = ['billing_hard_limit_reached', 'insufficient_quota', 'credit_balance_exhausted'];

/** The context that an error needs beside its own body. */
interface ErrorContext {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly io: ProviderIo;
  /** Path of the call: it tells what an "input" can have been. */
  readonly path: string;
}

/** Reads an answer whose status is no success, at most 64 KB of it, and says what it means. */
export async function readOpenAiError(
  response: UpstreamResponse,
  path: string,
  io: ProviderIo,
): Promise<ProviderError> {
  const body = await readErrorBody(response);
  const envelope = errorEnvelope.safeParse(body.json);
  return openAiError(envelope.success ? envelope.data.error : undefined, {
    status: response.status,
    headers: response.headers,
    io,
    path,
  });
}

/**
 * The failure that an error member stands for.
 * @param error undefined when the body held none, as with a proxy's page
 */
export function openAiError(error: WireError | undefined, context: ErrorContext): ProviderError {
  const code = codeOf(error);
  const message = cleanUpstreamText(error?.message ?? '', [context.io.endpoint.apiKey]);
  const verdict = judge(error, code, message, context);
  const retryAfterMs = verdict.retryable
    ? parseRetryAfterMs(context.headers, context.io.now(), message)
    : undefined;
  return new ProviderError({
    ...verdict,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    upstream: upstreamFacts({
      status: context.status,
      code,
      message,
      requestId: context.headers['x-request-id'],
    }),
  });
}

type Verdict = Pick<ProviderErrorInfo, 'kind' | 'stage' | 'retryable' | 'billed' | 'message'>;

function judge(
  error: WireError | undefined,
  code: string | undefined,
  message: string,
  { status, headers, path }: ErrorContext,
): Verdict {
  if (code !== undefined && MODERATION_CODES.includes(code)) return moderated(error, message, path);
  if ([code, error?.type].some((name) => BALANCE_CODES.includes(name ?? ''))) {
    return {
      kind: 'out_of_credit',
      retryable: false,
      billed: false,
      message: 'The OpenAI account has no credit left.',
    };
  }
  if (code === 'invalid_api_key') return authentication('OpenAI refused the API key.');
  if (status === 401) return authentication('OpenAI refused the credentials.');
  if (status === 403) {
    return authentication('OpenAI refused access: the organisation may need verification for this model.');
  }
  if (code === 'model_not_found') {
    return {
      kind: 'model_unavailable',
      retryable: false,
      billed: false,
      message: 'OpenAI does not serve this model, or not to this account.',
    };
  }
  const known = classifyCode(code, status);
  // Without an envelope the answer is a proxy's, and the call may have run behind it.
  const billed = error === undefined && status >= 500 ? 'unknown' : known.billed;
  return {
    ...known,
    billed,
    retryable: shouldRetry(known.retryable, headers),
    message: sentence(known.kind, status, message),
  };
}

/** Errors inside a stream come with status 200, so that their code has to speak. */
function classifyCode(code: string | undefined, status: number): ReturnType<typeof classifyStatus> {
  if (code === 'rate_limit_exceeded' || code === 'slow_down') return classifyStatus(429);
  if (code === 'server_is_overloaded') return classifyStatus(503);
  if (status >= 300) return classifyStatus(status);
  return { kind: 'overloaded', retryable: true, billed: 'unknown' };
}

function authentication(message: string): Verdict {
  return { kind: 'authentication', retryable: false, billed: false, message };
}

function moderated(error: WireError | undefined, message: string, path: string): Verdict {
  const categories = error?.moderation_details?.categories ?? [];
  const told = categories.length === 0 ? '' : ` (${categories.slice(0, 10).join(', ')})`;
  return {
    kind: 'moderated',
    stage: moderationStage(error, message, path),
    // dall-e-3 sometimes trips over its own rewriting of the prompt, and says that asking again may work.
    retryable: /may succeed if retried|descriptions generated from/i.test(message),
    // A 400 is not billed, also when it comes after the picture was painted (protocol notes §9).
    billed: false,
    message: `OpenAI's safety system refused this request${told}.`,
  };
}

function moderationStage(
  error: WireError | undefined,
  message: string,
  path: string,
): NonNullable<ProviderErrorInfo['stage']> {
  const stage = error?.moderation_details?.moderation_stage;
  if (stage === 'output') return 'output';
  // A generation has no other input than its prompt; an edit's may be the prompt or a picture.
  if (stage === 'input') return path.includes('/generations') ? 'prompt' : 'input';
  return /\byour prompt\b/i.test(message) ? 'prompt' : 'unknown';
}

/** OpenAI's own word on retrying wins over what the status suggests (protocol notes §2). */
function shouldRetry(retryable: boolean, headers: Readonly<Record<string, string>>): boolean {
  const told = headers['x-should-retry'];
  return told === 'true' || told === 'false' ? told === 'true' : retryable;
}

function sentence(kind: ProviderErrorInfo['kind'], status: number, message: string): string {
  switch (kind) {
    case 'rate_limited':
      return 'OpenAI is limiting the pace of this account.';
    case 'overloaded':
      return `OpenAI could not serve the request (status ${status}).`;
    case 'timeout':
      return `OpenAI gave up waiting for its own answer (status ${status}).`;
    case 'invalid_request':
      return message === ''
        ? `OpenAI refused the request (status ${status}).`
        : `OpenAI refused the request: ${message}`;
    case 'bad_response':
      return `OpenAI answered with an unexpected status ${status}.`;
    default:
      return `OpenAI answered ${status}.`;
  }
}

function codeOf(error: WireError | undefined): string | undefined {
  const code = error?.code ?? error?.type ?? undefined;
  return code === undefined ? undefined : String(code);
}
