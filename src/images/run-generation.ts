import { performance } from 'node:perf_hooks';
import type { Microcredits } from '../credits/microcredits.js';
import type { Limits } from '../limits/limits.js';
import type { Caller } from '../workspaces/workspace-store.js';
import type { DispatchWorld } from './attempt.js';
import type { DispatchJob } from './dispatch-job.js';
import { publicFailure, type DispatchResult } from './dispatch-result.js';
import { toPublicError } from './generation-result.js';
import type { GenerationStore } from './generation-store.js';
import type { Generation } from './generation.js';
import type { Plan, PlanWorld } from './plan-types.js';
import { toResult } from './receipt.js';
import type { DeliveryWish, ImageRequest } from './request.js';
import { RunningJob, type OpenEndpoint } from './running-job.js';
import { priceAll } from './settle.js';
import { LeftToOthers, wasCancelled, whyStopped, type StopReason } from './stopped.js';

/** What running a generation needs of the installation. */
export interface RunParts extends DispatchWorld {
  readonly generations: GenerationStore;
  readonly endpoints: EndpointSource;
  readonly limits: Limits;
  /** How long pictures live that their caller got, and those that it did not get, where their workspace says nothing else. */
  readonly linkTtlMs: number;
  readonly unfetchedTtlMs: number;
  readonly maxPixels: number;
}

/**
 * Whether a run that was stopped leaves its generation to another process instead of ending it.
 * @param missing positions of the pictures that did not come
 */
export type LeaveRule = (why: StopReason, missing: readonly number[]) => boolean;

/** What belongs to the one run. */
export interface OwnParts extends RunParts {
  readonly leave: LeaveRule;
  /** Resolves when everything that was told of the run is written. */
  readonly toldAll: () => Promise<void>;
}

/** Where routes can be called. */
export interface EndpointSource extends OpenEndpoint {
  routeState: PlanWorld['routeState'];
}

/** Everything that running a generation needs to know of it. */
export interface Work {
  readonly plan: Plan;
  readonly request: ImageRequest;
  readonly delivery: DeliveryWish;
  readonly caller: Caller;
  /** What is set aside for it. */
  readonly held: Microcredits;
  /** Whether its caller waits for the answer right now. */
  readonly attended: () => boolean;
  /** Told how it is on record, by whoever has recorded its end: that saves reading it again. */
  readonly onEnd?: (generation: Generation) => void;
}

/**
 * Runs a generation whose price is held to its end: dispatch → receive → finish → settle.
 * @throws LeftToOthers where another process ends it
 */
export async function runGeneration(
  id: string,
  work: Work,
  dispatch: (job: DispatchJob, world: DispatchWorld) => Promise<DispatchResult>,
  parts: OwnParts,
): Promise<void> {
  const { plan, request, delivery, caller } = work;
  const { generations, clock, metrics } = parts;
  const job = new RunningJob(id, work, parts);
  const dispatched = await dispatch(job, parts);
  const { served, failed, attempts } = dispatched;
  const stopped = whyStopped(parts.shutdown);
  const missing = failed.map(({ position }) => position);
  if (stopped !== undefined && parts.leave(stopped, missing)) throw new LeftToOthers(stopped);
  const images = priceAll(served, job.heldNow);
  const errors = failed.map(({ position, error }) => ({ ...toPublicError(error), image: position + 1 }));
  const [firstError] = failed;
  const cancelled = stopped === 'cancelled' && failed.length > 0;
  await parts.toldAll();
  const { pictureRetentionS } = caller.workspace;
  const ownTtlMs = work.attended() ? parts.linkTtlMs : parts.unfetchedTtlMs;
  const ttlMs = pictureRetentionS === undefined ? ownTtlMs : pictureRetentionS * 1000;
  const settlingMs = performance.now();
  const ended = await generations.end({
    id,
    status: cancelled ? 'cancelled' : statusOf(images.length, failed.length),
    result: toResult(plan, request, delivery, caller, dispatched, images, errors),
    error:
      images.length > 0 || firstError === undefined
        ? undefined
        : toPublicError(cancelled ? wasCancelled() : firstError.error),
    images,
    attempts: attempts.map((attempt) => ({
      ...attempt,
      publicError: attempt.error === undefined ? undefined : toPublicError(publicFailure(attempt.error)),
    })),
    imagesExpireAt: new Date(clock().getTime() + ttlMs),
    persist: delivery.persist,
  });
  metrics.passed('settle', settlingMs);
  if (ended !== undefined) work.onEnd?.(ended);
}

function statusOf(images: number, failed: number): 'succeeded' | 'partial' | 'failed' {
  if (images === 0) return 'failed';
  return failed > 0 ? 'partial' : 'succeeded';
}
