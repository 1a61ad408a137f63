/** xAI's failures in our vocabulary (protocol notes §8): four shapes, two styles of codes, moderation with four faces. */
import { ProviderError } from '../provider.js';
import type { NativeCall, ProviderErrorInfo, ProviderIo, UpstreamResponse } from '../provider.js';
import {
  classifyStatus,
  cleanUpstreamText,
  parseRetryAfterMs,
  readErrorBody,
  upstreamFacts,
} from '../shared/upstream-error.js';
import type { ErrorBody, UpstreamFacts } from '../shared/upstream-error.js';
import { errorBody } from './wire.js';
import type { WireUsage } from './wire.js';

/** Ticks of a US dollar are ten thousand millionths; a credit is a cent and has a million microcredits. */
const TICKS_PER_MICROCREDIT = 100;

/** Texts that name keys and teams: masked keys (`xa***yz`), team and key ids. */
const IDENTITIES =
  /\b(?:xa\*{2,}\w*|(?:team|api key id|team id)\s*:?\s*[\da-f]{8}-[\da-f-]{27,}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})/gi;

const SAFETY = /content[- ]moderat|rejected by content|violates usage guidelines|SAFETY_CHECK/i;
const CREDIT = /used all available credits|monthly spending limit|purchase more credits/i;
const WRONG_KEY = /incorrect api key|invalid api key/i;
const UNKNOWN_MODEL = /model not found|model .{0,100}(?:does not exist|is not available)/i;

/** A failure as it was told, whatever its shape. */
interface Told {
  readonly code: string | undefined;
  readonly message: string;
  readonly usage: WireUsage | undefined;
}

/** A failure and what the answer says that it cost; undefined where it says nothing. */
export interface XaiFailure {
  readonly error: ProviderError;
  readonly costMicrocredits: number | undefined;
}

/** Reads an answer whose status is no success, at most 64 KB of it, and says what it means. */
export async function readXaiError(
  response: UpstreamResponse,
  call: NativeCall,
  io: ProviderIo,
): Promise<XaiFailure> {
  const told = tell(await readErrorBody(response));
  return failureOf(told, response, call, io);
}

/** An error that came with status 200, or undefined when the value is none. */
export function errorInside(
  value: unknown,
  response: UpstreamResponse,
  call: NativeCall,
  io: ProviderIo,
): XaiFailure | undefined {
  const told = tell({ text: '', json: value });
  return told.message === '' && told.code === undefined ? undefined : failureOf(told, response, call, io);
}

/** Microcredits of a reported cost, rounded up. */
export function costOf(usage: WireUsage | null | undefined): number | undefined {
  const ticks = usage?.cost_in_usd_ticks;
  if (ticks === undefined || ticks === null || !Number.isFinite(ticks) || ticks < 0) return undefined;
  return Math.ceil(ticks / TICKS_PER_MICROCREDIT);
}

/**
 * A picture that was withheld or an input that was refused, as an answer with status 200 tells it.
 * @param billed whether the answer's cost includes it
 */
export function withheld(
  stage: NonNullable<ProviderErrorInfo['stage']>,
  billed: ProviderErrorInfo['billed'],
  upstream: UpstreamFacts,
): ProviderError {
  return new ProviderError({ ...moderated(stage, billed), upstream });
}

/** What a check before painting has refused: of an edit nothing says whether it was the prompt or a picture. */
export function stageBefore({ body }: NativeCall): 'prompt' | 'input' {
  return 'image' in body || 'images' in body ? 'input' : 'prompt';
}

function failureOf(
  told: Told,
  { status, headers }: UpstreamResponse,
  call: NativeCall,
  io: ProviderIo,
): XaiFailure {
  const message = cleanUpstreamText(told.message, [io.endpoint.apiKey]).replaceAll(IDENTITIES, '***');
  const costMicrocredits = costOf(told.usage);
  const verdict = judge({ ...told, message }, status, costMicrocredits, stageBefore(call));
  const retryAfterMs = verdict.retryable ? parseRetryAfterMs(headers, io.now(), message) : undefined;
  const error = new ProviderError({
    ...verdict,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    upstream: upstreamFacts({
      status,
      code: told.code,
      message,
      requestId: headers['x-request-id'],
    }),
  });
  return { error, costMicrocredits };
}

