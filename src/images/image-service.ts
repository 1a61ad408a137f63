import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Margins } from '../credits/margin-store.js';
import { AppError, invariant } from '../errors.js';
import { createId } from '../ids.js';
import type { Admission, Limits } from '../limits/limits.js';
import { ProviderError, type Endpoint } from '../providers/provider.js';
import type { Caller } from '../workspaces/workspace-store.js';
import { dispatchCandidate, resumeCandidate, type AttemptRecord, type DispatchResult } from './dispatch.js';
import type { DispatchWorld } from './attempt.js';
import { toAppError } from './failure.js';
import { finishImage } from './finish.js';
import { toPublicError } from './generation-result.js';
import type { IdempotentCall } from './idempotent-calls.js';
import type { Generation, InterruptedGeneration } from './generation.js';
import type { GenerationStore } from './generation-store.js';
import { planImageRequest } from './plan.js';
import { policyOf } from './plan-policy.js';
import type { Candidate, Plan, PlanWorld } from './plan-types.js';
import { generationBodySchema, type GenerationBody } from './request-body.js';
import { normaliseGenerationBody, type DeliveryWish, type ImageRequest } from './request.js';
import { requireOptIn } from './require-opt-in.js';
import { prepareInputs } from './prepare-inputs.js';
import { toResult } from './receipt.js';
import { priceImages, type Finished } from './settle.js';

/** A model takes at most as long. */
const MAX_REPLAY_WAIT_MS = 15 * 60 * 1000;
const REPLAY_POLL_MS = 100;

/** What the service is made of. */
export interface ImageServiceParts extends DispatchWorld {
  readonly catalogue: Catalogue;
  readonly generations: GenerationStore;
  readonly limits: Limits;
  readonly endpoints: EndpointSource;
  readonly margins: Margins;
  readonly linkTtlMs: number;
  readonly maxPixels: number;
  /** Called for failures of our own; the caller only learns that there was one. */
  readonly onInternalError: (error: unknown, generationId: string) => void;
}

/** Where routes can be called. */
export interface EndpointSource {
  routeState: PlanWorld['routeState'];
  /** Starts an emulator if it has to. */
  open(candidate: Candidate, mode: Caller['key']['mode']): Promise<Endpoint>;
}

/** Everything that running a generation needs to know of it. */
interface Work {
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

/** The heart: request → plan → hold → dispatch → receive → finish → settle. */
export class ImageService {
  readonly #parts: ImageServiceParts;
  readonly #running = new Set<Promise<void>>();

  constructor(parts: ImageServiceParts) {
    this.#parts = parts;
  }

  /** What would run and at what price. @throws AppError see planImageRequest */
  plan(request: ImageRequest, caller: Caller): Promise<Plan> {
    return this.#planAt(request, caller, this.#parts.clock());
  }

  async #planAt(request: ImageRequest, caller: Caller, now: Date): Promise<Plan> {
    const { catalogue, endpoints, margins } = this.#parts;
    const margin = await margins.current();
    return planImageRequest(request, catalogue, policyOf(caller), {
      now,
      margin,
      routeState: (model, route, mode) => endpoints.routeState(model, route, mode),
    });
  }

  /**
   * Runs a request to its end. Once the price is held nothing that the caller does stops it.
   * @param body as the caller wrote it: kept with the record, and planned again from after a crash
   * @returns the finished generation; one without any picture has `status: failed` and an `error`
   * @throws AppError before the hold: everything that planning and the limits refuse, insufficient_credits, queue_full
   */
  async generate(
    { request, delivery }: Pick<Work, 'request' | 'delivery'>,
    body: GenerationBody,
    caller: Caller,
    idempotent?: IdempotentCall,
  ): Promise<Generation> {
    const plan = await this.plan(request, caller);
    const wish = { model: plan.asked, images: request.n, quote: plan.quote };
    const admission = await this.#parts.limits.admit(caller, wish);
    try {
      return await this.#startAndRun({ plan, request, delivery, caller }, body, admission, idempotent);
    } finally {
      admission.release();
    }
  }

