import { performance } from 'node:perf_hooks';
import type { Transaction } from 'kysely';
import type { Database } from '../db/schema.js';
import type { Db } from '../db/db.js';
import { isOutage } from '../db/outage.js';
import type { Signals } from '../db/signals.js';
import { AppError, invariant } from '../errors.js';
import { createId } from '../ids.js';
import type { Admission, Limits } from '../limits/limits.js';
import type { Caller } from '../workspaces/workspace-store.js';
import { requireAllowed } from './current-policy-store.js';
import { dispatchPlan } from './dispatch.js';
import { waitForEnd } from './endings.js';
import { toPublicError } from './generation-result.js';
import type { Generation, Job } from './generation.js';
import type { IdempotentCall } from './idempotent-calls.js';
import type { NewGeneration } from './insert-generation-store.js';
import { queueFull } from './lanes.js';
import { orderByQueue } from './least-queue.js';
import type { Plan } from './plan-types.js';
import { planFor, type PlannerParts } from './planner.js';
import type { RecordedBody } from './request-body.js';
import type { ImageRequest } from './request.js';
import { runGeneration, type OwnParts, type Work } from './run-generation.js';
import { Postponed, runQueued } from './run-queued.js';
import { Runs, type RunsParts } from './runs.js';
import { LeftToOthers, type StopReason } from './stopped.js';
import { takeUpGeneration } from './take-up.js';

/** A model takes at most as long. */
const MAX_REPLAY_WAIT_MS = 15 * 60 * 1000;
/** A cancelled generation ends as soon as its calls have noticed. */
const MAX_CANCEL_WAIT_MS = 10_000;

/** What waits in the queue goes on waiting while no picture could be kept. */
const UNSTORABLE_DELAY_MS = 2_000;

/** What the service is made of. */
export interface ImageServiceParts extends RunsParts, PlannerParts {
  readonly limits: Limits;
  readonly signals: Signals;
  /** Generations that may wait in the queue. */
  readonly maxWaiting: number;
  /** Leaves a running generation to whoever takes it next. */
  readonly handOver: (generationId: string) => Promise<void>;
  readonly postpone: (generationId: string, delayMs: number) => Promise<void>;
  readonly patiently: Db['patiently'];
  /** Whether pictures can be kept, as far as that is known. */
  readonly canStore: () => Promise<boolean>;
  /** Fires when this process stops. */
  readonly stopping: AbortSignal;
  /** Called for failures of our own; the caller only learns that there was one. */
  readonly onInternalError: (error: unknown, generationId: string) => void;
}

/** A request with the body that it was written as: kept with the record, and planned again from when it runs later. */
export interface Wish extends Pick<Work, 'request' | 'delivery'> {
  readonly body: RecordedBody;
  readonly idempotent?: IdempotentCall | undefined;
}

/** Requests that belong together, with their plans. */
export interface ManyWishes {
  readonly comparisonId: string;
  readonly wishes: readonly { readonly wish: Wish; readonly plan: Plan }[];
  readonly idempotent: IdempotentCall | undefined;
  /** Asked when everything is written, with the ids in the order of the wishes: what it throws undoes everything. */
  readonly confirm: (trx: Transaction<Database>, ids: readonly string[]) => Promise<void>;
}

/** Who waits for a generation. */
export interface Attendance {
  /** Fires when its caller has hung up. */
  readonly hungUp: AbortSignal;
  /** Whether what can be seen of it is kept while it runs. */
  readonly watched: boolean;
}

/** A generation that runs now. */
export interface Begun {
  readonly id: string;
  /** The generation at its end; one without any picture has `status: failed` and an `error`. */
  readonly ended: Promise<Generation>;
}

/** The heart: request → plan → hold → dispatch → receive → finish → settle. */
export class ImageService {
  readonly #parts: ImageServiceParts;
  readonly #runs: Runs;
  readonly #pending = new Set<Promise<unknown>>();
  /** What this process runs or is about to. */
  readonly #own = new Set<string>();

  constructor(parts: ImageServiceParts) {
    this.#parts = parts;
    this.#runs = new Runs(parts);
  }

