import type { Clock } from '../clock.js';
import type { PictureStore } from '../files/picture-store.js';
import { invariant } from '../errors.js';
import type { Painter } from '../painter/painter.js';
import {
  ProviderError,
  type Endpoint,
  type ProviderEvent,
  type ProviderIo,
  type StoredImage,
  type TokenUsage,
} from '../providers/provider.js';
import type { Lanes } from './lanes.js';
import type { Candidate, PlannedCall } from './plan-types.js';
import { retryDelayMs, type Wait } from './retry.js';
import { Scrubber } from './scrub.js';
import type { Transport } from './transport.js';

/** What dispatching needs of the installation. */
export interface DispatchWorld {
  readonly transport: Transport;
  readonly pictures: PictureStore;
  readonly painter: Painter;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly wait: Wait;
  /** Fires at the deadline of a shutdown. */
  readonly shutdown: AbortSignal;
  /** Records an upstream task before anything else happens, so that a restart goes on with it. */
  readonly recordTask: (task: AcceptedTask) => Promise<void>;
}

/** Which call of which generation something belongs to. Numbers count from 1. */
export interface CallScope {
  readonly generationId: string;
  /** First image of the call. */
  readonly imageNumber: number;
  /** Counted per image across candidates. */
  readonly attemptNumber: number;
}

/** A task that exists upstream and costs money. */
export interface AcceptedTask extends CallScope {
  readonly routeId: string;
  /** Opaque; the provider's `resume` understands it. */
  readonly taskId: string;
}

/** One call to one route, as it is recorded. */
export interface AttemptRecord {
  readonly imageNumber: number;
  readonly attemptNumber: number;
  readonly model: string;
  readonly routeId: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly outcome: 'succeeded' | 'partial' | 'failed';
  readonly error: ProviderError | undefined;
  readonly upstreamRequestId: string | undefined;
}

/** One received picture, its bytes stored. */
export interface ReceivedImage {
  readonly position: number;
  readonly stored: StoredImage;
  readonly revisedPrompt: string | undefined;
  readonly seed: number | undefined;
  /** Bytes that a later edit of this picture has to send back. */
  readonly continuation: StoredImage | undefined;
}

export interface FailedImage {
  readonly position: number;
  readonly error: ProviderError;
}

/** Everything that came of a candidate's calls. */
export interface DispatchResult {
  readonly received: readonly ReceivedImage[];
  readonly failed: readonly FailedImage[];
  readonly attempts: readonly AttemptRecord[];
  readonly usages: readonly { readonly usage: TokenUsage; readonly images: number }[];
  readonly reported: Readonly<Record<string, string>>;
}

interface CallResult {
  readonly received: ReceivedImage[];
  readonly failed: FailedImage[];
  usage: TokenUsage | undefined;
  requestId: string | undefined;
  reported: Readonly<Record<string, string>>;
}

/** Runs all calls of a candidate side by side and gathers what each of them gave. Never throws for a failed call. */
export async function dispatchCandidate(
  candidate: Candidate,
  generationId: string,
  endpoint: Endpoint,
  world: DispatchWorld,
): Promise<DispatchResult> {
  return gather(
    await Promise.all(
      candidate.calls.map((planned) => runCall(candidate, planned, generationId, endpoint, world)),
    ),
  );
}

/**
 * Goes on with the tasks that an earlier process left: they are polled to their end, nothing is submitted. A call without a
 * task had been sent or not, nobody knows; it is not repeated.
 */
export async function resumeCandidate(
  candidate: Candidate,
  generationId: string,
  tasks: readonly AcceptedTask[],
  endpoint: Endpoint,
  world: DispatchWorld,
): Promise<DispatchResult> {
  return gather(
    await Promise.all(
      candidate.calls.map((planned) => {
        const imageNumber = firstImage(planned);
        const task = tasks
          .filter((other) => other.imageNumber === imageNumber && other.routeId === candidate.route.id)
          .sort((a, b) => b.attemptNumber - a.attemptNumber)[0];
        const scope = { generationId, imageNumber, attemptNumber: task?.attemptNumber ?? 1 };
        return runAttempt(candidate, planned, scope, endpoint, world, task?.taskId ?? LOST).then(
          ({ result, error, record }) => ({
            ...(error === undefined ? result : withLost(result, planned, error)),
            attempts: [record],
          }),
        );
      }),
    ),
  );
}

