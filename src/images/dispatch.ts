import type { ProviderError, TokenUsage } from '../providers/provider.js';
import {
  attemptCall,
  LOST,
  type AcceptedTask,
  type CallResult,
  type CallScope,
  type CallTarget,
  type DispatchWorld,
  type FailedImage,
  type ReceivedImage,
} from './attempt.js';
import type { Candidate, PlannedCall } from './plan-types.js';
import { retryDelayMs } from './retry.js';

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

/** Everything that came of a candidate's calls. */
export interface DispatchResult {
  readonly received: readonly ReceivedImage[];
  readonly failed: readonly FailedImage[];
  readonly attempts: readonly AttemptRecord[];
  readonly usages: readonly { readonly usage: TokenUsage; readonly images: number }[];
  /** What calls cost by the provider's own word, and the positions of the pictures that came of each. */
  readonly costs: readonly { readonly costMicrocredits: number; readonly positions: readonly number[] }[];
  readonly reported: Readonly<Record<string, string>>;
}

/** Runs all calls of a candidate side by side and gathers what each of them gave. Never throws for a failed call. */
export async function dispatchCandidate(
  candidate: Candidate,
  generationId: string,
  target: CallTarget,
  world: DispatchWorld,
): Promise<DispatchResult> {
  return gather(
    await Promise.all(
      candidate.calls.map((planned) => runCall(candidate, planned, generationId, target, world)),
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
  target: CallTarget,
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
        return runAttempt(candidate, planned, scope, target, world, task?.taskId ?? LOST).then(
          ({ result, error, record }) => ({
            ...(error === undefined ? result : withLost(result, planned, error)),
            attempts: [record],
          }),
        );
      }),
    ),
  );
}

type CallWithAttempts = CallResult & { readonly attempts: readonly AttemptRecord[] };

function gather(results: readonly CallWithAttempts[]): DispatchResult {
  return {
    received: results.flatMap((result) => result.received).sort((a, b) => a.position - b.position),
    failed: results.flatMap((result) => result.failed).sort((a, b) => a.position - b.position),
    attempts: results.flatMap((result) => result.attempts),
    usages: results.flatMap(({ usage, received }) =>
      usage === undefined ? [] : [{ usage, images: received.length }],
    ),
    costs: results.flatMap(({ costMicrocredits, received }) =>
      costMicrocredits === undefined
        ? []
        : [{ costMicrocredits, positions: received.map(({ position }) => position) }],
    ),
    reported: Object.fromEntries(results.flatMap((result) => Object.entries(result.reported))),
  };
}

async function runCall(
  candidate: Candidate,
  planned: PlannedCall,
  generationId: string,
  target: CallTarget,
  world: DispatchWorld,
): Promise<CallWithAttempts> {
  const attempts: AttemptRecord[] = [];
  for (let attemptNumber = 1; ; attemptNumber += 1) {
    const scope = { generationId, imageNumber: firstImage(planned), attemptNumber };
    const { result, error, record } = await runAttempt(candidate, planned, scope, target, world, undefined);
    attempts.push(record);
    if (error === undefined) return { ...result, attempts };
    // Whatever arrived is paid for: another attempt would buy it again.
    const delayMs =
      result.received.length > 0 ? undefined : retryDelayMs(error.info, attemptNumber, Math.random());
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
  target: CallTarget,
  world: DispatchWorld,
  task: string | typeof LOST | undefined,
): Promise<{ result: CallResult; error: ProviderError | undefined; record: AttemptRecord }> {
  const startedAt = world.clock();
  const { result, error } = await world.lanes.run(() =>
    attemptCall(candidate, planned, scope, target, world, task),
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
