/** Submits tasks to BFL, looks at them until they end and tells what came of them (protocol notes §A1, §A2). */
import { ProviderError } from '../provider.js';
import type { NativeCall, ProviderEvent, ProviderIo } from '../provider.js';
import { readLookJson, readPlainJson } from '../shared/plain-json.js';
import { listInputs, toOutgoingBody } from '../shared/outgoing-body.js';
import { pollTask, unknownStatus } from '../shared/poll-task.js';
import type { TaskLook } from '../shared/poll-task.js';
import { readErrorBody, upstreamFacts } from '../shared/upstream-error.js';
import { bflHeaders, pollTarget } from './endpoint.js';
import type { PollTarget } from './endpoint.js';
import { bflError, readBflError, taskError } from './errors.js';
import type { TaskFacts } from './errors.js';
import { submitAnswer, taskAnswer, taskReference, taskStatus } from './wire.js';
import type { TaskReference, WireTask } from './wire.js';

const NAME = 'BFL';

/** Every 0.5 to 1.5 s is what the vendor suggests. */
const SCHEDULE = { firstDelayMs: 500, maxDelayMs: 1500 } as const;

/** Looks in a row that may not find the task, some seven seconds: right after the submit a region may not know it yet. */
const MISSED_LOOKS = 6;

/** 1 BFL credit = US$0.01 = 1 credit. */
const MICROCREDITS_PER_CREDIT = 1_000_000;

/**
 * Submits the call and yields `accepted` before anything else, then what `resumeBfl` yields.
 * @throws ProviderError for refusals and failures (protocol notes §A5), and for answers that break off or can't be read
 */
export async function* runBfl(call: NativeCall, io: ProviderIo): AsyncIterable<ProviderEvent> {
  const response = await io.send({
    method: 'POST',
    path: call.path,
    headers: bflHeaders(io.endpoint),
    body: toOutgoingBody(call, io),
  });
  if (response.status < 200 || response.status > 299) throw await readBflError(response, io);
  const parsed = submitAnswer.safeParse(await readPlainJson(NAME, response, io));
  if (!parsed.success) {
    throw new ProviderError({
      kind: 'bad_response',
      retryable: true,
      billed: 'unknown',
      message: 'BFL took the task and did not name it.',
      upstream: upstreamFacts({ status: response.status }),
      cause: parsed.error,
    });
  }
  const { id, polling_url: pollingUrl, cost } = parsed.data;
  const task: TaskReference = {
    id,
    ...(pollingUrl ? { pollingUrl } : {}),
    ...(typeof cost === 'number' ? { costMicrocredits: Math.round(cost * MICROCREDITS_PER_CREDIT) } : {}),
  };
  yield { type: 'accepted', taskId: JSON.stringify(task) };
  yield* followTask(task, call, io);
}

/**
 * Waits for a task that was accepted earlier and yields its progress, facts, cost and picture.
 * @throws ProviderError as `runBfl`; refusals (protocol notes §A2); `bad_response` of unknown price for a task that can't
 * be found (any more)
 */
export async function* resumeBfl(
  taskId: string,
  call: NativeCall,
  io: ProviderIo,
): AsyncIterable<ProviderEvent> {
  yield* followTask(parseTaskId(taskId), call, io);
}

function parseTaskId(taskId: string): TaskReference {
  try {
    return taskReference.parse(JSON.parse(taskId));
  } catch (cause) {
    throw new ProviderError({
      kind: 'bad_response',
      retryable: false,
      billed: 'unknown',
      message: 'The task at BFL can not be found again: its stored id is not readable.',
      cause,
    });
  }
}

async function* followTask(
  task: TaskReference,
  call: NativeCall,
  io: ProviderIo,
): AsyncIterable<ProviderEvent> {
  const target = pollTarget(task.pollingUrl, task.id, io.endpoint);
  const facts: TaskFacts = { id: task.id, pictured: listInputs(call.body).length > 0 };
  let missed = 0;
  const ready = yield* pollTask(NAME, io, SCHEDULE, async () => {
    const seen = await look(target, facts, io);
    missed = seen === 'missing' ? missed + 1 : 0;
    if (seen !== 'missing') return seen;
    if (missed > MISSED_LOOKS) throw taskError('Task not found', {}, facts, 200, io);
    return { state: 'running' };
  });
  const url = ready.result?.sample;
  yield { type: 'answered', requestId: task.id, reported: hostOf(target) };
  if (task.costMicrocredits !== undefined) {
    yield { type: 'usage', usage: undefined, costMicrocredits: task.costMicrocredits };
  }
  if (!url) {
    throw new ProviderError({
      kind: 'no_image',
      retryable: true,
      billed: 'unknown',
      message: 'BFL finished the task without a picture.',
      upstream: upstreamFacts({ status: 200, code: ready.status, requestId: task.id }),
    });
  }
  const { expanded_prompt: expanded, prompt, seed } = ready.result ?? {};
  const rewritten = expanded ?? (prompt === call.prompt ? undefined : prompt);
  yield {
    type: 'image',
    index: 0,
    image: { kind: 'url', url },
    revisedPrompt: rewritten ?? undefined,
    seed: seed ?? undefined,
  };
}

/** One look. Failed tasks were seen with HTTP 422 and 503, so that the body speaks before the status does. */
async function look(
  target: PollTarget,
  facts: TaskFacts,
  io: ProviderIo,
): Promise<TaskLook<WireTask> | 'missing'> {
  const response = await io.send({
    method: 'GET',
    ...target,
    headers: bflHeaders(io.endpoint),
    body: undefined,
  });
  const ok = response.status >= 200 && response.status <= 299;
  const json = ok ? await readLookJson(NAME, response, io) : (await readErrorBody(response)).json;
  const parsed = taskAnswer.safeParse(json);
  if (parsed.success) return judge(parsed.data, facts, response.status, io);
  if (response.status === 404) return 'missing';
  const error = bflError(json, response, io);
  // The look failed, not the task; only a refused key will not get better.
  if (error.info.kind === 'authentication') throw new ProviderError({ ...error.info, billed: 'unknown' });
  return { state: 'unclear', error };
}

function judge(
  task: WireTask,
  facts: TaskFacts,
  httpStatus: number,
  io: ProviderIo,
): TaskLook<WireTask> | 'missing' {
  const status = taskStatus.parse(task.status);
  if (status !== task.status) io.drifted?.(unknownStatus(task.status));
  switch (status) {
    case 'Pending':
    case 'Reasoning':
    case 'Generating':
      return {
        state: 'running',
        ...(typeof task.progress === 'number' ? { fraction: task.progress } : {}),
      };
    case 'Ready':
      return { state: 'ended', value: task };
    case 'Request Moderated':
    case 'Content Moderated':
    case 'Error':
    case 'Failed':
      throw taskError(status, task, facts, httpStatus, io);
    case 'Task not found':
      return 'missing';
  }
}

/** The host that held the task tells its region. */
function hostOf({ origin }: PollTarget): Readonly<Record<string, string>> {
  return origin === undefined ? {} : { host: new URL(origin).hostname };
}
