/** Failures of operators' own servers and of the proxies before them, in our vocabulary. Nobody is charged for them. */
import { ProviderError } from '../provider.js';
import type { ProviderErrorInfo, ProviderIo, UpstreamResponse } from '../provider.js';
import { classifyStatus, cleanUpstreamText, parseRetryAfterMs, upstreamFacts } from './upstream-error.js';

/** What an error body says, whatever its shape. */
export interface ToldError {
  readonly code: string | undefined;
  readonly message: string;
}

export type Verdict = Pick<ProviderErrorInfo, 'kind' | 'stage' | 'retryable' | 'billed' | 'message'>;

/** Codes of filters that an operator puts before a server; the servers themselves refuse nothing. */
const MODERATION_CODES = ['content_policy_violation', 'moderation_blocked', 'content_filter'];

/** @param secrets beside the endpoint's key */
export function ownServerError(
  told: ToldError,
  response: Pick<UpstreamResponse, 'status' | 'headers'>,
  io: ProviderIo,
  judge: (told: ToldError) => Verdict,
  requestId?: string,
): ProviderError {
  const message = cleanUpstreamText(told.message, [io.endpoint.apiKey, passwordOf(io.endpoint.apiKey)]);
  const verdict = judge({ ...told, message });
  const retryAfterMs = verdict.retryable ? parseRetryAfterMs(response.headers, io.now(), message) : undefined;
  return new ProviderError({
    ...verdict,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    upstream: upstreamFacts({ status: response.status, code: told.code, message, requestId }),
  });
}

function passwordOf(apiKey: string | undefined): string | undefined {
  return apiKey?.slice(apiKey.indexOf(':') + 1);
}

/** What a proxy's refusal or a status alone stands for. */
export function judgeProxy(server: string, { code, message }: ToldError, status: number): Verdict {
  const said = message === '' ? ` (status ${status}).` : `: ${message}`;
  if (code !== undefined && MODERATION_CODES.includes(code)) {
    return {
      ...final('moderated', `A filter in front of ${server} refused this request.`),
      stage: stageOf(message),
    };
  }
  if (status === 401 || status === 403) {
    return final('authentication', `${server} refused the credentials.`);
  }
  if (code === 'insufficient_quota' || status === 402) {
    return final('out_of_credit', `The account at ${server} has no credit left.`);
  }
  if (status === 404) return final('model_unavailable', `${server} does not serve this${said}`);
  const known = classifyStatus(status);
  if (known.kind === 'invalid_request') return { ...known, message: `${server} refused the request${said}` };
  if (known.kind === 'rate_limited') return { ...known, message: `${server} is limiting the pace of calls.` };
  return { ...known, message: `${server} could not serve the request (status ${status}).` };
}

function stageOf(message: string): NonNullable<ProviderErrorInfo['stage']> {
  if (/\b(?:output|generated image)\b/i.test(message)) return 'output';
  if (/\b(?:input|source|reference|provided|uploaded) image/i.test(message)) return 'input';
  return /\bprompt\b/i.test(message) ? 'prompt' : 'unknown';
}

/** A failure that asking again does not change. */
export function final(kind: ProviderErrorInfo['kind'], message: string): Verdict {
  return { kind, retryable: false, billed: false, message };
}

/** A failure that may pass. */
export function passing(kind: ProviderErrorInfo['kind'], message: string): Verdict {
  return { kind, retryable: true, billed: false, message };
}
