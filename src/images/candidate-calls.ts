import { performance } from 'node:perf_hooks';
import { AppError } from '../errors.js';
import { notKept } from '../files/store-health.js';
import { ProviderError, type ProviderErrorInfo } from '../providers/provider.js';
import {
  attemptCall,
  isAtHand,
  LOST,
  type AcceptedTask,
  type ArrivedImage,
  type CallResult,
  type CallTarget,
  type DispatchWorld,
} from './attempt.js';
import type { DispatchJob } from './dispatch-job.js';
import type { DispatchRecord, FailedCallImage } from './dispatch-record.js';
import { publicFailure, type AttemptRecord, type Finished } from './dispatch-result.js';
import { blocked, enterRoute } from './enter-route.js';
import type { Candidate, PlannedCall } from './plan-types.js';
import { traceAttempt } from './trace-attempt.js';

/** The images of a call that did not come. */
export interface Attempted {
  readonly failed: readonly FailedCallImage[];
  readonly keyId: string | undefined;
  /** False when the route was closed. */
  readonly wasCalled: boolean;
}

/** How a call ends that this gateway stopped itself. */
const STOPPED: ProviderErrorInfo = {
  kind: 'cancelled',
  retryable: false,
  billed: 'unknown',
  message: 'The gateway stopped the call.',
};

/** Makes the calls of a plan's candidates, each with a key of its route and a place on it, and records them. */
export class CandidateCalls {
  readonly #job: DispatchJob;
  readonly #world: DispatchWorld;
  readonly #record: DispatchRecord;
  readonly #targets = new Map<Candidate, Promise<CallTarget>>();
  /** Calls that each image was part of. */
  readonly #tries: number[];

  constructor(job: DispatchJob, world: DispatchWorld, record: DispatchRecord, images: number) {
    this.#job = job;
    this.#world = world;
    this.#record = record;
    this.#tries = Array.from({ length: images }, () => 0);
  }

