/** The servers' failures in our vocabulary (protocol notes §B2 to §B5, §C1). Nobody is charged for them. */
import { ProviderError } from '../provider.js';
import type { ProviderErrorInfo, ProviderIo, UpstreamResponse } from '../provider.js';
import {
  classifyStatus,
  cleanUpstreamText,
  parseRetryAfterMs,
  readErrorBody,
  upstreamFacts,
} from '../shared/upstream-error.js';
import { errorBody } from './wire.js';

/** Codes of filters that an operator puts before a server; the servers themselves refuse nothing. */
const MODERATION_CODES = ['content_policy_violation', 'moderation_blocked', 'content_filter'];

interface Told {
  readonly code: string | undefined;
  readonly message: string;
}

/** Reads an answer whose status is no success, at most 64 KB of it, and says what it means. */
export async function readServerError(
  server: string,
  response: UpstreamResponse,
  io: ProviderIo,
): Promise<ProviderError> {
  return serverError(server, (await readErrorBody(response)).json, response, io);
}

/** Whether a body is one of the shapes that errors have, and none that pictures come in. */
export function isErrorBody(json: unknown): boolean {
  if (typeof json !== 'object' || json === null || 'data' in json) return false;
  const told = tell(json);
  return told.message !== '' || told.code !== undefined;
}

/** The failure that a status and a body stand for. */
export function serverError(
  server: string,
  json: unknown,
  response: UpstreamResponse,
  io: ProviderIo,
): ProviderError {
  const told = tell(json);
  const message = cleanUpstreamText(told.message, [io.endpoint.apiKey]);
  const verdict = judge(server, { ...told, message }, response.status);
  const retryAfterMs = verdict.retryable ? parseRetryAfterMs(response.headers, io.now(), message) : undefined;
  return new ProviderError({
    ...verdict,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    upstream: upstreamFacts({
      status: response.status,
      code: told.code,
      message,
      requestId: response.headers['x-request-id'],
    }),
  });
}

function tell(json: unknown): Told {
  const parsed = errorBody.safeParse(json);
  if (!parsed.success) return { code: undefined, message: '' };
  const { error, message, detail } = parsed.data;
  if (typeof error === 'object' && error !== null) {
    const code = error.code ?? error.type ?? undefined;
    return {
      code: code === undefined || code === '' ? undefined : String(code),
      message: error.message ?? '',
    };
  }
  // sd-server's faults have a code as text and the text beside it.
  if (typeof error === 'string') {
    return message ? { code: error, message } : { code: undefined, message: error };
  }
  if (Array.isArray(detail)) {
    const problems = detail.map(({ loc, msg }) =>
      [(loc ?? []).filter((part) => part !== 'body').join('.'), msg ?? ''].filter((part) => part !== ''),
    );
    return { code: undefined, message: problems.map((parts) => parts.join(': ')).join('; ') };
  }
  return { code: undefined, message: detail ?? message ?? '' };
}

type Verdict = Pick<ProviderErrorInfo, 'kind' | 'stage' | 'retryable' | 'billed' | 'message'>;

function judge(server: string, { code, message }: Told, status: number): Verdict {
  const said = message === '' ? ` (status ${status}).` : `: ${message}`;
  if (code !== undefined && MODERATION_CODES.includes(code)) {
    return {
      ...final('moderated', `A filter in front of ${server} refused this request.`),
      stage: stageOf(message),
    };
  }
  // These come with all kinds of statuses, 500 the most common.
  if (/returned no results/i.test(message)) {
    return passing('no_image', `${server} answered without a picture.`);
  }
  if (/could not load model|model\b.{0,100}\b(?:not found|does not exist)/i.test(message) || status === 404) {
    return final('model_unavailable', `${server} does not serve this model${said}`);
  }
  if (status === 401 || status === 403) {
    return final('authentication', `${server} refused the API key.`);
  }
  if (code === 'insufficient_quota' || status === 402) {
    return final('out_of_credit', `The account at ${server} has no credit left.`);
  }
  if (/queue is full/i.test(message)) return passing('overloaded', `The queue of ${server} is full.`);
  if (status < 300) return passing('overloaded', `${server} could not serve the request${said}`);
  const known = classifyStatus(status);
  return { ...known, message: sentence(server, known.kind, status, said) };
}

function sentence(server: string, kind: ProviderErrorInfo['kind'], status: number, said: string): string {
  if (kind === 'invalid_request') return `${server} refused the request${said}`;
  if (kind === 'rate_limited') return `${server} is limiting the pace of calls.`;
  return `${server} could not serve the request (status ${status}).`;
}

function stageOf(message: string): NonNullable<ProviderErrorInfo['stage']> {
  if (/\b(?:output|generated image)\b/i.test(message)) return 'output';
  if (/\b(?:input|source|reference|provided|uploaded) image/i.test(message)) return 'input';
  return /\bprompt\b/i.test(message) ? 'prompt' : 'unknown';
}

function final(kind: ProviderErrorInfo['kind'], message: string): Verdict {
  return { kind, retryable: false, billed: false, message };
}

function passing(kind: ProviderErrorInfo['kind'], message: string): Verdict {
  return { kind, retryable: true, billed: false, message };
}
