import type { CatalogueModel } from '../catalogue/catalogue.js';
import type { Margin } from '../credits/margin.js';
import type { Microcredits } from '../credits/microcredits.js';
import type { Mode } from '../db/schema.js';
import type { ErrorCode } from '../errors.js';
import type { ModelLimit } from '../limits/model-limit.js';
import type { ModelEntry, NativeSize, OutputFormat, RouteSpec, Size } from '../providers/model.js';
import type { Adjustment, NativeCall, NativeRequest } from '../providers/provider.js';
import type { FallbackChain } from '../workspaces/fallbacks.js';
import type { Policy } from '../workspaces/policy.js';
import type { PlannedInput } from './plan-inputs.js';
import type { SourceMask } from './request.js';

/** Whose rules over routes they are. */
export interface PolicyRules {
  readonly origin: 'workspace' | 'operator';
  readonly policy: Policy;
}

/** What of the workspace decides a plan. */
export interface PlanPolicy {
  readonly mode: Mode;
  readonly prcOptIn: boolean;
  readonly retiredModels: 'forward' | 'refuse';
  /** Each of them holds. Absent: none. */
  readonly rules?: readonly PolicyRules[];
  /** Lists of the only models that may be asked for; each of them holds. Absent: none. */
  readonly modelLimits?: readonly ModelLimit[];
  /** Where requests go on when a model fails, by its slug. Absent: nowhere. */
  readonly fallbacks?: Readonly<Record<string, FallbackChain>>;
  /** Whether a call that was sent and never answered may be sent again. Absent: it may not. */
  readonly unknownOutcomes?: 'final' | 'repeat';
}

/** What of the installation decides a plan. */
export interface PlanWorld {
  readonly now: Date;
  /** What the operator adds to costs; nothing if not given. */
  readonly margin?: Margin;
  /** Whether this route can be called in this mode; if not, what an operator has to set. */
  routeState(model: CatalogueModel, route: RouteSpec, mode: Mode): RouteState;
  /** Puts the routes of one model into the order in which they are tried; as the catalogue lists them if not given. */
  orderRoutes?(candidates: readonly Candidate[]): readonly Candidate[];
}

export type RouteState =
  | {
      readonly usable: true;
      /** The route's own settings, which a translation may depend on (a server's dialect). */
      readonly extra: Readonly<Record<string, string>>;
    }
  | { readonly usable: false; readonly reason: string };

/** What has to become of the bytes that the provider delivers. undefined means: as delivered. */
export interface Finish {
  readonly size: Size | undefined;
  /** Cut to this ratio (width / height), keeping as much as possible. Never together with `size`. */
  readonly ratio: number | undefined;
  readonly format: OutputFormat | undefined;
  /** 0 to 100, for lossy formats, when we encode. */
  readonly compression: number | undefined;
}

/** One call to the provider, and which images of the answer it is for. */
export interface PlannedCall {
  /** Positions in the answer, from 0. */
  readonly positions: readonly number[];
  readonly native: NativeRequest;
  readonly call: NativeCall;
}

/** What the calls of a candidate are made from, for any choice of images. */
export interface CallTemplate {
  /** All images at once, without a seed. */
  readonly native: NativeRequest;
  /** As the caller gave it; each call gets its own, made from it. */
  readonly seed: number | undefined;
  /** The route's own settings. */
  readonly extra: Readonly<Record<string, string>>;
}

/** One route that can honour the request, with everything that running it needs. */
export interface Candidate {
  /** 0 for the model that was asked for (or its successor), 1 for the first model of the chain behind it, and so on. */
  readonly depth: number;
  readonly model: CatalogueModel;
  /** The model's entry as it holds for the operation. */
  readonly entry: ModelEntry;
  readonly route: RouteSpec;
  readonly calls: readonly PlannedCall[];
  readonly template: CallTemplate;
  readonly finish: Finish;
  /** Pictures of an edit; empty when generating. */
  readonly inputs: readonly PlannedInput[];
  /** What of the first input is repainted; everything else of it stays, whatever the model does. */
  readonly mask: SourceMask | undefined;
  readonly adjustments: readonly Adjustment[];
  /** The size sent to the provider; undefined: its own choice. */
  readonly nativeSize: NativeSize | undefined;
  /** Highest price of one picture, with the margin. */
  readonly pricePerImage: Microcredits;
  /** What is added to costs of this model, in per cent. */
  readonly marginPercent: number;
}

/** A route that was considered and left out. */
export interface Skipped {
  /** As of a candidate. */
  readonly depth: number;
  readonly code: ErrorCode;
  readonly model: string;
  readonly route: string;
  readonly reasons: readonly string[];
}

/** Which failures go on to the next candidate. */
export interface GoOnRules {
  /** Refusals of the content; only to other models. */
  readonly moderated: boolean;
  /** Calls that were sent and never answered; only to other models. */
  readonly unknownOutcome: boolean;
  /** Such calls may even be sent again to the same model. */
  readonly repeatUnknown: boolean;
}

/** The pure result of planning: ordered candidates (at least one) and the quote of the first. */
export interface Plan {
  /** Slug that was asked for, after alias resolution. */
  readonly asked: string;
  readonly candidates: readonly [Candidate, ...Candidate[]];
  readonly skipped: readonly Skipped[];
  readonly rules: GoOnRules;
  /** Highest price of the first candidate for all images. */
  readonly quote: Microcredits;
}
