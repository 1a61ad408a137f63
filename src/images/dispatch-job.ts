import type { Microcredits } from '../credits/microcredits.js';
import type { Mode } from '../db/schema.js';
import type { AppError } from '../errors.js';
import type { CallTarget, ReceivedImage } from './attempt.js';
import type { FinishedImage } from './finish.js';
import type { Candidate, Plan } from './plan-types.js';

/** What dispatching needs to know of a generation. */
export interface DispatchJob {
  readonly generationId: string;
  readonly mode: Mode;
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
