import type { AppError } from '../errors.js';
import { ProviderError, type Endpoint } from '../providers/provider.js';
import type { Caller } from '../workspaces/workspace-store.js';
import type { DispatchWorld } from './attempt.js';
import type { AttemptRecord, dispatchCandidate, DispatchResult } from './dispatch.js';
import { toAppError } from './failure.js';
import { finishImage } from './finish.js';
import { toPublicError } from './generation-result.js';
import type { GenerationStore } from './generation-store.js';
import type { Candidate, Plan, PlanWorld } from './plan-types.js';
import { prepareInputs } from './prepare-inputs.js';
import { toResult } from './receipt.js';
import type { DeliveryWish, ImageRequest } from './request.js';
import { priceImages, type Finished } from './settle.js';

/** What running a generation needs of the installation. */
export interface RunParts extends DispatchWorld {
  readonly generations: GenerationStore;
  readonly endpoints: EndpointSource;
  readonly linkTtlMs: number;
  readonly maxPixels: number;
}

/** Where routes can be called. */
export interface EndpointSource {
  routeState: PlanWorld['routeState'];
  /** Starts an emulator if it has to. */
  open(candidate: Candidate, mode: Caller['key']['mode']): Promise<Endpoint>;
}

/** Everything that running a generation needs to know of it. */
export interface Work {
  readonly plan: Plan;
  readonly request: ImageRequest;
  readonly delivery: DeliveryWish;
  readonly caller: Caller;
}

interface Failed {
  readonly position: number;
  readonly error: AppError;
  /** Set where the call succeeded and only its picture turned out to be broken. */
  readonly broken?: ProviderError;
}

/** Runs a generation whose price is held to its end: dispatch → receive → finish → settle. */
export async function runGeneration(
  id: string,
  { plan, request, delivery, caller }: Work,
  dispatch: typeof dispatchCandidate,
  parts: RunParts,
): Promise<void> {
  const { endpoints, generations, clock, linkTtlMs } = parts;
  const [candidate] = plan.candidates;
  const target = {
    endpoint: await endpoints.open(candidate, caller.key.mode),
    inputs: await prepareInputs(candidate, parts.pictures, parts),
  };
  const dispatched = await dispatch(candidate, id, target, parts);
  const { finished, failed } = await finishAll(dispatched, candidate, parts);
  const images = priceImages(finished, dispatched, candidate);
  const errors = failed.map(({ position, error }) => ({ ...toPublicError(error), image: position + 1 }));
  const [firstError] = failed;
  const charged = images.reduce((sum, image) => sum + image.charged, 0);
  await generations.end({
    id,
    status: images.length === 0 ? 'failed' : failed.length > 0 ? 'partial' : 'succeeded',
    result: toResult(plan, candidate, request, delivery, caller, dispatched, finished, charged, errors),
    error: images.length === 0 && firstError !== undefined ? toPublicError(firstError.error) : undefined,
    images,
    attempts: dispatched.attempts
      .map((attempt) => withBroken(attempt, failed, candidate))
      .map((attempt) => ({
        ...attempt,
        publicError: attempt.error === undefined ? undefined : toPublicError(toAppError(attempt.error)),
      })),
    imagesExpireAt: new Date(clock().getTime() + linkTtlMs),
  });
}

async function finishAll(
  dispatched: DispatchResult,
  candidate: Candidate,
  parts: RunParts,
): Promise<{ finished: readonly Finished[]; failed: readonly Failed[] }> {
  const finished: Finished[] = [];
  const failed: Failed[] = dispatched.failed.map(({ position, error }) => ({
    position,
    error: toAppError(error),
  }));
  for (const received of dispatched.received) {
    try {
      finished.push({
        received,
        finished: await finishImage(received.stored, candidate, parts.pictures, parts),
      });
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      failed.push({ position: received.position, error: toAppError(error), broken: error });
    }
  }
  return { finished, failed: failed.sort((a, b) => a.position - b.position) };
}

/** An attempt whose pictures turned out to be broken was no success, whatever the provider said. */
function withBroken(attempt: AttemptRecord, failed: readonly Failed[], candidate: Candidate): AttemptRecord {
  const call = candidate.calls.find(({ positions }) => (positions[0] ?? 0) + 1 === attempt.imageNumber);
  if (call === undefined || attempt.outcome === 'failed') return attempt;
  const broken = failed.filter(
    (image) => call.positions.includes(image.position) && image.broken !== undefined,
  );
  const [first] = broken;
  if (first?.broken === undefined) return attempt;
  const outcome = broken.length === call.positions.length ? 'failed' : 'partial';
  return { ...attempt, outcome, error: attempt.error ?? first.broken };
}