  /** What would run and at what price. @throws AppError see planImageRequest */
  async plan(request: ImageRequest, caller: Caller): Promise<Plan> {
    const startMs = performance.now();
    const plan = await planFor(request, caller, this.#parts.clock(), this.#parts);
    this.#parts.metrics.passed('plan', startMs);
    return plan;
  }

  /**
   * Begins to run a request. Once the price is held nothing that the caller does stops it, save cancelling.
   * @throws AppError before the hold: everything that planning and the limits refuse, insufficient_credits, queue_full
   */
  async begin(wish: Wish, caller: Caller, attendance: Attendance): Promise<Begun> {
    // Where much waits, a refusal costs little.
    this.#parts.lanes.requireRoom(1);
    const plan = await orderByQueue(await this.plan(wish.request, caller), caller.key.mode, this.#parts);
    const { request, delivery } = wish;
    const admission = await this.#parts.limits.admit(caller, {
      model: plan.asked,
      images: request.n,
      quote: plan.quote,
    });
    let giveBack = () => {};
    try {
      const sent = this.#parts.lanes.free > 0;
      const calls = plan.candidates[0].calls.length;
      const id = await this.#start(wish, plan, caller, admission, sent ? 'sent' : 'running', () => {
        // The database may ask more than once.
        giveBack();
        giveBack = this.#parts.lanes.reserve(calls);
        return Promise.resolve();
      });
      if (attendance.watched) await this.#open(id);
      let recorded: Generation | undefined;
      const work: Work = {
        plan,
        request,
        delivery,
        caller,
        held: plan.quote,
        attended: () => !attendance.hungUp.aborted,
        onEnd: (generation) => {
          recorded = generation;
        },
      };
      const running = this.#run({ id, workspaceId: caller.workspace.id, sent, tasks: [] }, (parts) =>
        runGeneration(id, work, dispatchPlan, parts),
      ).finally(() => {
        giveBack();
        admission.release();
      });
      const ended = running.then(() => recorded ?? this.#readEnd(caller, id));
      // It is an answer only where somebody waits for it.
      ended.catch(() => {});
      return { id, ended };
    } catch (error) {
      giveBack();
      admission.release();
      throw error;
    }
  }

  /**
   * Accepts a request that is run when its turn comes, by whatever process.
   * @throws AppError as `begin`
   */
  async enqueue(wish: Wish, caller: Caller): Promise<Generation> {
    const plan = await this.plan(wish.request, caller);
    const admission = await this.#parts.limits.admitWaiting(caller, {
      model: plan.asked,
      images: wish.request.n,
      quote: plan.quote,
    });
    const { generations, maxWaiting } = this.#parts;
    const id = await this.#start(wish, plan, caller, admission, 'waiting', async (trx) => {
      // Itself is among them.
      if ((await generations.countWaiting(trx)) > maxWaiting) throw queueFull();
    });
    return this.#find(caller, id);
  }

  /**
   * Accepts many planned requests that are run when their turns come, or none of them: whether the credits and the budgets are
   * enough is decided once, for their sum.
   * @returns their ids, in the same order
   * @throws AppError as `begin`; AlreadyCalled
   */
  async enqueueMany(many: ManyWishes, caller: Caller): Promise<readonly string[]> {
    const { generations, maxWaiting, limits } = this.#parts;
    const quote = many.wishes.reduce((sum, { plan }) => sum + plan.quote, 0);
    const images = Math.max(0, ...many.wishes.map(({ wish }) => wish.request.n));
    const first = many.wishes[0]?.plan.asked;
    invariant(first !== undefined, 'somebody asks for at least one');
    const admission = await limits.admitWaiting(caller, { model: first, images, quote });
    const rows = many.wishes.map(({ wish, plan }) => ({
      ...this.#rowOf(wish, plan, caller, 'waiting'),
      comparisonId: many.comparisonId,
    }));
    const ids = rows.map(({ id }) => id);
    const { idempotent, comparisonId } = many;
    await generations.startMany({
      account: { workspaceId: caller.workspace.id, mode: caller.key.mode },
      generations: rows,
      idempotent: idempotent === undefined ? undefined : { call: idempotent, comparisonId },
      confirm: async (trx) => {
        const routes = new Map(many.wishes.map(({ plan }) => [nameOf(plan.candidates[0]), plan]));
        for (const plan of routes.values())
          await requireAllowed(trx, caller.workspace.id, plan.candidates[0]);
        await admission.requireBudget(trx);
        // They are among them.
        if ((await generations.countWaiting(trx)) > maxWaiting) throw queueFull();
        await many.confirm(trx, ids);
      },
    });
    return ids;
  }

  /**
   * Runs a generation that was claimed from the queue.
   * @param caller undefined if its key was revoked or has expired
   */
  async runClaimed(job: Job, caller: Caller | undefined): Promise<void> {
    const waitedMs = this.#parts.clock().getTime() - job.createdAt.getTime();
    this.#parts.metrics.phases.queue.observe(Math.max(0, waitedMs) / 1000);
    await this.#traced(job.id, () =>
      this.#run({ ...job, sent: false }, async (parts) => {
        await this.#prepare(job.id);
        if (!(await this.#parts.canStore())) throw new Postponed(UNSTORABLE_DELAY_MS);
        await runQueued(job, caller, { ...this.#parts, ...parts });
      }),
    );
  }

  /**
   * Goes on with what an earlier process left running: pictures that had arrived are delivered and tasks that were accepted
   * upstream are polled to their end, both charged as ever; everything else ends as of unknown outcome, free of charge. Nothing
   * is submitted again.
   * @param caller undefined if its key is gone
   */
  async takeUp(job: Job, caller: Caller | undefined): Promise<void> {
    await this.#traced(job.id, () =>
      this.#run({ ...job, sent: true }, async (parts) => {
        await this.#prepare(job.id);
        await takeUpGeneration(job, caller, { ...this.#parts, ...parts });
      }),
    );
  }

  /**
   * Cancels a generation: what was delivered by then is kept and charged, the rest is not. One that has ended stays as it is.
   * @returns the generation as it is then, ended unless its calls take long to notice; undefined if there is none
   */
  async cancel(caller: Caller, id: string): Promise<Generation | undefined> {
    const { generations } = this.#parts;
    const account = { workspaceId: caller.workspace.id, mode: caller.key.mode };
    const asked = await generations.requestCancel(account, id);
    if (asked === undefined) return undefined;
    if (asked === 'running') {
      this.stop(id, 'cancelled');
      await waitForEnd(id, { ...this.#parts, signal: this.#parts.stopping, maxMs: MAX_CANCEL_WAIT_MS });
    }
    return this.#find(caller, id);
  }

  /**
   * The generation that an idempotency key stands for.
   * @returns undefined when the key is new
   * @throws AppError idempotency_conflict for another body
   */
  async findReplay(call: IdempotentCall): Promise<Generation | undefined> {
    const id = await this.#parts.generations.findByKey(call);
    return id === undefined ? undefined : this.#parts.generations.find(call.workspaceId, call.mode, id);
  }

  /**
   * The outcome that an idempotency key stands for; waits while it still runs, in whatever process.
   * @returns undefined when the key is new
   * @throws AppError idempotency_conflict for another body, conflict when the wait is too long
   */
  async replay(call: IdempotentCall, signal: AbortSignal): Promise<Generation | undefined> {
    const id = await this.#parts.generations.findByKey(call);
    if (id === undefined) return undefined;
    const stop = AbortSignal.any([signal, this.#parts.stopping]);
    const ended = await waitForEnd(id, { ...this.#parts, signal: stop, maxMs: MAX_REPLAY_WAIT_MS });
    if (ended) return this.#parts.generations.find(call.workspaceId, call.mode, id);
    throw new AppError('conflict', {
      message: `The first call with this \`Idempotency-Key\` still runs. Read ${id}, or try again later.`,
      param: 'idempotency-key',
    });
  }

  /** Stops a run of this process. Harmless when it does not run here. */
  stop(id: string, why: StopReason): void {
    this.#runs.stop(id, why);
  }

  /** Stops all runs of this process, which ends; others go on with what can be gone on with. */
  leaveAll(): void {
    this.#runs.stopAll('leaving');
  }

  /** Whether this process runs a generation, or is about to. */
  runs(id: string): boolean {
    return this.#own.has(id);
  }

  /** Resolves when nothing runs here any more, whether or not a caller still waits. */
  async idle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled([...this.#pending]);
  }

  async #start(
    wish: Wish,
    plan: Plan,
    caller: Caller,
    admission: Pick<Admission, 'requireBudget'>,
    begin: NewGeneration['begin'],
    requireRoom: (trx: Parameters<Admission['requireBudget']>[0]) => Promise<void>,
  ): Promise<string> {
    const row = this.#rowOf(wish, plan, caller, begin);
    const startMs = performance.now();
    if (begin !== 'waiting') this.#own.add(row.id);
    try {
      await this.#parts.generations.start({
        ...row,
        idempotent: wish.idempotent,
        confirm: async (trx) => {
          await requireAllowed(trx, caller.workspace.id, plan.candidates[0]);
          await admission.requireBudget(trx);
          // Lack of credit is told before lack of room: waiting would not help against it.
          await requireRoom(trx);
        },
      });
    } catch (error) {
      this.#own.delete(row.id);
      throw error;
    }
    this.#parts.metrics.passed('hold', startMs);
    return row.id;
  }

  #rowOf({ request, body }: Wish, plan: Plan, caller: Caller, begin: NewGeneration['begin']): NewGeneration {
    return {
      id: createId('gen'),
      workspaceId: caller.workspace.id,
      mode: caller.key.mode,
      keyId: caller.key.id,
      operation: request.operation,
      model: plan.asked,
      requestJson: JSON.stringify(body),
      hold: plan.quote,
      begin,
      edit: request.operation === 'edit' ? { inputs: request.inputs, mask: request.mask } : undefined,
    };
  }

  /** Nobody waits for it, so it is a trace of its own, whoever woke the queue. */
  async #traced(id: string, work: () => Promise<void>): Promise<void> {
    const { tracing } = this.#parts.metrics;
    const span = tracing.start('generation', {
      kind: 'internal',
      root: true,
      attributes: { 'atelier.generation': id },
    });
    try {
      await span.run(work);
    } finally {
      span.end();
    }
  }

  /** A cancelling that came before the run could be stopped is found on record. */
  async #prepare(id: string): Promise<void> {
    const { watchers, generations, patiently } = this.#parts;
    await watchers.open(id);
    if (await patiently(() => generations.isCancelRequested(id))) this.stop(id, 'cancelled');
  }

  /** Where that fails nobody runs what was begun. */
  async #open(id: string): Promise<void> {
    try {
      await this.#parts.watchers.open(id);
    } catch (error) {
      this.#own.delete(id);
      throw error;
    }
  }

  async #run(options: Parameters<Runs['run']>[0], work: (parts: OwnParts) => Promise<void>): Promise<void> {
    this.#own.add(options.id);
    const running = this.#guard(options.id, () => this.#runs.run(options, work));
    this.#pending.add(running);
    try {
      await running;
    } finally {
      this.#pending.delete(running);
      this.#own.delete(options.id);
      await this.#parts.watchers.close(options.id);
    }
  }

  /** A failure of our own ends the generation too, free of charge. */
  async #guard(id: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof LeftToOthers) {
        if (error.why === 'leaving') await this.#parts.handOver(id);
      } else if (error instanceof Postponed) {
        await this.#parts.postpone(id, error.delayMs);
      } else if (error instanceof AppError) {
        await this.#fail(id, error);
      } else if (isOutage(error)) {
        // What had arrived and what was accepted is on record, or the lease runs out: whoever takes it over goes on with that.
        this.#parts.onInternalError(error, id);
        await this.#parts.handOver(id);
      } else {
        this.#parts.onInternalError(error, id);
        const message = 'Something went wrong on our side. Nothing was charged.';
        await this.#fail(id, new AppError('internal_error', { message }));
      }
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

  async #readEnd(caller: Caller, id: string): Promise<Generation> {
    const { stopping } = this.#parts;
    const ended = await waitForEnd(id, { ...this.#parts, signal: stopping, maxMs: MAX_REPLAY_WAIT_MS });
    if (ended) return this.#find(caller, id);
    throw new AppError('upstream_unavailable', {
      message: `This server stops, and another one goes on with ${id}. Read it there in a moment.`,
      retry: false,
    });
  }

  async #find(caller: Caller, id: string): Promise<Generation> {
    const generation = await this.#parts.generations.find(caller.workspace.id, caller.key.mode, id);
    invariant(generation !== undefined, 'a generation that was accepted is on record');
    return generation;
  }
}

/** One name for each place that something can run at. */
function nameOf({ model, route }: Plan['candidates'][0]): string {
  return `${model.entry.slug} ${route.id}`;
}
