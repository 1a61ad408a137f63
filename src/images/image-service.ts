import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, invariant } from '../errors.js';
import { createId } from '../ids.js';
import type { Admission, Limits } from '../limits/limits.js';
import type { Caller } from '../workspaces/workspace-store.js';
import { requireAllowed } from './current-policy-store.js';
import { dispatchPlan } from './dispatch.js';
import { toPublicError } from './generation-result.js';
import type { Generation, InterruptedGeneration } from './generation.js';
import type { IdempotentCall } from './idempotent-calls.js';
import type { Leases } from './lease-store.js';
import { orderByQueue } from './least-queue.js';
import type { Plan } from './plan-types.js';
import { planFor, type PlannerParts } from './planner.js';
import type { GenerationBody } from './request-body.js';
import type { ImageRequest } from './request.js';
import { runGeneration, type RunParts, type Work } from './run-generation.js';
import { takeUpGeneration } from './take-up.js';

/** A model takes at most as long. */
const MAX_REPLAY_WAIT_MS = 15 * 60 * 1000;
const REPLAY_POLL_MS = 100;

/** What the service is made of. */
export interface ImageServiceParts extends RunParts, PlannerParts {
  readonly leases: Leases;
  readonly limits: Limits;
  /** Called for failures of our own; the caller only learns that there was one. */
  readonly onInternalError: (error: unknown, generationId: string) => void;
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
    return planFor(request, caller, this.#parts.clock(), this.#parts);
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
    const plan = await orderByQueue(await this.plan(request, caller), caller.key.mode, this.#parts);
    const wish = { model: plan.asked, images: request.n, quote: plan.quote };
    const admission = await this.#parts.limits.admit(caller, wish);
    try {
      return await this.#startAndRun(
        { plan, request, delivery, caller, held: plan.quote },
        body,
        admission,
        idempotent,
      );
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
        await requireAllowed(trx, caller.workspace.id, plan.candidates[0]);
        await admission.requireBudget(trx);
        // Lack of credit is told before lack of room: waiting would not help against it.
        this.#parts.lanes.requireRoom(plan.candidates[0].calls.length);
      },
    });
    await this.#track(this.#guard(id, () => runGeneration(id, work, dispatchPlan, this.#parts)));
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
    const interrupted = await this.#parts.leases.claimInterrupted(everything);
    for (const generation of interrupted) {
      this.#track(this.#guard(generation.id, () => this.#takeUp(generation, findCaller))).catch(
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

  async #takeUp(
    generation: InterruptedGeneration,
    findCaller: (interrupted: InterruptedGeneration) => Promise<Caller | undefined>,
  ): Promise<void> {
    await takeUpGeneration(generation, await findCaller(generation), this.#parts);
  }
}
