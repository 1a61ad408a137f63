import { AppError } from '../errors.js';
import type { Caller } from '../workspaces/workspace-store.js';
import { resumePlan } from './dispatch.js';
import type { Job } from './generation.js';
import type { Plan } from './plan-types.js';
import { planFor, type PlannerParts } from './planner.js';
import { recordedBodySchema } from './request-body.js';
import { normaliseGenerationBody, type ImageRequest } from './request.js';
import { runGeneration, type OwnParts } from './run-generation.js';

/**
 * Goes on with a generation that another process left running: pictures that had arrived are delivered, its tasks are polled
 * to their end, and both are charged as ever.
 * @param caller undefined if its key is gone
 * @throws AppError outcome_unknown where there is nothing to go on with; LeftToOthers
 */
export async function takeUpGeneration(
  generation: Job,
  caller: Caller | undefined,
  parts: OwnParts & PlannerParts,
): Promise<void> {
  const body = recordedBodySchema.safeParse(JSON.parse(generation.requestJson));
  const known = [...generation.tasks, ...generation.received];
  if (known.length === 0 || caller === undefined || !body.success) throw unknownOutcome();
  const { request, delivery } = normaliseGenerationBody(body.data, generation.edit);
  const plan = await planAgain(request, caller, generation, parts);
  if (plan === undefined) throw unknownOutcome();
  await runGeneration(
    generation.id,
    { plan, request, delivery, caller, held: generation.hold, attended: () => false },
    (job, world) => resumePlan(job, generation, world),
    parts,
  );
}

/** The plan as it was, if a route of its calls is still there and allowed; at most what is held for it is charged. */
async function planAgain(
  request: ImageRequest,
  caller: Caller,
  generation: Job,
  parts: PlannerParts,
): Promise<Plan | undefined> {
  try {
    const plan = await planFor(request, caller, generation.createdAt, parts);
    const known = plan.candidates.some(({ route }) =>
      [...generation.tasks, ...generation.received].some(({ routeId }) => routeId === route.id),
    );
    if (!known) return undefined;
    const [first, ...rest] = plan.candidates;
    // A margin that has grown since changes nothing for what was held before.
    const pricePerImage = Math.min(first.pricePerImage, Math.floor(generation.hold / request.n));
    return { ...plan, candidates: [{ ...first, pricePerImage }, ...rest] };
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function unknownOutcome(): AppError {
  return new AppError('outcome_unknown', {
    message:
      'The gateway stopped while this ran. Nothing was charged; whether the provider made a picture is unknown.',
  });
}
