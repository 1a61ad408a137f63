/** DashScope's failures in our vocabulary (protocol notes §8). Failed and refused pictures are free (§11). */
import { ProviderError } from '../provider.js';
import type { NativeCall, ProviderErrorInfo, ProviderIo, UpstreamResponse } from '../provider.js';
import {
  classifyStatus,
  cleanUpstreamText,
  parseRetryAfterMs,
  readErrorBody,
  upstreamFacts,
} from '../shared/upstream-error.js';
import { errorBody } from './wire.js';

/** Where a failure was told: as an answer of its own, or inside one whose status is 200. */
export interface ErrorContext {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId: string | undefined;
  readonly io: ProviderIo;
  /** Whether the call carried pictures: then a blocked input can't be told from a blocked prompt. */
  readonly hasInputs: boolean;
}

/** What a failure says of itself. */
export interface ToldFailure {
  readonly code: string | undefined;
  readonly message: string | undefined;
}

/** Reads an answer whose status is no success, at most 64 KB of it, and says what it means. */
export async function readQwenError(
  response: UpstreamResponse,
  call: NativeCall,
  io: ProviderIo,
): Promise<ProviderError> {
  const body = await readErrorBody(response);
  const parsed = errorBody.safeParse(body.json);
  const told = parsed.success ? parsed.data : undefined;
  const code = told?.code ?? told?.error?.code ?? undefined;
  return qwenError(
    {
      code: code === undefined ? undefined : String(code),
      message: told?.message ?? told?.error?.message ?? undefined,
    },
    {
      status: response.status,
      headers: response.headers,
      requestId: told?.request_id ?? response.headers['x-request-id'],
      io,
      hasInputs: hasInputs(call),
    },
  );
}

/** The failure that a code and a message stand for. */
export function qwenError(told: ToldFailure, context: ErrorContext): ProviderError {
  const message = cleanUpstreamText(told.message ?? '', [context.io.endpoint.apiKey]);
  const verdict = judge(told.code ?? '', message, context);
  const retryAfterMs = verdict.retryable
    ? parseRetryAfterMs(context.headers, context.io.now(), message)
    : undefined;
  return new ProviderError({
    ...verdict,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    upstream: upstreamFacts({
      status: context.status,
      code: told.code,
      message,
      requestId: context.requestId,
    }),
  });
}

/** Whether a message of the call has a picture among its parts. */
export function hasInputs(call: NativeCall): boolean {
  return /"image":/.test(JSON.stringify(call.body));
}

type Verdict = Pick<ProviderErrorInfo, 'kind' | 'stage' | 'retryable' | 'billed' | 'message'>;

function judge(code: string, message: string, context: ErrorContext): Verdict {
  const [family = ''] = code.split('.');
  switch (family) {
    case 'DataInspectionFailed':
    case 'IPInfringementSuspect':
      return moderated(family, message, context.hasInputs);
    case 'Arrearage':
      return final('out_of_credit', 'The Alibaba account is overdue or has no credit left.');
    case 'InvalidApiKey':
      return final('authentication', 'Alibaba refused the API key; keys count in their own region only.');
    case 'WorkSpaceNotFound':
      return final('authentication', 'Alibaba does not know the workspace of this key.');
    case 'ModelNotFound':
    case 'Model':
      return final('model_unavailable', 'Alibaba does not serve this model here, or not to this account.');
    case 'AccessDenied':
      return code === 'AccessDenied.Unpurchased'
        ? final('model_unavailable', 'This model is not activated for the Alibaba account.')
        : final('authentication', 'Alibaba refused access with this API key.');
    case 'Throttling':
      return throttled(code, message);
    case 'InternalError':
      return passing('overloaded', 'Alibaba could not serve the request.');
    case 'InvalidParameter':
    case 'InvalidURL':
    case 'BadRequest':
    case 'UnsupportedOperation':
      // Said of a model that was posted to a path it isn't served on.
      return message.startsWith('url error')
        ? final('model_unavailable', 'Alibaba does not serve this model in this form.')
        : final('invalid_request', `Alibaba refused the request: ${message === '' ? code : message}`);
  }
  return judgeStatus(code, message, context.status);
}

/** The status decides about codes that are not documented, and about answers that have none. */
function judgeStatus(code: string, message: string, status: number): Verdict {
  if (status === 404) {
    return final('model_unavailable', 'Alibaba does not serve this model here, or not to this account.');
  }
  if (status >= 200 && status <= 299) {
    return passing('no_image', `Alibaba made no picture${code === '' ? '' : ` (${code.slice(0, 100)})`}.`);
  }
  const known = classifyStatus(status);
  // Without a code the answer is a proxy's, and the call may have run behind it.
  const billed = code === '' && status >= 500 ? 'unknown' : known.billed;
  return {
    ...known,
    billed,
    message:
      known.kind === 'invalid_request' && message !== ''
        ? `Alibaba refused the request: ${message}`
        : `Alibaba answered ${status}.`,
  };
}

function moderated(family: string, message: string, inputs: boolean): Verdict {
  const stage = /\boutput\b/i.test(message)
    ? 'output'
    : /\binput\b/i.test(message)
      ? inputs
        ? 'input'
        : 'prompt'
      : 'unknown';
  return {
    ...final(
      'moderated',
      family === 'IPInfringementSuspect'
        ? 'Alibaba refused this request because it suspects an infringement of rights.'
        : "Alibaba's content inspection refused this request.",
    ),
    stage,
  };
}

function throttled(code: string, message: string): Verdict {
  if (code !== 'Throttling.AllocationQuota') {
    return passing('rate_limited', 'Alibaba is limiting the pace of this account.');
  }
  return /\bfree\b/i.test(message)
    ? final('out_of_credit', "Alibaba's free quota of this account is used up.")
    : final('rate_limited', "Alibaba's quota of this account is used up for now.");
}

/** A failure that stays until somebody changes something. */
function final(kind: ProviderErrorInfo['kind'], message: string): Verdict {
  return { kind, retryable: false, billed: false, message };
}

/** A failure that may be gone the next time. */
function passing(kind: ProviderErrorInfo['kind'], message: string): Verdict {
  return { kind, retryable: true, billed: false, message };
}