/** Stands for a call of which no task is known. */
const LOST = Symbol('no task is known');

type CallWithAttempts = CallResult & { readonly attempts: readonly AttemptRecord[] };

function gather(results: readonly CallWithAttempts[]): DispatchResult {
  return {
    received: results.flatMap((result) => result.received).sort((a, b) => a.position - b.position),
    failed: results.flatMap((result) => result.failed).sort((a, b) => a.position - b.position),
    attempts: results.flatMap((result) => result.attempts),
    usages: results.flatMap(({ usage, received }) =>
      usage === undefined ? [] : [{ usage, images: received.length }],
    ),
    reported: Object.fromEntries(results.flatMap((result) => Object.entries(result.reported))),
  };
}

async function runCall(
  candidate: Candidate,
  planned: PlannedCall,
  generationId: string,
  endpoint: Endpoint,
  world: DispatchWorld,
): Promise<CallWithAttempts> {
  const attempts: AttemptRecord[] = [];
  for (let attemptNumber = 1; ; attemptNumber += 1) {
    const scope = { generationId, imageNumber: firstImage(planned), attemptNumber };
    const { result, error, record } = await runAttempt(candidate, planned, scope, endpoint, world, undefined);
    attempts.push(record);
    if (error === undefined) return { ...result, attempts };
    const delayMs = retryDelayMs(error.info, attemptNumber, Math.random());
    if (delayMs === undefined || !(await waited(delayMs, world))) {
      return { ...withLost(result, planned, error), attempts };
    }
  }
}

/** One call in its lane, and its record. @param task an accepted task to go on with */
async function runAttempt(
  candidate: Candidate,
  planned: PlannedCall,
  scope: CallScope,
  endpoint: Endpoint,
  world: DispatchWorld,
  task: string | typeof LOST | undefined,
): Promise<{ result: CallResult; error: ProviderError | undefined; record: AttemptRecord }> {
  const startedAt = world.clock();
  const { result, error } = await world.lanes.run(() =>
    attemptCall(candidate, planned, scope, endpoint, world, task),
  );
  const record: AttemptRecord = {
    imageNumber: scope.imageNumber,
    attemptNumber: scope.attemptNumber,
    model: candidate.model.entry.slug,
    routeId: candidate.route.id,
    startedAt,
    endedAt: world.clock(),
    outcome: error === undefined ? (result.failed.length > 0 ? 'partial' : 'succeeded') : 'failed',
    error: error ?? result.failed[0]?.error,
    upstreamRequestId: result.requestId ?? error?.info.upstream?.requestId,
  };
  return { result, error, record };
}

/** Every image of the call that did not come has failed with the call. */
function withLost(result: CallResult, planned: PlannedCall, error: ProviderError): CallResult {
  const done = new Set(result.received.map((image) => image.position));
  const lost = planned.positions.filter((position) => !done.has(position));
  return { ...result, failed: lost.map((position) => ({ position, error })) };
}

function firstImage(planned: PlannedCall): number {
  return (planned.positions[0] ?? 0) + 1;
}

/** False when a shutdown cut the wait short. */
async function waited(delayMs: number, world: DispatchWorld): Promise<boolean> {
  try {
    await world.wait(delayMs, world.shutdown);
    return true;
  } catch (error) {
    if (world.shutdown.aborted) return false;
    throw error;
  }
}

