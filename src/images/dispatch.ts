import type { Microcredits } from '../credits/microcredits.js';
import { AppError, invariant } from '../errors.js';
import { ProviderError } from '../providers/provider.js';
import {
  attemptCall,
  LOST,
  type AcceptedTask,
  type ArrivedImage,
  type CallResult,
  type CallTarget,
  type DispatchWorld,
  type ReceivedImage,
} from './attempt.js';
import {
  gatherServed,
  publicFailure,
  type AttemptRecord,
  type DeliveredCall,
  type DispatchResult,
  type Failed,
  type Finished,
} from './dispatch-result.js';
import type { FinishedImage } from './finish.js';
import { mayGoOn } from './go-on.js';
import { Holds } from './holds.js';
import { callsFor } from './plan-calls.js';
import type { Candidate, Plan, PlannedCall } from './plan-types.js';
import { retryDelayMs } from './retry.js';
import { arrivedCalls, newestTasks } from './resumed-tasks.js';

/** What dispatching needs to know of a generation. */
export interface DispatchJob {
  readonly generationId: string;
  readonly plan: Plan;
  /** What is set aside for it. */
  readonly held: Microcredits;
  /** Where a candidate's calls go; asked once for each. @throws AppError, ProviderError */
  readonly open: (candidate: Candidate) => Promise<CallTarget>;
  /** Sets so much more aside. @returns why that can't be, if so */
  readonly raiseHold: (amount: Microcredits) => Promise<AppError | undefined>;
  /** Brings a picture to what the plan promised. @throws ProviderError when it is none */
  readonly finish: (received: ReceivedImage, candidate: Candidate) => Promise<FinishedImage>;
}

/**
 * Runs the candidates of a plan in their order: all images on the first; those that fail there, and may go on, on the next.
 * What was delivered stays. Never throws for a failed call.
 */
export async function dispatchPlan(job: DispatchJob, world: DispatchWorld): Promise<DispatchResult> {
  const dispatch = new Dispatch(job, world);
  await dispatch.start();
  return dispatch.result();
}

/**
 * Goes on with what an earlier process left: pictures that had arrived are taken, tasks are polled to their end, nothing is submitted again. What a
 * task's failure leaves open goes on by the usual rules. A call without a task had been sent or not, nobody knows; it is not
 * repeated.
 */
export async function resumePlan(
  job: DispatchJob,
  left: { readonly tasks: readonly AcceptedTask[]; readonly received: readonly ArrivedImage[] },
  world: DispatchWorld,
): Promise<DispatchResult> {
  const dispatch = new Dispatch(job, world);
  await dispatch.take(left.received);
  await dispatch.resume(left.tasks);
  return dispatch.result();
}

type Failure = ProviderError | AppError;

/** A route by another name: asking there would be asking again. */
const SAME_PLACE = Symbol('the same place');

class Dispatch {
  readonly #job: DispatchJob;
  readonly #world: DispatchWorld;
  readonly #startedAt: number;
  readonly #targets = new Map<Candidate, Promise<CallTarget>>();
  readonly #holds: Holds;
  /** Calls that each image was part of. */
  readonly #tries: number[];
  /** Why each image did not come from the candidate that was tried first. */
  readonly #reasons = new Map<number, Failure>();
  /** Images that a provider made or may have made, and that did not come. */
  readonly #spent = new Set<number>();
  readonly #delivered: DeliveredCall[] = [];
  readonly #failed = new Set<number>();
  readonly #attempts: AttemptRecord[] = [];
  /** Depths of the models that were told to be left out. */
  readonly #told = new Set<number>();