function tell({ text, json }: ErrorBody): Told {
  const parsed = errorBody.safeParse(json);
  if (parsed.success) {
    const { code, error, usage } = parsed.data;
    const inner = typeof error === 'string' ? { message: error } : error;
    const told = code ?? ('code' in inner ? (inner.code ?? inner.type) : undefined) ?? undefined;
    return {
      code: told === undefined ? undefined : String(told),
      message: inner.message ?? '',
      usage: usage ?? undefined,
    };
  }
  // Gateways answer pages, which say nothing worth keeping.
  const plain = json === undefined && !text.trimStart().startsWith('<') ? text : '';
  return { code: undefined, message: plain, usage: undefined };
}

type Verdict = Pick<ProviderErrorInfo, 'kind' | 'stage' | 'retryable' | 'billed' | 'message'>;

/** Codes changed from sentences to slugs within a year, so that texts are asked as well (protocol notes §14). */
function judge(told: Told, status: number, cost: number | undefined, before: 'prompt' | 'input'): Verdict {
  const { code = '', message } = told;
  if (SAFETY.test(code) || SAFETY.test(message)) {
    // A 403 comes from a check before painting; a 400 from one after it, and is often billed.
    const early = status === 403;
    const billed = cost === undefined ? (early ? false : 'unknown') : cost > 0;
    return moderated(early ? before : /generated image/i.test(message) ? 'output' : 'unknown', billed);
  }
  if (CREDIT.test(message) || status === 402) {
    return final('out_of_credit', "xAI's account has no credit left or has reached its limit.");
  }
  if (WRONG_KEY.test(message)) return final('authentication', 'xAI refused the API key.');
  if (status === 401) return final('authentication', 'xAI refused the credentials.');
  if (UNKNOWN_MODEL.test(message) || status === 404) {
    return final('model_unavailable', 'xAI does not serve this model, or not to this account.');
  }
  if (status === 403 || code === 'permission-denied') {
    return final('authentication', 'xAI refused access: the key lacks rights or is blocked.');
  }
  if (code === 'Some resource has been exhausted' || code === 'resource-exhausted') {
    return { ...classifyStatus(429), message: 'xAI is limiting the pace of this account.' };
  }
  if (status < 300) {
    return {
      kind: 'overloaded',
      retryable: true,
      billed: billedBy(cost),
      message: 'xAI could not serve the request.',
    };
  }
  const known = classifyStatus(status);
  // Without a body of its own shape the answer is a proxy's, and the call may have run behind it; a 503 turns calls away.
  const silent = code === '' && message === '' && status !== 503;
  const billed = status >= 500 && silent ? 'unknown' : known.billed;
  return {
    ...known,
    billed: cost === undefined ? billed : cost > 0,
    message: sentence(known.kind, status, message),
  };
}

function billedBy(cost: number | undefined): ProviderErrorInfo['billed'] {
  return cost === undefined ? 'unknown' : cost > 0;
}

/** Asking again may pass, because the check runs after painting; each time may cost, so that nobody is told to. */
function moderated(
  stage: NonNullable<ProviderErrorInfo['stage']>,
  billed: ProviderErrorInfo['billed'],
): Verdict {
  return {
    kind: 'moderated',
    stage,
    retryable: false,
    billed,
    message:
      stage === 'output'
        ? "xAI's content moderation withheld the picture."
        : "xAI's content moderation refused this request.",
  };
}

function final(kind: ProviderErrorInfo['kind'], message: string): Verdict {
  return { kind, retryable: false, billed: false, message };
}

function sentence(kind: ProviderErrorInfo['kind'], status: number, message: string): string {
  switch (kind) {
    case 'rate_limited':
      return 'xAI is limiting the pace of this account.';
    case 'overloaded':
      return `xAI could not serve the request (status ${status}).`;
    case 'timeout':
      return `xAI gave up waiting for its own answer (status ${status}).`;
    case 'invalid_request':
      return message === ''
        ? `xAI refused the request (status ${status}).`
        : `xAI refused the request: ${message}`;
    default:
      return `xAI answered with an unexpected status ${status}.`;
  }
}
