import type { Microcredits } from '../credits/microcredits.js';
import type { Limits } from '../limits/limits.js';
import { AppError } from '../errors.js';
import type { PictureStore } from '../files/picture-store.js';
import type { Caller } from '../workspaces/workspace-store.js';
import type { CallTarget, ReceivedImage } from './attempt.js';
import type { DispatchJob } from './dispatch-job.js';
import { finishImage, type FinishedImage } from './finish.js';
import type { GenerationStore } from './generation-store.js';
import { markOf } from './mark.js';
import type { Candidate, Plan } from './plan-types.js';
import { prepareInputs } from './prepare-inputs.js';
import { wantsBase64, type DeliveryWish, type ImageRequest } from './request.js';

/** Where a route is called. */
export type OpenedRoute = Pick<CallTarget, 'endpoint' | 'route'>;

/** Where routes can be called. */
export interface OpenEndpoint {
  /** Starts an emulator if it has to. */
  open(candidate: Candidate, mode: Caller['key']['mode']): Promise<OpenedRoute>;
}

interface RunningJobParts {
  readonly endpoints: OpenEndpoint;
  readonly generations: GenerationStore;
  readonly limits: Limits;
  readonly pictures: PictureStore;
  readonly maxPixels: number;
}

/** A generation while its plan is carried out: what dispatching asks of the stores. */
export class RunningJob implements DispatchJob {
  readonly generationId: string;
  readonly plan: Plan;
  readonly held: Microcredits;
  readonly #request: ImageRequest;
  readonly #delivery: DeliveryWish;
  readonly #caller: Caller;
  readonly #parts: RunningJobParts;
  #raised = 0;

  constructor(
    generationId: string,
    work: {
      readonly plan: Plan;
      readonly request: ImageRequest;
      readonly delivery: DeliveryWish;
      readonly caller: Caller;
      readonly held: Microcredits;
    },
    parts: RunningJobParts,
  ) {
    this.generationId = generationId;
    this.plan = work.plan;
    this.held = work.held;
    this.#request = work.request;
    this.#delivery = work.delivery;
    this.#caller = work.caller;
    this.#parts = parts;
  }

  get mode(): Caller['key']['mode'] {
    return this.#caller.key.mode;
  }

  /** What is set aside by now. */
  get heldNow(): Microcredits {
    return this.held + this.#raised;
  }

  async open(candidate: Candidate): Promise<CallTarget> {
    const { endpoints, pictures } = this.#parts;
    return {
      ...(await endpoints.open(candidate, this.#caller.key.mode)),
      inputs: await prepareInputs(candidate, pictures, this.#parts),
      base64: wantsBase64(this.#delivery, this.plan.asked),
      mark: (seed) => markOf(this.#request, candidate, seed),
    };
  }

  raiseHold(amount: Microcredits): Promise<AppError | undefined> {
    const { generations, limits } = this.#parts;
    return refusalOf(async () => {
      await generations.raiseHold(this.generationId, amount, (trx) =>
        limits.requireBudget(this.#caller, trx),
      );
      this.#raised += amount;
    });
  }

  finish({ stored, seed, position }: ReceivedImage, candidate: Candidate): Promise<FinishedImage> {
    const { pictures, maxPixels } = this.#parts;
    const planned = candidate.calls.find(({ positions }) => positions.includes(position));
    return finishImage(stored, candidate, pictures, {
      maxPixels,
      markUnlabelled: this.#caller.workspace.markUnlabelled,
      facts: markOf(this.#request, candidate, seed ?? planned?.native.seed),
    });
  }
}

async function refusalOf(work: () => Promise<void>): Promise<AppError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