  constructor(job: DispatchJob, world: DispatchWorld) {
    const [first] = job.plan.candidates;
    const images = first.calls.flatMap((call) => call.positions);
    this.#job = job;
    this.#world = world;
    this.#startedAt = world.clock().getTime();
    this.#tries = images.map(() => 0);
    this.#holds = new Holds(
      images.map(() => first.pricePerImage),
      job.held,
      (amount) => job.raiseHold(amount),
    );
  }

  start(): Promise<void> {
    return this.#enter([...this.#tries.keys()], 0, () => true);
  }

  /** Takes pictures that an earlier process received, as far as their routes are still known. */
  async take(received: readonly ArrivedImage[]): Promise<void> {
    const { candidates } = this.#job.plan;
    for (const { candidate, images } of arrivedCalls(received, candidates)) {
      const [{ imageNumber, attemptNumber, startedAt, receivedAt, usage, costMicrocredits }] = images;
      const positions = images.map(({ image }) => image.position);
      const result = { received: images.map(({ image }) => image) };
      const { finished } = await this.#finish(candidate, result, positions);
      if (finished.length === 0) continue;
      this.#holds.note(positions, candidate.pricePerImage);
      this.#delivered.push({ candidate, finished, usage, costMicrocredits, reported: {} });
      this.#attempts.push({
        imageNumber,
        attemptNumber,
        model: candidate.model.entry.slug,
        routeId: candidate.route.id,
        startedAt,
        endedAt: receivedAt,
        outcome: 'succeeded',
        error: undefined,
        upstreamRequestId: undefined,
      });
    }
  }

  async resume(tasks: readonly AcceptedTask[]): Promise<void> {
    const { candidates } = this.#job.plan;
    const taken = new Set(
      this.#delivered.flatMap(({ finished }) => finished.map(({ received }) => received.position)),
    );
    const { resumed, lost } = newestTasks(tasks, this.#job.plan, this.#tries.length, taken);
    for (const { task, candidate, call } of resumed) {
      for (const position of call.positions) this.#tries[position] = task.attemptNumber - 1;
      this.#holds.note(call.positions, candidate.pricePerImage);
    }
    await allOf([
      ...resumed.map(({ task, candidate, call, wanted }) =>
        this.#run(candidates.indexOf(candidate), call, 1, task, wanted),
      ),
      ...callsFor(candidates[0], lost).map((call) => this.#run(0, call, 1, LOST)),
    ]);
  }

  result(): DispatchResult {
    return {
      served: gatherServed(this.#delivered),
      failed: [...this.#failed].sort((a, b) => a - b).map((position) => this.#toFailed(position)),
      attempts: this.#attempts,
    };
  }

  /** Runs images on the first candidate, from `index` on, that may have them and takes them. */
  async #enter(
    positions: readonly number[],
    index: number,
    may: (to: 'same-model' | 'other-model') => boolean,
  ): Promise<void> {
    const { candidates } = this.#job.plan;
    const depth = candidates[Math.max(0, index - 1)]?.depth ?? 0;
    for (const [at, candidate] of candidates.entries()) {
      if (at < index || !may(candidate.depth === depth ? 'same-model' : 'other-model')) continue;
      this.#tellSkipped(positions, candidate.depth);
      const refusal = await this.#refusal(candidate, at, positions);
      if (refusal === SAME_PLACE) continue;
      if (refusal === undefined) {
        const calls = callsFor(candidate, positions);
        await allOf(calls.map((call) => this.#run(at, call, 1, undefined)));
        return;
      }
      this.#pass(candidate.model.entry.slug, candidate.route.id, refusal, positions);
    }
    if (may('other-model')) this.#tellSkipped(positions, Number.MAX_SAFE_INTEGER);
    for (const position of positions) this.#failed.add(position);
  }

  /** Why a candidate is passed over, if so. */
  async #refusal(
    candidate: Candidate,
    index: number,
    positions: readonly number[],
  ): Promise<AppError | typeof SAME_PLACE | undefined> {
    if (index > 0 && this.#isUsedUp(positions)) return usedUp();
    try {
      if (await this.#isKnownPlace(candidate, index)) return SAME_PLACE;
    } catch (error) {
      if (error instanceof AppError || error instanceof ProviderError) return publicFailure(error);
      throw error;
    }
    return this.#holds.raise(positions, candidate.pricePerImage);
  }

  /**
   * Makes one call of a candidate, and sees to the images of it that did not come.
   * @param here number of the call among those to this candidate, from 1
   * @param wanted those of the call's images that nobody else sees to
   */
  async #run(
    index: number,
    call: PlannedCall,
    here: number,
    task: AcceptedTask | typeof LOST | undefined,
    wanted: readonly number[] = call.positions,
  ): Promise<void> {
    const candidate = this.#job.plan.candidates[index];
    invariant(candidate !== undefined, 'a call belongs to a candidate');
    const failed = await this.#attempt(candidate, call, wanted, task);
    const final = task === LOST;
    const groups = new Map<ProviderError, number[]>();
    for (const { position, error } of failed) {
      groups.set(error, [...(groups.get(error) ?? []), position]);
    }
    await allOf(
      [...groups].map(async ([error, positions]) => {
        const delayMs = final ? undefined : this.#delayMs(error, positions, here);
        if (delayMs !== undefined && (await this.#waited(delayMs))) {
          const calls = callsFor(candidate, positions);
          return allOf(calls.map((again) => this.#run(index, again, here + 1, undefined)));
        }
        for (const position of positions) this.#setReason(position, error);
        const { rules } = this.#job.plan;
        return this.#enter(positions, index + 1, (to) => !final && mayGoOn(error.info, candidate, to, rules));
      }),
    );
  }

  /** One call in its lane, recorded. @returns the images that did not come */
  async #attempt(
    candidate: Candidate,
    call: PlannedCall,
    wanted: readonly number[],
    task: AcceptedTask | typeof LOST | undefined,
  ): Promise<readonly { readonly position: number; readonly error: ProviderError }[]> {
    const attemptNumber = 1 + Math.max(...wanted.map((position) => this.#tries[position] ?? 0));
    for (const position of wanted) this.#tries[position] = attemptNumber;
    const scope = {
      generationId: this.#job.generationId,
      imageNumber: (call.positions[0] ?? 0) + 1,
      attemptNumber,
    };
    const target = await this.#target(candidate);
    const startedAt = this.#world.clock();
    const { result, error } = await this.#world.lanes.run(() =>
      attemptCall(candidate, call, scope, target, this.#world, task === LOST ? LOST : task?.taskId),
    );
    const endedAt = this.#world.clock();
    const { finished, broken } = await this.#finish(candidate, result, wanted);
    if (finished.length > 0) {
      const { usage, costMicrocredits, reported } = result;
      this.#delivered.push({ candidate, finished, usage, costMicrocredits, reported });
    }
    const done = new Set(finished.map(({ received }) => received.position));
    const told = [...broken, ...result.failed];
    const failed = wanted
      .filter((position) => !done.has(position))
      .map((position) => ({
        position,
        error: told.find((image) => image.position === position)?.error ?? error ?? nothingTold(),
      }));
    for (const image of failed) if (image.error.info.billed !== false) this.#spent.add(image.position);
    this.#attempts.push({
      imageNumber: scope.imageNumber,
      attemptNumber,
      model: candidate.model.entry.slug,
      routeId: candidate.route.id,
      startedAt,
      endedAt,
      outcome: failed.length === 0 ? 'succeeded' : finished.length > 0 ? 'partial' : 'failed',
      error: failed.length === 0 ? undefined : (error ?? failed[0]?.error),
      upstreamRequestId: result.requestId ?? error?.info.upstream?.requestId,
    });
    return failed;
  }

  async #finish(candidate: Candidate, { received }: Pick<CallResult, 'received'>, wanted: readonly number[]) {
    const finished: Finished[] = [];
    const broken: { position: number; error: ProviderError }[] = [];
    for (const image of received) {
      if (!wanted.includes(image.position)) continue;
      try {
        finished.push({ received: image, finished: await this.#job.finish(image, candidate) });
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        broken.push({ position: image.position, error });
      }
    }
    return { finished, broken };
  }

  /** Whether a route of the same model before it leads to the same server with the same key. */
  async #isKnownPlace(candidate: Candidate, index: number): Promise<boolean> {
    const { endpoint } = await this.#target(candidate);
    for (const other of this.#job.plan.candidates.slice(0, index)) {
      const opened = other.depth === candidate.depth ? await this.#targets.get(other) : undefined;
      if (opened?.endpoint.baseUrl === endpoint.baseUrl && opened.endpoint.apiKey === endpoint.apiKey) {
        return true;
      }
    }
    return false;
  }

  #target(candidate: Candidate): Promise<CallTarget> {
    const known = this.#targets.get(candidate);
    if (known !== undefined) return known;
    const opening = this.#job.open(candidate);
    this.#targets.set(candidate, opening);
    return opening;
  }

  /** Milliseconds until the same candidate is asked again for these images; undefined: it is not. */
  #delayMs({ info }: ProviderError, positions: readonly number[], here: number): number | undefined {
    if (this.#isUsedUp(positions)) return undefined;
    const { budget, random } = this.#world;
    return retryDelayMs(info, here, random(), {
      attempts: budget.attemptsPerRoute,
      repeatUnknown: this.#job.plan.rules.repeatUnknown,
    });
  }

  /** Whether time or attempts are over for these images. */
  #isUsedUp(positions: readonly number[]): boolean {
    const { budget, clock } = this.#world;
    if (clock().getTime() - this.#startedAt >= budget.totalMs) return true;
    return positions.some((position) => (this.#tries[position] ?? 0) >= budget.attempts);
  }

  #setReason(position: number, error: Failure): void {
    if (!this.#reasons.has(position)) this.#reasons.set(position, error);
  }

  /** Records a route that is not called. */
  #pass(model: string, routeId: string, error: AppError, positions: readonly number[]): void {
    const now = this.#world.clock();
    for (const position of positions) this.#setReason(position, error);
    this.#attempts.push({
      imageNumber: (positions[0] ?? 0) + 1,
      attemptNumber: 0,
      model,
      routeId,
      startedAt: now,
      endedAt: now,
      outcome: 'skipped',
      error,
      upstreamRequestId: undefined,
    });
  }

  /** Records the models of the chain up to here that could not honour the request; each once, whatever routes it has. */
  #tellSkipped(positions: readonly number[], depth: number): void {
    const { candidates, skipped } = this.#job.plan;
    for (const skip of skipped) {
      const runs = candidates.some((candidate) => candidate.depth === skip.depth);
      if (skip.depth === 0 || skip.depth > depth || runs || this.#told.has(skip.depth)) continue;
      this.#told.add(skip.depth);
      this.#pass(
        skip.model,
        skip.route,
        new AppError(skip.code, { message: skip.reasons.join(' ') }),
        positions,
      );
    }
  }

  #toFailed(position: number): Failed {
    const reason = this.#reasons.get(position);
    invariant(reason !== undefined, 'an image that did not come has a reason');
    const error = publicFailure(reason);
    // A client that asked again would have the operator pay once more.
    const retry = error.retry && !this.#spent.has(position);
    if (retry === error.retry) return { position, error };
    const { code, message, param, facts } = error;
    return {
      position,
      error: new AppError(code, {
        message,
        facts,
        retry,
        cause: error,
        ...(param === undefined ? {} : { param }),
      }),
    };
  }

  /** False when a shutdown cut the wait short. */
  async #waited(delayMs: number): Promise<boolean> {
    const { wait, shutdown } = this.#world;
    try {
      await wait(delayMs, shutdown);
      return true;
    } catch (error) {
      if (shutdown.aborted) return false;
      throw error;
    }
  }
}

/** Waits for all, also when one of them fails: nothing runs on behind the end of a generation. */
async function allOf(running: readonly Promise<void>[]): Promise<void> {
  const settled = await Promise.allSettled(running);
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function usedUp(): AppError {
  return new AppError('upstream_unavailable', {
    message: 'The time and the attempts that one request may take are used up.',
  });
}

function nothingTold(): ProviderError {
  return new ProviderError({
    kind: 'no_image',
    retryable: false,
    billed: 'unknown',
    message: 'The provider delivered fewer pictures than asked.',
  });
}
