import type { AcceptedTask, ArrivedImage } from './attempt.js';
import { callsFor } from './plan-calls.js';
import type { Candidate, Plan, PlannedCall } from './plan-types.js';

/** A task to go on with. */
export interface ResumedTask {
  readonly task: AcceptedTask;
  readonly candidate: Candidate;
  readonly call: PlannedCall;
  /** Those of the call's images that no later task was submitted for. */
  readonly wanted: readonly number[];
}

/**
 * The tasks that an earlier process left, the newest for each image, and the images that no task is known of. A task whose
 * route is not among the candidates any more is none.
 * @param images how many the generation has
 * @param taken positions of images that nothing is missing of
 */
export function newestTasks(
  tasks: readonly AcceptedTask[],
  { candidates }: Pick<Plan, 'candidates'>,
  images: number,
  taken: ReadonlySet<number> = new Set(),
): { readonly resumed: readonly ResumedTask[]; readonly lost: readonly number[] } {
  const known = [...tasks]
    .sort((a, b) => a.attemptNumber - b.attemptNumber)
    .flatMap((task) => {
      const candidate = candidates.find(({ route }) => route.id === task.routeId);
      const call = candidate === undefined ? undefined : callOf(task, candidate);
      return candidate === undefined || call === undefined ? [] : [{ task, candidate, call }];
    });
  const newest = new Map<number, AcceptedTask>();
  for (const { task, call } of known) for (const position of call.positions) newest.set(position, task);
  const resumed = known
    .map((one) => ({
      ...one,
      wanted: one.call.positions.filter(
        (position) => newest.get(position) === one.task && !taken.has(position),
      ),
    }))
    .filter(({ wanted }) => wanted.length > 0);
  const lost = Array.from({ length: images }, (_, position) => position).filter(
    (position) => !newest.has(position) && !taken.has(position),
  );
  return { resumed, lost };
}

/** Pictures that an earlier process received of one call. */
interface ArrivedCall {
  readonly candidate: Candidate;
  readonly images: readonly [ArrivedImage, ...ArrivedImage[]];
}

/** Puts pictures that had arrived together by the calls that brought them. What has no route any more is left out. */
export function arrivedCalls(
  received: readonly ArrivedImage[],
  candidates: readonly Candidate[],
): readonly ArrivedCall[] {
  const calls = new Map<string, ArrivedCall>();
  for (const image of received) {
    const candidate = candidates.find(({ route }) => route.id === image.routeId);
    if (candidate === undefined) continue;
    const name = `${image.routeId} ${image.imageNumber} ${image.attemptNumber}`;
    const call = calls.get(name);
    calls.set(name, { candidate, images: call === undefined ? [image] : [...call.images, image] });
  }
  return [...calls.values()];
}

/** The call that a task was submitted for: of the images that were noted with it, else the one that began with its image. */
function callOf(task: AcceptedTask, candidate: Candidate): PlannedCall | undefined {
  const first = task.imageNumber - 1;
  if (task.positions === undefined) {
    return candidate.calls.find(({ positions }) => positions[0] === first);
  }
  const calls = callsFor(candidate, task.positions);
  return calls.length === 1 ? calls[0] : undefined;
}
