import { AppError } from '../errors.js';

/**
 * Why a generation's run is stopped before its end.
 * - `cancelled`: its caller wants no more of it
 * - `leaving`: this process ends; another one goes on with what can be gone on with
 * - `lost`: this process stood still for so long that another one has taken it over
 */
export type StopReason = 'cancelled' | 'leaving' | 'lost';

/** The reason of a run's stop signal. */
export class Stopped extends Error {
  readonly why: StopReason;

  constructor(why: StopReason) {
    super(`the run of this generation was stopped: ${why}`);
    this.name = 'AbortError';
    this.why = why;
  }
}

/** @returns undefined while the run goes on */
export function whyStopped(signal: AbortSignal): StopReason | undefined {
  if (!signal.aborted) return undefined;
  const reason: unknown = signal.reason;
  return reason instanceof Stopped ? reason.why : 'leaving';
}

/** Thrown where a run ends without ending its generation: somebody else does, or did. */
export class LeftToOthers extends Error {
  readonly why: StopReason;

  constructor(why: StopReason) {
    super('another process goes on with this generation');
    this.name = 'LeftToOthers';
    this.why = why;
  }
}

/** What a caller is told of a generation that was cancelled before any picture came. */
export function wasCancelled(): AppError {
  return new AppError('conflict', {
    message: 'The generation was cancelled. Nothing was charged.',
    retry: false,
  });
}
