import type { Microcredits } from '../credits/microcredits.js';
import type { Limits } from '../limits/limits.js';
import type { Caller } from '../workspaces/workspace-store.js';
import type { DispatchWorld } from './attempt.js';
import type { DispatchJob } from './dispatch.js';
import { publicFailure, type DispatchResult } from './dispatch-result.js';
import { toPublicError } from './generation-result.js';
import type { GenerationStore } from './generation-store.js';
import type { Plan, PlanWorld } from './plan-types.js';
import { toResult } from './receipt.js';
import type { DeliveryWish, ImageRequest } from './request.js';
import { RunningJob, type OpenEndpoint } from './running-job.js';
import { priceAll } from './settle.js';

/** What running a generation needs of the installation. */
export interface RunParts extends DispatchWorld {
  readonly generations: GenerationStore;
  readonly endpoints: EndpointSource;
  readonly limits: Limits;
  readonly linkTtlMs: number;
  readonly maxPixels: number;
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
}

/** Runs a generation whose price is held to its end: dispatch → receive → finish → settle. */
export async function runGeneration(
  id: string,
  work: Work,
  dispatch: (job: DispatchJob, world: DispatchWorld) => Promise<DispatchResult>,
  parts: RunParts,
): Promise<void> {
  const { plan, request, delivery, caller } = work;
  const { generations, clock, linkTtlMs } = parts;
  const job = new RunningJob(id, work, parts);
  const dispatched = await dispatch(job, parts);
  const { served, failed, attempts } = dispatched;
  const images = priceAll(served, job.heldNow);
  const errors = failed.map(({ position, error }) => ({ ...toPublicError(error), image: position + 1 }));
  const [firstError] = failed;
  await generations.end({
    id,
    status: images.length === 0 ? 'failed' : failed.length > 0 ? 'partial' : 'succeeded',
    result: toResult(plan, request, delivery, caller, dispatched, images, errors),
    error: images.length === 0 && firstError !== undefined ? toPublicError(firstError.error) : undefined,
    images,
    attempts: attempts.map((attempt) => ({
      ...attempt,
      publicError: attempt.error === undefined ? undefined : toPublicError(publicFailure(attempt.error)),
    })),
    imagesExpireAt: new Date(clock().getTime() + linkTtlMs),
  });
}
