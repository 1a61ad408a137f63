/** Runs translated calls and tasks against DashScope and tells what came of them (protocol notes §3, §6, §7). */
import { ProviderError } from '../provider.js';
import type { NativeCall, ProviderEvent, ProviderIo, UpstreamResponse } from '../provider.js';
import { listInputs, toOutgoingBody } from '../shared/outgoing-body.js';
import { readLookJson, readPlainJson } from '../shared/plain-json.js';
import { pollTask, unknownStatus } from '../shared/poll-task.js';
import type { TaskLook } from '../shared/poll-task.js';
import { contextOf, readOpenAiPictures, readPictures, unexpectedShape } from './answer.js';
import { FORM_SETTING, qwenHeaders } from './endpoint.js';
import { qwenError, readQwenError } from './errors.js';
import type { ErrorContext } from './errors.js';
import { isTaskPath, toOpenAiShape } from './forms.js';
import { errorBody, nativeAnswer, taskStatus } from './wire.js';
import type { WireAnswer } from './wire.js';

const NAME = 'Alibaba';

/** The vendor suggests 10 s; the older models are faster, and 20 looks a second are allowed (protocol notes §6). */
const SCHEDULE = { firstDelayMs: 500, maxDelayMs: 10_000 } as const;

/**
 * Sends the call and yields its facts and pictures; with a task, `accepted` comes before anything else.
 * @throws ProviderError for refusals and failures (protocol notes §8), and for answers that break off or can't be read
 */
export async function* runQwen(call: NativeCall, io: ProviderIo): AsyncIterable<ProviderEvent> {
  const openAi = io.endpoint.extra[FORM_SETTING] === 'openai';
  const { path, body } = openAi ? toOpenAiShape(call) : call;
  const isTask = isTaskPath(path);
  const headers = qwenHeaders(io.endpoint, isTask ? 'submit' : 'call');
  const response = await io.send({
    method: 'POST',
    path,
    ...(listInputs(body).length === 0
      ? { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
      : { headers, body: toOutgoingBody({ body }, io) }),
  });
  const value = await readSuccess(response, call, io);
  if (openAi) {
    yield* readOpenAiPictures(call, value, contextOf(call, response, undefined, io));
    return;
  }
  const { answer, context } = parseNative(value, call, response, io);
  if (!isTask) {
    yield* readPictures(call, answer, context);
    return;
  }
  const taskId = answer.output?.task_id ?? '';
  if (taskId === '') throw unexpectedShape(context, undefined);
  yield { type: 'accepted', taskId };
  yield* resumeQwen(taskId, call, io);
}

/**
 * Waits for a task that was accepted earlier; it has to be of the endpoint's region and workspace. Tasks can be found for
 * 24 hours.
 * @throws ProviderError as `runQwen`; `bad_response` of unknown price for a task that can't be found (any more)
 */
export async function* resumeQwen(
  taskId: string,
  call: NativeCall,
  io: ProviderIo,
): AsyncIterable<ProviderEvent> {
  const { answer, context } = yield* pollTask(NAME, io, SCHEDULE, () => look(taskId, call, io));
  yield* readPictures(call, answer, context);
}

interface NativeAnswer {
  readonly answer: WireAnswer;
  readonly context: ErrorContext;
}

async function look(taskId: string, call: NativeCall, io: ProviderIo): Promise<TaskLook<NativeAnswer>> {
  const response = await io.send({
    method: 'GET',
    path: `/api/v1/tasks/${encodeURIComponent(taskId)}`,
    headers: qwenHeaders(io.endpoint, 'poll'),
    body: undefined,
  });
  if (response.status < 200 || response.status > 299) {
    const error = await readQwenError(response, call, io);
    if (error.info.retryable) return { state: 'unclear', error };
    // The look was refused, not the task: that goes on and is paid for.
    throw new ProviderError({ ...error.info, billed: 'unknown' });
  }
  const parsed = nativeAnswer.safeParse(await readLookJson(NAME, response, io));
  if (!parsed.success)
    return { state: 'unclear', error: unexpectedShape(response200(response), parsed.error) };
  const answer = parsed.data;
  const context = contextOf(call, response, answer.request_id, io);
  // Some hosts tell a failed task by a flat error.
  if (answer.output === undefined || answer.output === null) throw qwenError(flatFailure(answer), context);
  const status = taskStatus.parse(answer.output.task_status);
  if (status !== answer.output.task_status) io.drifted?.(unknownStatus(answer.output.task_status));
  switch (status) {
    case 'PENDING':
    case 'RUNNING':
      return { state: 'running' };
    case 'SUCCEEDED':
      return { state: 'ended', value: { answer, context } };
    case 'FAILED':
      throw qwenError(flatFailure(answer.output), context);
    case 'CANCELED':
      throw ended('cancelled', false, 'The task was cancelled at Alibaba.', status, context);
    case 'UNKNOWN':
      throw ended('bad_response', 'unknown', 'Alibaba does not find the task (any more).', status, context);
  }
}

function response200({ status, headers }: UpstreamResponse): Pick<ErrorContext, 'status' | 'requestId'> {
  return { status, requestId: headers['x-request-id'] };
}

function ended(
  kind: 'cancelled' | 'bad_response',
  billed: false | 'unknown',
  message: string,
  code: string,
  { status, requestId }: ErrorContext,
): ProviderError {
  return new ProviderError({
    kind,
    retryable: false,
    billed,
    message,
    upstream: { status, code, ...(requestId === undefined ? {} : { requestId }) },
  });
}

/** The body of a successful answer. An error may come with status 200 too: with a code and nothing else. */
async function readSuccess(response: UpstreamResponse, call: NativeCall, io: ProviderIo): Promise<unknown> {
  if (response.status < 200 || response.status > 299) throw await readQwenError(response, call, io);
  const value = await readPlainJson(NAME, response, io);
  const error = errorBody.safeParse(value);
  if (!error.success) return value;
  const code = error.data.code ?? error.data.error?.code ?? undefined;
  const bare = typeof value === 'object' && value !== null && !('output' in value) && !('data' in value);
  if (code === undefined || !bare) return value;
  const message = error.data.message ?? error.data.error?.message ?? undefined;
  throw qwenError({ code: String(code), message }, contextOf(call, response, error.data.request_id, io));
}

function parseNative(
  value: unknown,
  call: NativeCall,
  response: UpstreamResponse,
  io: ProviderIo,
): NativeAnswer {
  const parsed = nativeAnswer.safeParse(value);
  if (!parsed.success) throw unexpectedShape(response200(response), parsed.error);
  return { answer: parsed.data, context: contextOf(call, response, parsed.data.request_id, io) };
}

function flatFailure(told: {
  readonly code?: string | null | undefined;
  readonly message?: string | null | undefined;
}): { readonly code: string | undefined; readonly message: string | undefined } {
  return { code: told.code ?? undefined, message: told.message ?? undefined };
}