  async #startAndRun(
    work: Work,
    body: GenerationBody,
    admission: Admission,
    idempotent: IdempotentCall | undefined,
  ): Promise<Generation> {
    const { plan, request, caller } = work;
    const id = createId('gen');
    await this.#parts.generations.start({
      id,
      workspaceId: caller.workspace.id,
      mode: caller.key.mode,
      keyId: caller.key.id,
      operation: request.operation,
      model: plan.asked,
      requestJson: JSON.stringify(body),
      hold: plan.quote,
      edit: request.operation === 'edit' ? { inputs: request.inputs, mask: request.mask } : undefined,
      idempotent,
      confirm: async (trx) => {
        await requireOptIn(trx, caller.workspace.id, plan.candidates[0]);
        await admission.requireBudget(trx);
        // Lack of credit is told before lack of room: waiting would not help against it.
        this.#parts.lanes.requireRoom(plan.candidates[0].calls.length);
      },
    });
    await this.#track(this.#guard(id, () => this.#runCandidate(id, work, dispatchCandidate)));
    const generation = await this.#parts.generations.find(caller.workspace.id, caller.key.mode, id);
    invariant(generation !== undefined, 'a finished generation is on record');
    return generation;
  }

  /**
   * Goes on with what an earlier process left running: tasks that were accepted upstream are polled to their end and
   * charged as ever, everything else ends as of unknown outcome, free of charge. Nothing is submitted again.
   * @param findCaller gives the caller back, or undefined if its key is gone
   * @param everything also what another process was heard of running lately: only where this process is alone
   * @returns how many generations were taken up
   */
  async resumeInterrupted(
    findCaller: (interrupted: InterruptedGeneration) => Promise<Caller | undefined>,
    everything: boolean,
  ): Promise<number> {
    const interrupted = await this.#parts.generations.claimInterrupted(everything);
    for (const generation of interrupted) {
      this.#track(this.#guard(generation.id, () => this.#resume(generation, findCaller))).catch(
        (error: unknown) => {
          // Nobody waits for it: the record stays as it is, and the next start takes it up again.
          this.#parts.onInternalError(error, generation.id);
        },
      );
    }
    return interrupted.length;
  }

  /**
   * The outcome that an idempotency key stands for; waits while it still runs, in whatever process.
   * @returns undefined when the key is new
   * @throws AppError idempotency_conflict for another body, conflict when the wait is too long
   */
  async replay(call: IdempotentCall, signal: AbortSignal): Promise<Generation | undefined> {
    const id = await this.#parts.generations.findByKey(call);
    if (id === undefined) return undefined;
    for (let waitedMs = 0; waitedMs < MAX_REPLAY_WAIT_MS; waitedMs += REPLAY_POLL_MS) {
      const generation = await this.#parts.generations.find(call.workspaceId, call.mode, id);
      invariant(generation !== undefined, 'a bound key stands for a generation');
      if (generation.status !== 'running' && generation.status !== 'queued') return generation;
      if (signal.aborted || this.#parts.shutdown.aborted) break;
      await sleep(REPLAY_POLL_MS);
    }
    throw new AppError('conflict', {
      message: `The first call with this \`Idempotency-Key\` still runs. Read ${id}, or try again later.`,
      param: 'idempotency-key',
    });
  }

  /** Resolves when every generation that was started has ended, whether or not its caller still waits. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
  }

  async #track(work: Promise<void>): Promise<void> {
    this.#running.add(work);
    try {
      await work;
    } finally {
      this.#running.delete(work);
    }
  }

  /** A failure of our own ends the generation too, free of charge. */
  async #guard(id: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof AppError) {
        await this.#fail(id, error);
        return;
      }
      this.#parts.onInternalError(error, id);
      const message = 'Something went wrong on our side. Nothing was charged.';
      await this.#fail(id, new AppError('internal_error', { message }));
    }
  }

  async #fail(id: string, error: AppError): Promise<void> {
    await this.#parts.generations.end({
      id,
      status: 'failed',
      result: undefined,
      error: toPublicError(error),
      images: [],
      attempts: [],
      imagesExpireAt: this.#parts.clock(),
    });
  }

  async #resume(
    generation: InterruptedGeneration,
    findCaller: (interrupted: InterruptedGeneration) => Promise<Caller | undefined>,
  ): Promise<void> {
    const unknown = new AppError('outcome_unknown', {
      message:
        'The gateway stopped while this ran. Nothing was charged; whether the provider made a picture is unknown.',
    });
    const caller = await findCaller(generation);
    const body = generationBodySchema.safeParse(JSON.parse(generation.requestJson));
    if (generation.tasks.length === 0 || caller === undefined || !body.success) {
      await this.#fail(generation.id, unknown);
      return;
    }
    const { request, delivery } = normaliseGenerationBody(body.data, generation.edit);
    const plan = await this.#planAgain(request, caller, generation);
    if (plan === undefined) {
      await this.#fail(generation.id, unknown);
      return;
    }
    await this.#runCandidate(
      generation.id,
      { plan, request, delivery, caller },
      (candidate, id, target, world) => resumeCandidate(candidate, id, generation.tasks, target, world),
    );
  }

  /** The plan as it was, if its route is still there and allowed; at most what is held for it is charged. */
  async #planAgain(
    request: ImageRequest,
    caller: Caller,
    generation: InterruptedGeneration,
  ): Promise<Plan | undefined> {
    try {
      const plan = await this.#planAt(request, caller, generation.createdAt);
      const candidate = plan.candidates.find((other) =>
        generation.tasks.some((task) => task.routeId === other.route.id),
      );
      if (candidate === undefined) return undefined;
      // A margin that has grown since changes nothing for what was held before.
      const pricePerImage = Math.min(candidate.pricePerImage, Math.floor(generation.hold / request.n));
      return { ...plan, candidates: [{ ...candidate, pricePerImage }] };
    } catch (error) {
      if (error instanceof AppError) return undefined;
      throw error;
    }
  }

  async #runCandidate(
    id: string,
    { plan, request, delivery, caller }: Work,
    dispatch: typeof dispatchCandidate,
  ): Promise<void> {
    const { endpoints, generations, clock, linkTtlMs } = this.#parts;
    const [candidate] = plan.candidates;
    const target = {
      endpoint: await endpoints.open(candidate, caller.key.mode),
      inputs: await prepareInputs(candidate, this.#parts.pictures, this.#parts),
    };
    const dispatched = await dispatch(candidate, id, target, this.#parts);
    const { finished, failed } = await this.#finishAll(dispatched, candidate);
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

  async #finishAll(
    dispatched: DispatchResult,
    candidate: Candidate,
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
          finished: await finishImage(received.stored, candidate, this.#parts.pictures, this.#parts),
        });
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        failed.push({ position: received.position, error: toAppError(error), broken: error });
      }
    }
    return { finished, failed: failed.sort((a, b) => a.position - b.position) };
  }
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
