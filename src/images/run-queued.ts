import { AppError } from '../errors.js';
import type { Limits } from '../limits/limits.js';
import type { Caller } from '../workspaces/workspace-store.js';
import { dispatchPlan } from './dispatch.js';
import type { Job } from './generation.js';
import { orderByQueue } from './least-queue.js';
import type { Plan } from './plan-types.js';
import { planFor, type PlannerParts } from './planner.js';
import { recordedBodySchema } from './request-body.js';
import { normaliseGenerationBody } from './request.js';
import { runGeneration, type OwnParts } from './run-generation.js';

/** Thrown where a generation goes back to the queue. */
export class Postponed extends Error {
  readonly delayMs: number;

  constructor(delayMs: number) {
    super('this generation may not run yet');
    this.name = 'Postponed';
    this.delayMs = delayMs;
  }
}

const FULL_DELAY_MS = 2_000;

/**
 * Runs a generation that waited. Everything is asked once more as it is now: the key, the rules, the model, the route. It costs
 * at most what was held when it was accepted.
 * @param caller undefined if its key was revoked or has expired meanwhile
 * @throws Postponed while its key or workspace has as many pictures in the making as it may; AppError where it may not run
 * any more; LeftToOthers
 */
export async function runQueued(
  job: Job,
  caller: Caller | undefined,
  parts: OwnParts & PlannerParts & { readonly limits: Limits },
): Promise<void> {
  if (caller === undefined) {
    throw new AppError('invalid_api_key', {
      message: 'The key was revoked or has expired before this began. Nothing was charged.',
    });
  }
  const body = recordedBodySchema.parse(JSON.parse(job.requestJson));
  const { request, delivery } = normaliseGenerationBody(body, job.edit);
  const planned = await planFor(request, caller, parts.clock(), parts);
  const plan = withinHold(await orderByQueue(planned, job.mode, parts), job.hold, request.n);
  const giveBack = await board(caller, request.n, parts.limits);
  try {
    const work = { plan, request, delivery, caller, held: job.hold, attended: () => false };
    await runGeneration(job.id, work, dispatchPlan, parts);
  } finally {
    giveBack();
  }
}

async function board(caller: Caller, images: number, limits: Limits): Promise<() => void> {
  try {
    return await limits.board(caller, images);
  } catch (error) {
    // A limit that was lowered below the request's own number will never have room.
    if (!(error instanceof AppError) || error.retryAfterMs === undefined) throw error;
    throw new Postponed(Math.max(error.retryAfterMs, FULL_DELAY_MS));
  }
}

/** Prices that have risen since change nothing for what was held before. */
function withinHold(plan: Plan, hold: number, images: number): Plan {
  const [first, ...others] = plan.candidates;
  const pricePerImage = Math.min(first.pricePerImage, Math.floor(hold / images));
  return { ...plan, candidates: [{ ...first, pricePerImage }, ...others] };
}
