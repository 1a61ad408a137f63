import { AppError, invariant } from '../errors.js';
import type { ProviderError } from '../providers/provider.js';
import {
  gatherServed,
  publicFailure,
  type AttemptRecord,
  type DeliveredCall,
  type DispatchResult,
  type Failed,
} from './dispatch-result.js';
import type { Plan } from './plan-types.js';

type Failure = ProviderError | AppError;

/** An image of a call that did not come. */
export interface FailedCallImage {
  readonly position: number;
  readonly error: ProviderError;
}

/** Everything that happens while a plan is carried out, as it will be told. */
export class DispatchRecord {
  readonly #plan: Plan;
  readonly #now: () => Date;
  /** Why each image did not come from the candidate that was tried first. */
  readonly #reasons = new Map<number, Failure>();
  /** Images that a provider made or may have made, and that did not come. */
  readonly #spent = new Set<number>();
  readonly #delivered: DeliveredCall[] = [];
  readonly #failed = new Set<number>();
  readonly #attempts: AttemptRecord[] = [];
  /** Depths of the models that were told to be left out. */
  readonly #told = new Set<number>();

  constructor(plan: Plan, now: () => Date) {
    this.#plan = plan;
    this.#now = now;
  }

  /** A call that was made, and what came of it. */
  note(attempt: AttemptRecord, delivered: DeliveredCall, failed: readonly FailedCallImage[]): void {
    this.#attempts.push(attempt);
    if (delivered.finished.length > 0) this.#delivered.push(delivered);
    for (const { position, error } of failed) if (error.info.billed !== false) this.#spent.add(position);
  }

  /** Why the images did not come; the first reason of each is the one that is shown. */
  setReason(positions: readonly number[], error: Failure): void {
    for (const position of positions) if (!this.#reasons.has(position)) this.#reasons.set(position, error);
  }

  /** These images won't come. */
  giveUp(positions: readonly number[]): void {
    for (const position of positions) this.#failed.add(position);
  }

  /** A route that is not called. */
  passOver(model: string, routeId: string, error: AppError, positions: readonly number[]): void {
    const now = this.#now();
    this.setReason(positions, error);
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

  /** Tells the models of the chain up to here that could not honour the request; each once, whatever routes it has. */
  tellSkipped(positions: readonly number[], depth: number): void {
    const { candidates, skipped } = this.#plan;
    for (const skip of skipped) {
      const runs = candidates.some((candidate) => candidate.depth === skip.depth);
      if (skip.depth === 0 || skip.depth > depth || runs || this.#told.has(skip.depth)) continue;
      this.#told.add(skip.depth);
      const error = new AppError(skip.code, { message: skip.reasons.join(' ') });
      this.passOver(skip.model, skip.route, error, positions);
    }
  }

  /** Positions of the images that came. */
  delivered(): ReadonlySet<number> {
    return new Set(
      this.#delivered.flatMap(({ finished }) => finished.map(({ received }) => received.position)),
    );
  }

  result(): DispatchResult {
    return {
      served: gatherServed(this.#delivered),
      failed: [...this.#failed].sort((a, b) => a - b).map((position) => this.#toFailed(position)),
      attempts: this.#attempts,
    };
  }

  #toFailed(position: number): Failed {
    const reason = this.#reasons.get(position);
    invariant(reason !== undefined, 'an image that did not come has a reason');
    const error = publicFailure(reason);
    // A client that asked again would have the operator pay once more.
    const retry = error.retry && !this.#spent.has(position);
    if (retry === error.retry) return { position, error };
    const { code, message, param, facts } = error;
    const named = param === undefined ? {} : { param };
    return { position, error: new AppError(code, { message, facts, retry, cause: error, ...named }) };
  }
}
