import type { AppError } from '../errors.js';
import { ProviderError, type TokenUsage } from '../providers/provider.js';
import type { ReceivedImage } from './attempt.js';
import { toAppError } from './failure.js';
import type { FinishedImage } from './finish.js';
import type { Candidate } from './plan-types.js';

/** One call to one route, as it is recorded; or a route that was passed over, and why. */
export interface AttemptRecord {
  readonly imageNumber: number;
  /** Counted per image, from 1; 0 for a route that was not called. */
  readonly attemptNumber: number;
  readonly model: string;
  readonly routeId: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly outcome: 'succeeded' | 'partial' | 'failed' | 'skipped';
  readonly error: ProviderError | AppError | undefined;
  readonly upstreamRequestId: string | undefined;
}

/** A received picture and what became of it. */
export interface Finished {
  readonly received: ReceivedImage;
  readonly finished: FinishedImage;
}

/** What one call delivered. */
export interface DeliveredCall {
  readonly candidate: Candidate;
  readonly finished: readonly Finished[];
  readonly usage: TokenUsage | undefined;
  /** What the provider says that the whole call cost. */
  readonly costMicrocredits: number | undefined;
  readonly reported: Readonly<Record<string, string>>;
}

/** Everything that came of one candidate's calls. */
export interface Served {
  readonly candidate: Candidate;
  readonly finished: readonly Finished[];
  readonly usages: readonly { readonly usage: TokenUsage; readonly images: number }[];
  /** What calls cost by the provider's own word, and the positions of the pictures that came of each. */
  readonly costs: readonly { readonly costMicrocredits: number; readonly positions: readonly number[] }[];
  readonly reported: Readonly<Record<string, string>>;
}

/** An image that did not come. */
export interface Failed {
  readonly position: number;
  readonly error: AppError;
}

/** Everything that came of a plan. */
export interface DispatchResult {
  /** Candidates that delivered something, that of the first image first. */
  readonly served: readonly Served[];
  readonly failed: readonly Failed[];
  readonly attempts: readonly AttemptRecord[];
}

/** Puts together what calls delivered, by the candidates that they were made to. */
export function gatherServed(calls: readonly DeliveredCall[]): readonly Served[] {
  const candidates = [...new Set(calls.map(({ candidate }) => candidate))];
  return candidates
    .map((candidate) =>
      gatherCandidate(
        candidate,
        calls.filter((call) => call.candidate === candidate),
      ),
    )
    .sort((a, b) => firstPosition(a) - firstPosition(b));
}

/** An error as callers are told it, whoever raised it. */
export function publicFailure(error: ProviderError | AppError): AppError {
  return error instanceof ProviderError ? toAppError(error) : error;
}

function gatherCandidate(candidate: Candidate, calls: readonly DeliveredCall[]): Served {
  return {
    candidate,
    finished: calls
      .flatMap((call) => call.finished)
      .sort((a, b) => a.received.position - b.received.position),
    usages: calls.flatMap(({ usage, finished }) =>
      usage === undefined ? [] : [{ usage, images: finished.length }],
    ),
    costs: calls.flatMap(({ costMicrocredits, finished }) =>
      costMicrocredits === undefined
        ? []
        : [{ costMicrocredits, positions: finished.map(({ received }) => received.position) }],
    ),
    reported: Object.fromEntries(calls.flatMap((call) => Object.entries(call.reported))),
  };
}

function firstPosition({ finished }: Served): number {
  return finished[0]?.received.position ?? Number.MAX_SAFE_INTEGER;
}
