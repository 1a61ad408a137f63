/** BFL's failures in our vocabulary (protocol notes §A2, §A5). */
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
import { errorBody } from './wire.js';
import type { WireTask } from './wire.js';

/** Reads an answer whose status is no success, at most 64 KB of it, and says what it means. */
export async function readBflError(response: UpstreamResponse, io: ProviderIo): Promise<ProviderError> {
  return bflError((await readErrorBody(response)).json, response, io);
}

/** The failure that a status and a body stand for. */
export function bflError(json: unknown, response: UpstreamResponse, io: ProviderIo): ProviderError {
  const parsed = errorBody.safeParse(json);
  const told = parsed.success ? parsed.data : {};
  const { detail } = told;
  const said =
    typeof detail === 'string'
      ? detail
      : (detail ?? [])
          .map(({ loc, msg }) => [(loc ?? []).filter((part) => part !== 'body').join('.'), msg ?? ''])
          .map(([field, text]) => (field === '' ? text : `${field ?? ''}: ${text ?? ''}`))
          .join('; ');
  const message = cleanUpstreamText(said === '' ? (told.message ?? told.error ?? '') : said, [
    io.endpoint.apiKey,
  ]);
  const verdict = judge(response.status, message);
  const hintMs =
    usableDelayMs(typeof told.retry_after === 'number' ? told.retry_after * 1000 : undefined) ??
    parseRetryAfterMs(response.headers, io.now(), message);
  return new ProviderError({
    ...verdict,
    ...(verdict.retryable && hintMs !== undefined ? { retryAfterMs: hintMs } : {}),
    upstream: upstreamFacts({
      status: response.status,
      code: told.error ?? undefined,
      message,
      requestId: response.headers['x-request-id'],
    }),
  });
}

type Verdict = Pick<ProviderErrorInfo, 'kind' | 'stage' | 'retryable' | 'billed' | 'message'>;

function judge(status: number, message: string): Verdict {
  const said = message === '' ? '' : `: ${message}`;
  switch (status) {
    case 400:
    case 422:
      return final('invalid_request', `BFL refused the request${said === '' ? '.' : said}`);
    case 401:
    case 403:
      return final('authentication', 'BFL refused the API key.');
    case 402:
      return final('out_of_credit', "BFL's account has no credit left.");
    case 404:
      return final('model_unavailable', 'BFL does not serve this model, or not to this account.');
    case 429:
      return {
        ...classifyStatus(429),
        message: 'BFL runs as many tasks of this account as it takes at once.',
      };
  }
  const known = classifyStatus(status);
  return {
    ...known,
    // A submit that is repeated is billed again, and a fault says nothing of whether the first one counted.
    billed: status >= 500 ? 'unknown' : known.billed,
    message:
      known.kind === 'invalid_request'
        ? `BFL refused the request (status ${status})${said === '' ? '.' : said}`
        : `BFL could not serve the request (status ${status}).`,
  };
}

function final(kind: ProviderErrorInfo['kind'], message: string): Verdict {
  return { kind, retryable: false, billed: false, message };
}

/** How a task that gave no picture ended. */
type FailedStatus = 'Request Moderated' | 'Content Moderated' | 'Error' | 'Failed' | 'Task not found';

/** What a task's own words leave open. */
export interface TaskFacts {
  readonly id: string;
  /** Pictures were sent with it. */
  readonly pictured: boolean;
}

/**
 * The failure that a task's status stands for. Whether refused and failed tasks cost anything is not documented.
 * @param httpStatus of the look that told it; failed tasks were seen with 422 and 503 too (protocol notes §A2)
 */
export function taskError(
  status: FailedStatus,
  task: Pick<WireTask, 'details'>,
  { id, pictured }: TaskFacts,
  httpStatus: number,
  io: ProviderIo,
): ProviderError {
  const told = cleanUpstreamText(detailsText(task.details), [io.endpoint.apiKey]);
  return new ProviderError({
    ...judgeTask(status, told, pictured),
    upstream: upstreamFacts({ status: httpStatus, code: status, message: told, requestId: id }),
  });
}

function judgeTask(status: FailedStatus, told: string, pictured: boolean): Verdict {
  const why = told === '' ? '.' : ` (${told}).`;
  switch (status) {
    case 'Request Moderated':
      return {
        kind: 'moderated',
        // One status for prompts and pictures; where pictures were sent, they are the likelier cause.
        stage: pictured ? 'input' : 'prompt',
        retryable: false,
        billed: 'unknown',
        message: `BFL's moderation refused the request${why}`,
      };
    case 'Content Moderated':
      return {
        kind: 'moderated',
        stage: 'output',
        retryable: false,
        billed: 'unknown',
        message: `BFL's moderation withheld the picture${why}`,
      };
    case 'Error':
    case 'Failed':
      return {
        kind: 'overloaded',
        retryable: true,
        billed: 'unknown',
        message: `BFL's task ended with an error${why}`,
      };
    case 'Task not found':
      return {
        kind: 'bad_response',
        retryable: false,
        billed: 'unknown',
        message: 'BFL does not find the task (any more).',
      };
  }
}

/** `{"Moderation Reasons": ["..."]}` and the like: the values, whatever they are called. */
function detailsText(details: WireTask['details']): string {
  return Object.values(details ?? {})
    .flatMap((value): unknown[] => (Array.isArray(value) ? value : [value]))
    .filter((value) => typeof value === 'string')
    .join(', ');
}
