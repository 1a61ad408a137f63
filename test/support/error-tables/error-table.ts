/** What a provider's table of failures holds: one row for each way that its protocol notes say a call can fail. */
import type { ErrorCode } from '../../../src/errors.js';
import type { Adapter, NativeCall, ProviderErrorInfo } from '../../../src/providers/provider.js';

/** The facts that decide over retries and money. */
export type ErrorFacts = Pick<ProviderErrorInfo, 'kind' | 'stage' | 'retryable' | 'billed' | 'retryAfterMs'>;

/** What a caller of the gateway gets to see. */
export interface PublicFacts {
  readonly code: ErrorCode;
  readonly status: number;
  /** Whether clients may ask again: `x-should-retry`. */
  readonly retry: boolean;
}

export interface ErrorRow {
  /** When it happens; names the test. */
  readonly when: string;
  readonly call: NativeCall;
  /** The key that the call comes with; null: none. Omitted: one that the emulator takes for good. */
  readonly apiKey?: string | null;
  readonly extra?: Readonly<Record<string, string>>;
  /** Replaces the provider's own `run` where the credentials of a machine are needed that a test can't have. */
  readonly run?: Adapter['run'];
  /**
   * The documented answer itself, where the emulator has no way to give it. It is served over HTTP all the same; the
   * rows that need this are listed by `errors-emulated.test.ts`.
   */
  readonly served?: { readonly status: number; readonly body: unknown };
  /** What the answer on the wire has to hold; undefined for calls that end without a readable body. */
  readonly wire: { readonly status: number; readonly body: unknown } | undefined;
  /** Status that the failure names, where it is not the wire's: that of a delivery link. */
  readonly linkStatus?: number;
  readonly error: ErrorFacts;
  readonly answer: PublicFacts;
  /** File of the provider's `fixtures/` that documents this row. */
  readonly fixture?: string;
}

export interface ErrorTable {
  readonly provider: string;
  /** What an installation has set that has these slugs here; omitted: nothing. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly rows: readonly ErrorRow[];
  /** Which of the provider's fixtures are failures: each of them needs a row. */
  readonly fixtures: RegExp;
  /** What tells one failure from another in an answer's body, sentences aside. */
  identify(body: unknown): Readonly<Record<string, unknown>>;
  /** Slugs to be tried with every scripted outcome through the gateway: one for each dialect of the provider. */
  readonly slugs: readonly string[];
  /** Where a scripted outcome ends otherwise on a slug than on most; see `errors-gateway.test.ts`. */
  readonly exceptions: readonly OutcomeException[];
}

export interface OutcomeException {
  readonly slug: string;
  readonly outcome: string;
  /** `delivered`: the outcome means nothing to this dialect. */
  readonly answer: PublicFacts | 'delivered';
}

/** A request that nobody can carry out as it stands. */
export const INVALID_REQUEST = {
  error: { kind: 'invalid_request', retryable: false, billed: false },
  answer: { code: 'invalid_request', status: 400, retry: false },
} as const;

/** The operator's credentials, not the caller's. */
export const AUTHENTICATION = {
  error: { kind: 'authentication', retryable: false, billed: false },
  answer: { code: 'upstream_error', status: 502, retry: false },
} as const;

export const OUT_OF_CREDIT = {
  error: { kind: 'out_of_credit', retryable: false, billed: false },
  answer: { code: 'upstream_unavailable', status: 503, retry: false },
} as const;

export const MODEL_UNAVAILABLE = {
  error: { kind: 'model_unavailable', retryable: false, billed: false },
  answer: { code: 'upstream_error', status: 502, retry: false },
} as const;

export const OVERLOADED = {
  error: { kind: 'overloaded', retryable: true, billed: false },
  answer: { code: 'upstream_unavailable', status: 503, retry: true },
} as const;

/** Without a word on when to come back. */
export const RATE_LIMITED = {
  error: { kind: 'rate_limited', retryable: true, billed: false },
  answer: { code: 'rate_limit_exceeded', status: 429, retry: true },
} as const;

/** With the emulators' hint of one second. */
export const RATE_LIMITED_1S = {
  error: { kind: 'rate_limited', retryable: true, billed: false, retryAfterMs: 1000 },
  answer: { code: 'rate_limit_exceeded', status: 429, retry: true },
} as const;

/** A body that broke off after the call was accepted. */
export const BROKEN_OFF = {
  error: { kind: 'connection', retryable: true, billed: 'unknown' },
  answer: { code: 'outcome_unknown', status: 502, retry: false },
} as const;

export const UNREADABLE = {
  error: { kind: 'bad_response', retryable: true, billed: 'unknown' },
  answer: { code: 'upstream_error', status: 502, retry: false },
} as const;

/** No picture, and nothing says that it was free. */
export const NO_IMAGE_UNKNOWN_PRICE = {
  error: { kind: 'no_image', retryable: true, billed: 'unknown' },
  answer: { code: 'no_image_returned', status: 502, retry: false },
} as const;

export const NO_IMAGE_FREE = {
  error: { kind: 'no_image', retryable: true, billed: false },
  answer: { code: 'no_image_returned', status: 502, retry: true },
} as const;

/** A refusal that asking again can't change. */
export function moderatedAt(
  stage: 'prompt' | 'input' | 'output' | 'unknown',
): Pick<ErrorRow, 'error' | 'answer'> {
  return {
    error: { kind: 'moderated', stage, retryable: false, billed: false },
    answer: { code: 'content_policy_violation', status: 400, retry: false },
  };
}
