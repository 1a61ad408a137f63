import { AppError, invariant } from '../errors.js';
import { ProviderError } from '../providers/provider.js';
import { LOST, type AcceptedTask, type ArrivedImage, type DispatchWorld } from './attempt.js';
import { CandidateCalls } from './candidate-calls.js';
import type { DispatchJob } from './dispatch-job.js';
import { DispatchRecord } from './dispatch-record.js';
import { publicFailure, type DispatchResult } from './dispatch-result.js';
import { blocked } from './enter-route.js';
import { mayGoOn } from './go-on.js';
import { Holds } from './holds.js';
import { callsFor } from './plan-calls.js';
import type { Candidate, PlannedCall } from './plan-types.js';
import { arrivedCalls, newestTasks } from './resumed-tasks.js';
import { retryDelayMs } from './retry.js';

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

/** A route by another name: asking there would be asking again. */
const SAME_PLACE = Symbol('the same place');

class Dispatch {
  readonly #job: DispatchJob;
  readonly #world: DispatchWorld;
  readonly #startedAt: number;
  readonly #calls: CandidateCalls;
  readonly #holds: Holds;
  readonly #record: DispatchRecord;
  readonly #images: number;

  constructor(job: DispatchJob, world: DispatchWorld) {
    const [first] = job.plan.candidates;
    const images = first.calls.flatMap((call) => call.positions);
    this.#job = job;
    this.#world = world;
    this.#record = new DispatchRecord(job.plan, world.clock);
    this.#calls = new CandidateCalls(job, world, this.#record, images.length);
    this.#startedAt = world.steady().getTime();
    this.#images = images.length;
    this.#holds = new Holds(
      images.map(() => first.pricePerImage),
      job.held,
      (amount) => job.raiseHold(amount),
    );
  }

  start(): Promise<void> {
    return this.#enter(
      Array.from({ length: this.#images }, (_, position) => position),
      0,
      () => true,
    );
  }

  /** Takes pictures that an earlier process received, as far as their routes are still known. */
  async take(received: readonly ArrivedImage[]): Promise<void> {
    const { candidates } = this.#job.plan;
    for (const { candidate, images } of arrivedCalls(received, candidates)) {
      const positions = await this.#calls.take(candidate, images);
      this.#holds.note(positions, candidate.pricePerImage);
    }
  }

  async resume(tasks: readonly AcceptedTask[]): Promise<void> {
    const { candidates } = this.#job.plan;
    const { resumed, lost } = newestTasks(tasks, this.#job.plan, this.#images, this.#record.delivered());
    for (const { task, candidate, call } of resumed) {
      this.#calls.noteTries(call.positions, task.attemptNumber - 1);
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
    return this.#record.result();
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
      this.#record.tellSkipped(positions, candidate.depth);
      const refusal = await this.#refusal(candidate, at, positions);
      if (refusal === SAME_PLACE) continue;
      if (refusal === undefined) {
        const calls = callsFor(candidate, positions);
        await allOf(calls.map((call) => this.#run(at, call, 1, undefined)));
        return;
      }
      this.#record.passOver(candidate.model.entry.slug, candidate.route.id, refusal, positions);
    }
    if (may('other-model')) this.#record.tellSkipped(positions, Number.MAX_SAFE_INTEGER);
    this.#record.giveUp(positions);
  }

  /** Why a candidate is passed over, if so. */
  async #refusal(
    candidate: Candidate,
    index: number,
    positions: readonly number[],
  ): Promise<AppError | typeof SAME_PLACE | undefined> {
    if (index > 0 && this.#isUsedUp(positions)) return usedUp();
    try {
      if (await this.#calls.isKnownPlace(candidate, index)) return SAME_PLACE;
    } catch (error) {
      if (error instanceof AppError || error instanceof ProviderError) return publicFailure(error);
      throw error;
    }
    const { route } = await this.#calls.target(candidate);
    const block = route === undefined ? undefined : this.#world.routes.findBlock(route);
    if (block !== undefined) return publicFailure(blocked(candidate, block, this.#world.steady()));
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
    const { failed, keyId, wasCalled } = await this.#calls.make(
      candidate,
      call,
      wanted,
      task,
      this.#remainingMs(),
    );
    const final = task === LOST;
    const groups = new Map<ProviderError, number[]>();
    for (const { position, error } of failed) {
      groups.set(error, [...(groups.get(error) ?? []), position]);
    }
    await allOf(
      [...groups].map(async ([error, positions]) => {
        const again = wasCalled && !final;
        const delayMs = again ? await this.#delayMs(candidate, error, positions, here, keyId) : undefined;
        if (delayMs !== undefined && (await this.#waited(delayMs))) {
          const calls = callsFor(candidate, positions);
          return allOf(calls.map((next) => this.#run(index, next, here + 1, undefined)));
        }
        this.#record.setReason(positions, error);
        const { rules } = this.#job.plan;
        return this.#enter(positions, index + 1, (to) => !final && mayGoOn(error.info, candidate, to, rules));
      }),
    );
  }

  /** Milliseconds until the same candidate is asked again for these images; undefined: it is not. */
  async #delayMs(
    candidate: Candidate,
    { info }: ProviderError,
    positions: readonly number[],
    here: number,
    keyId: string | undefined,
  ): Promise<number | undefined> {
    const { budget, random, routes } = this.#world;
    if (this.#isUsedUp(positions) || here >= budget.attemptsPerRoute) return undefined;
    const { route } = await this.#calls.target(candidate);
    // What one key was refused, another may get at once.
    const ofTheKey =
      info.kind === 'rate_limited' || info.kind === 'authentication' || info.kind === 'out_of_credit';
    if (ofTheKey && info.billed === false && route !== undefined && routes.hasOtherKey(route, keyId))
      return 0;
    return retryDelayMs(info, here, random(), {
      attempts: budget.attemptsPerRoute,
      repeatUnknown: this.#job.plan.rules.repeatUnknown,
    });
  }

  /** Time that is left for beginning calls. */
  #remainingMs(): number {
    const { budget, steady } = this.#world;
    return budget.totalMs - (steady().getTime() - this.#startedAt);
  }

  /** Whether time or attempts are over for these images. */
  #isUsedUp(positions: readonly number[]): boolean {
    const { budget, shutdown } = this.#world;
    if (this.#remainingMs() <= 0 || shutdown.aborted) return true;
    return this.#calls.tries(positions) >= budget.attempts;
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