async function attemptCall(
  candidate: Candidate,
  planned: PlannedCall,
  scope: CallScope,
  endpoint: Endpoint,
  world: DispatchWorld,
  task: string | typeof LOST | undefined,
): Promise<{ readonly result: CallResult; readonly error: ProviderError | undefined }> {
  const { adapter } = candidate.model.provider;
  invariant(adapter !== undefined, 'a candidate can be called');
  const result: CallResult = {
    received: [],
    failed: [],
    usage: undefined,
    requestId: undefined,
    reported: {},
  };
  if (task === LOST || (task !== undefined && adapter.resume === undefined)) {
    return { result, error: interrupted() };
  }
  const scrubber = new Scrubber();
  const { signal, release } = limitTime(candidate.model.entry.timeoutMs, world.shutdown);
  const wireScope = `${scope.generationId}/${scope.imageNumber}/${scope.attemptNumber}`;
  const io: ProviderIo = {
    endpoint,
    signal,
    send: (call) => {
      scrubber.learn(call.headers);
      return world.transport.send(endpoint, call, wireScope, signal);
    },
    openImage: () => world.pictures.openSink(),
    sleep: (delayMs) => world.wait(delayMs, signal),
    painter: world.painter,
    now: world.clock,
  };
  try {
    const events =
      task === undefined || adapter.resume === undefined
        ? adapter.run(planned.call, io)
        : adapter.resume(task, planned.call, io);
    for await (const event of events) {
      if (event.type === 'accepted') {
        await world.recordTask({ ...scope, routeId: candidate.route.id, taskId: event.taskId });
      } else {
        await takeEvent(scrubber.event(event), planned, result, world, signal);
      }
    }
    const missing = planned.positions.filter((position) => !isAnswered(result, position));
    for (const position of missing) result.failed.push({ position, error: noImage() });
    const everyFailed = result.received.length === 0 ? result.failed[0]?.error : undefined;
    return { result, error: everyFailed };
  } catch (error) {
    if (error instanceof ProviderError) return { result, error: scrubber.error(error) };
    throw error;
  } finally {
    release();
  }
}

async function takeEvent(
  event: ProviderEvent,
  planned: PlannedCall,
  result: CallResult,
  world: DispatchWorld,
  signal: AbortSignal,
): Promise<void> {
  switch (event.type) {
    case 'image': {
      const position = planned.positions[event.index];
      // A provider may send more pictures than it was asked for; the surplus is nobody's.
      if (position === undefined) return;
      const stored =
        event.image.kind === 'stored' ? event.image.image : await download(event.image.url, world, signal);
      result.received.push({
        position,
        stored,
        revisedPrompt: event.revisedPrompt,
        seed: event.seed,
        continuation: event.continuation,
      });
      return;
    }
    case 'image-failed': {
      const position = planned.positions[event.index];
      if (position !== undefined) result.failed.push({ position, error: event.error });
      return;
    }
    case 'usage':
      result.usage = event.usage;
      return;
    case 'answered':
      result.requestId = event.requestId;
      result.reported = event.reported;
      return;
    case 'accepted':
    case 'progress':
    case 'partial':
      return;
  }
}

/** Links die within minutes: the picture is fetched at once, without credentials. */
async function download(url: string, world: DispatchWorld, signal: AbortSignal): Promise<StoredImage> {
  const sink = world.pictures.openSink();
  try {
    for await (const chunk of await world.transport.download(url, signal)) await sink.write(chunk);
    return await sink.finish();
  } catch (error) {
    await sink.discard();
    if (error instanceof ProviderError) throw error;
    throw new ProviderError({
      kind: signal.aborted ? 'timeout' : 'connection',
      retryable: false,
      billed: 'unknown',
      message: 'The download of the picture from the provider broke off.',
      cause: error,
    });
  }
}

function isAnswered(result: CallResult, position: number): boolean {
  return [...result.received, ...result.failed].some((image) => image.position === position);
}

function noImage(): ProviderError {
  return new ProviderError({
    kind: 'no_image',
    retryable: false,
    billed: 'unknown',
    message: 'The provider delivered fewer pictures than asked.',
  });
}

function interrupted(): ProviderError {
  return new ProviderError({
    kind: 'connection',
    retryable: false,
    billed: 'unknown',
    message: 'The gateway stopped while this call ran.',
  });
}

/** A signal that fires at the call's time limit or with the shutdown's deadline. */
function limitTime(timeoutMs: number, shutdown: AbortSignal): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new DOMException('The call took too long.', 'TimeoutError'));
  }, timeoutMs);
  const stop = () => {
    controller.abort(shutdown.reason);
  };
  shutdown.addEventListener('abort', stop);
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      shutdown.removeEventListener('abort', stop);
    },
  };
}
