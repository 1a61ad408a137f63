/**
 * The one vocabulary of failures that a caller can meet. Every code stands in `docs/errors.md` with the same status
 * (a test compares the two), and one place (`http/error-envelope.ts`) turns an AppError into an answer.
 */

/** HTTP status of each public code, whether sending the same request again can help, and what it means. */
export const ERROR_CODES = {
  invalid_request: {
    status: 400,
    retry: false,
    meaning: 'A field is missing, has a wrong type or is out of range; `param` names it.',
  },
  invalid_json: {
    status: 400,
    retry: false,
    meaning: 'The body is not JSON.',
  },
  unknown_parameter: {
    status: 400,
    retry: false,
    meaning: 'A field that does not exist; `nearest` names the most similar one.',
  },
  unsupported_parameter: {
    status: 400,
    retry: false,
    meaning: 'A field that the model (under `adapt: "strict"`) or this version can not honour.',
  },
  unsupported_size: {
    status: 400,
    retry: false,
    meaning: 'The size can not be delivered; `allowed`, `rule` and `nearest` say what can.',
  },
  prompt_too_long: {
    status: 400,
    retry: false,
    meaning: 'The prompt is longer than the model takes; it is never cut.',
  },
  invalid_image: {
    status: 400,
    retry: false,
    meaning: 'An input picture is broken, too large or of a type that is not taken.',
  },
  invalid_image_url: {
    status: 400,
    retry: false,
    meaning: 'An input address can not be fetched or is not public.',
  },
  invalid_file: {
    status: 400,
    retry: false,
    meaning: 'An uploaded file is not a picture.',
  },
  mask_not_supported: {
    status: 400,
    retry: false,
    meaning: 'The model takes no mask.',
  },
  edit_not_supported: {
    status: 400,
    retry: false,
    meaning: 'The model can not edit pictures.',
  },
  model_not_configured: {
    status: 400,
    retry: false,
    meaning: 'The model exists, but the operator has not set up its provider.',
  },
  content_policy_violation: {
    status: 400,
    retry: false,
    meaning: 'The provider refused the prompt, an input or the result; `stage` says which.',
  },
  invalid_api_key: {
    status: 401,
    retry: false,
    meaning: 'The key is missing, unknown or revoked.',
  },
  insufficient_credits: {
    status: 402,
    retry: false,
    meaning:
      'Fewer credits are available than the request can cost; `required` and `available` say how many.',
  },
  budget_exceeded: {
    status: 402,
    retry: false,
    meaning: 'A spending limit of the key or workspace is reached.',
  },
  permission_denied: {
    status: 403,
    retry: false,
    meaning: 'The role of the key does not allow this.',
  },
  prc_opt_in_required: {
    status: 403,
    retry: false,
    meaning: 'The model runs with a PRC operator or in the PRC, and the workspace has not opted in.',
  },
  model_not_allowed: {
    status: 403,
    retry: false,
    meaning: 'The key or the operator does not allow this model.',
  },
  invalid_signature: {
    status: 403,
    retry: false,
    meaning: 'The link is not one of ours, or was changed.',
  },
  not_found: {
    status: 404,
    retry: false,
    meaning: 'There is nothing at this path, or not for this key.',
  },
  model_not_found: {
    status: 404,
    retry: false,
    meaning: 'There is no model of this name; `nearest` names the most similar one.',
  },
  file_not_found: {
    status: 404,
    retry: false,
    meaning: 'There is no file of this id.',
  },
  method_not_allowed: {
    status: 405,
    retry: false,
    meaning: 'The path exists, but not for this method; see the header `allow`.',
  },
  conflict: {
    status: 409,
    retry: false,
    meaning: 'The state of the thing does not allow this now.',
  },
  link_expired: {
    status: 410,
    retry: false,
    meaning: 'The link has had its time.',
  },
  image_expired: {
    status: 410,
    retry: false,
    meaning: 'The picture has had its time and was removed.',
  },
  file_lost: {
    status: 410,
    retry: false,
    meaning:
      'The bytes of the file were lost or damaged in the operator’s storage; uploading them again helps.',
  },
  model_retired: {
    status: 410,
    retry: false,
    meaning: 'The model was retired and the workspace does not forward to successors.',
  },
  payload_too_large: {
    status: 413,
    retry: false,
    meaning: 'The body is larger than the gateway takes.',
  },
  storage_quota_exceeded: {
    status: 413,
    retry: false,
    meaning: 'The storage of the workspace is full.',
  },
  unsupported_media_type: {
    status: 415,
    retry: false,
    meaning: 'The content type is not taken here.',
  },
  idempotency_conflict: {
    status: 422,
    retry: false,
    meaning: 'The same idempotency key came with another body.',
  },
  rate_limit_exceeded: {
    status: 429,
    retry: true,
    meaning: 'Too many requests, here or at the provider; `retry-after` says when.',
  },
  internal_error: {
    status: 500,
    retry: false,
    meaning: 'A failure of the gateway itself; nothing was charged.',
  },
  no_image_returned: {
    status: 502,
    retry: true,
    meaning: 'The provider answered without a picture.',
  },
  upstream_error: {
    status: 502,
    retry: true,
    meaning: 'The provider failed, or its answer could not be used.',
  },
  outcome_unknown: {
    status: 502,
    retry: false,
    meaning: 'The connection broke after the request was sent; it is not repeated by itself.',
  },
  upstream_unavailable: {
    status: 503,
    retry: true,
    meaning: 'The provider can not be reached, is overloaded, or the operator’s account there is empty.',
  },
  storage_unavailable: {
    status: 503,
    retry: true,
    meaning:
      'The gateway can not use its own database or storage; `x-should-retry` is false where what was asked may have been done.',
  },
  queue_full: {
    status: 503,
    retry: true,
    meaning: 'Too many images are waiting.',
  },
  overloaded: {
    status: 503,
    retry: true,
    meaning:
      'This process has no room for the request now; nothing was done, and `retry-after` says when to try again.',
  },
  upstream_timeout: {
    status: 504,
    retry: false,
    meaning: 'The provider did not answer in time.',
  },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The `type` of the error envelope, derived from the status as OpenAI's clients expect. */
export function errorType(status: number): string {
  if (status === 402) return 'billing_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'api_error' : 'invalid_request_error';
}

/** Further public facts of an error; they stand inside `error` of the envelope, so names are wire names. */
export interface ErrorFacts {
  readonly allowed?: readonly (string | number | boolean)[];
  readonly nearest?: string | number;
  readonly rule?: string;
  readonly stage?: 'prompt' | 'input' | 'output' | 'unknown';
  readonly billed?: boolean;
  readonly attempts?: readonly unknown[];
  readonly provider_reason?: string;
  readonly required?: number;
  readonly available?: number;
  /** The limit that was met, whose it is, and how much of it is used. */
  readonly limit?: {
    readonly name: string;
    readonly value: number | readonly string[];
    readonly scope: 'key' | 'workspace';
    readonly used?: number;
  };
}

interface AppErrorOptions {
  /** Public sentence: what is wrong and what would be right. Reaches the client as it is. */
  readonly message: string;
  /** Dotted name of the offending field, as the caller wrote it. */
  readonly param?: string;
  readonly facts?: ErrorFacts;
  /** Overrides the code's default; `false` on everything billed, permanent or of unknown outcome. */
  readonly retry?: boolean;
  /** When a retry makes sense, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Extra answer headers, e.g. `allow`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Kept for the log, never sent. */
  readonly cause?: unknown;
}

/** An expected failure with a public code. Thrown anywhere below HTTP, answered by the error envelope. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly param: string | undefined;
  readonly facts: ErrorFacts;
  readonly retry: boolean;
  readonly retryAfterMs: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, options: AppErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = ERROR_CODES[code].status;
    this.param = options.param;
    this.facts = options.facts ?? {};
    this.retry = options.retry ?? ERROR_CODES[code].retry;
    this.retryAfterMs = options.retryAfterMs;
    this.headers = options.headers ?? {};
  }
}

/** Marks a state that the types rule out; becomes a 500 without detail. */
export function assertNever(value: never): never {
  throw new Error(`impossible value: ${JSON.stringify(value)}`);
}

/** Fails loudly when something that the code relies on does not hold; becomes a 500 without detail. */
export function invariant(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${what}`);
}