  /** Calls that the image among these had that had most. */
  tries(positions: readonly number[]): number {
    return Math.max(0, ...positions.map((position) => this.#tries[position] ?? 0));
  }

  noteTries(positions: readonly number[], tries: number): void {
    for (const position of positions) this.#tries[position] = tries;
  }

  /** Takes the pictures of a call that an earlier process received. @returns the positions of those that are whole */
  async take(
    candidate: Candidate,
    images: readonly [ArrivedImage, ...ArrivedImage[]],
  ): Promise<readonly number[]> {
    const [{ imageNumber, attemptNumber, startedAt, receivedAt, usage, costMicrocredits }] = images;
    const received = images.map(({ image }) => image);
    const asked = received.map(({ position }) => position);
    const { finished } = await this.#finish(candidate, { received }, asked);
    if (finished.length === 0) return [];
    const attempt: AttemptRecord = {
      imageNumber,
      attemptNumber,
      model: candidate.model.entry.slug,
      routeId: candidate.route.id,
      startedAt,
      endedAt: receivedAt,
      outcome: 'succeeded',
      error: undefined,
      upstreamRequestId: undefined,
    };
    this.#record.note(attempt, { candidate, finished, usage, costMicrocredits, reported: {} }, []);
    return finished.map((one) => one.received.position);
  }

  /** Where a candidate's calls go; asked for once. @throws AppError, ProviderError */
  target(candidate: Candidate): Promise<CallTarget> {
    const known = this.#targets.get(candidate);
    if (known !== undefined) return known;
    const opening = this.#job.open(candidate);
    this.#targets.set(candidate, opening);
    return opening;
  }

  /** Whether a route of the same model before it leads to the same server with the same key. */
  async isKnownPlace(candidate: Candidate, index: number): Promise<boolean> {
    const { endpoint } = await this.target(candidate);
    for (const other of this.#job.plan.candidates.slice(0, index)) {
      const opened = other.depth === candidate.depth ? await this.#targets.get(other) : undefined;
      if (opened?.endpoint.baseUrl === endpoint.baseUrl && opened.endpoint.apiKey === endpoint.apiKey) {
        return true;
      }
    }
    return false;
  }

  /** One call in its lane, recorded. @returns the images that did not come, and with which key they were asked for */
  async make(
    candidate: Candidate,
    call: PlannedCall,
    wanted: readonly number[],
    task: AcceptedTask | typeof LOST | undefined,
    remainingMs: number,
  ): Promise<Attempted> {
    const target = await this.target(candidate);
    const { metrics } = this.#world;
    const enteringMs = performance.now();
    const pass = await enterRoute(target, task, this.#world, remainingMs);
    metrics.passed('route', enteringMs);
    if ('reason' in pass) {
      const error = blocked(candidate, pass, this.#world.steady());
      const { model, route } = candidate;
      this.#record.passOver(model.entry.slug, route.id, publicFailure(error), wanted);
      const failed = wanted.map((position) => ({ position, error }));
      return { failed, keyId: undefined, wasCalled: false };
    }
    const attemptNumber = 1 + this.tries(wanted);
    this.noteTries(wanted, attemptNumber);
    const scope = {
      generationId: this.#job.generationId,
      imageNumber: (call.positions[0] ?? 0) + 1,
      attemptNumber,
    };
    const { key } = pass;
    const endpoint = key === undefined ? target.endpoint : { ...target.endpoint, apiKey: key.key };
    const startedAt = this.#world.clock();
    let calledAt = startedAt;
    let calledMs = performance.now();
    const send = () => {
      metrics.passed('place', calledMs);
      calledMs = performance.now();
      calledAt = this.#world.clock();
      const taskId = task === LOST ? LOST : task?.taskId;
      return traceAttempt(candidate, scope, metrics.tracing, (traceparent) =>
        attemptCall(
          candidate,
          call,
          scope,
          { ...target, endpoint, keyId: key?.id, traceparent },
          this.#world,
          taskId,
        ),
      );
    };
    const { result, error, endedAt, finished, broken } = await this.#world.lanes
      .run(send)
      .then(async (called) => ({
        ...called,
        endedAt: this.#world.clock(),
        ...(await this.#finishRecorded(candidate, called.result, wanted)),
      }))
      .catch((failure: unknown) => {
        // A fault of our own says nothing about the route, and must not keep its place.
        pass.end(STOPPED, 0);
        throw failure;
      });
    const done = new Set(finished.map(({ received }) => received.position));
    const told = [...broken, ...result.failed];
    const failed = wanted
      .filter((position) => !done.has(position))
      .map((position) => ({
        position,
        error: told.find((image) => image.position === position)?.error ?? error ?? nothingTold(),
      }));
    pass.end(
      finished.length > 0 ? undefined : failed[0]?.error.info,
      Math.max(0, endedAt.getTime() - calledAt.getTime()),
    );
    const failure = failed[0]?.error.info.kind;
    metrics.attempted(
      {
        provider: candidate.model.provider.id,
        model: candidate.model.entry.slug,
        mode: this.#job.mode,
      },
      failure === undefined ? 'delivered' : finished.length > 0 ? 'partial' : failure,
      performance.now() - calledMs,
    );
    const { usage, costMicrocredits, reported } = result;
    const attempt: AttemptRecord = {
      imageNumber: scope.imageNumber,
      attemptNumber,
      model: candidate.model.entry.slug,
      routeId: candidate.route.id,
      startedAt,
      endedAt,
      outcome: failed.length === 0 ? 'succeeded' : finished.length > 0 ? 'partial' : 'failed',
      error: failed.length === 0 ? undefined : (error ?? failed[0]?.error),
      upstreamRequestId: result.requestId ?? error?.info.upstream?.requestId,
    };
    this.#record.note(attempt, { candidate, finished, usage, costMicrocredits, reported }, failed);
    return { failed, keyId: key?.id, wasCalled: true };
  }

  /**
   * Finishes what came, and records what is not on record yet where the end of the generation is not the very next thing:
   * where pixels are worked on, or other calls may still run.
   */
  async #finishRecorded(candidate: Candidate, result: CallResult, wanted: readonly number[]) {
    const finishing = this.#finish(candidate, result, wanted);
    const { unrecorded } = result;
    if (unrecorded.length > 0 && (this.#tries.length > 1 || !(await isAtHand(finishing)))) {
      const recording = unrecorded.splice(0).map((arrived) => this.#world.recordImage(arrived));
      await Promise.all([finishing, ...recording]);
    }
    return finishing;
  }

  async #finish(candidate: Candidate, { received }: Pick<CallResult, 'received'>, wanted: readonly number[]) {
    const finished: Finished[] = [];
    const broken: FailedCallImage[] = [];
    for (const image of received) {
      if (!wanted.includes(image.position)) continue;
      try {
        const finishingMs = performance.now();
        finished.push({ received: image, finished: await this.#job.finish(image, candidate) });
        this.#world.metrics.passed('finish', finishingMs);
      } catch (error) {
        broken.push({ position: image.position, error: whyUnfinished(error) });
      }
    }
    return { finished, broken };
  }
}

function nothingTold(): ProviderError {
  return new ProviderError({
    kind: 'no_image',
    retryable: false,
    billed: 'unknown',
    message: 'The provider delivered fewer pictures than asked.',
  });
}

/** @throws what is neither the provider's fault nor the store's */
function whyUnfinished(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  if (error instanceof AppError && error.code === 'storage_unavailable') return notKept(error);
  throw error;
}
