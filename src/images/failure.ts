import { AppError, assertNever, type ErrorCode } from '../errors.js';
import type { ProviderError, ProviderErrorInfo } from '../providers/provider.js';

/**
 * A provider's failure in the gateway's own vocabulary. Clients may ask again only where that can't buy a second
 * picture: never after a billed or unknown outcome.
 */
export function toAppError(error: ProviderError): AppError {
  // A call that this gateway itself refused to send, or whose picture it could not keep.
  if (error.cause instanceof AppError) return error.cause;
  const { info } = error;
  const code = codeOf(info);
  return new AppError(code, {
    message: messageOf(info, code),
    retry: info.retryable && info.billed === false,
    ...(info.retryAfterMs === undefined ? {} : { retryAfterMs: info.retryAfterMs }),
    facts: {
      ...(info.stage === undefined ? {} : { stage: info.stage }),
      ...(info.billed === 'unknown' ? {} : { billed: info.billed }),
      ...(info.upstream?.message === undefined || OPERATORS_BUSINESS.includes(info.kind)
        ? {}
        : { provider_reason: info.upstream.message }),
    },
    cause: error,
  });
}

/** Failures between the operator and the provider: the provider's words about keys and accounts are not for callers. */
const OPERATORS_BUSINESS: readonly ProviderErrorInfo['kind'][] = ['authentication', 'out_of_credit'];

function codeOf(info: ProviderErrorInfo): ErrorCode {
  switch (info.kind) {
    case 'moderated':
      return 'content_policy_violation';
    case 'no_image':
      return 'no_image_returned';
    case 'invalid_request':
      return 'invalid_request';
    case 'authentication':
    case 'bad_response':
    case 'model_unavailable':
      return 'upstream_error';
    case 'out_of_credit':
    case 'overloaded':
    case 'cancelled':
      return 'upstream_unavailable';
    case 'rate_limited':
      return 'rate_limit_exceeded';
    case 'timeout':
      return 'upstream_timeout';
    case 'connection':
      return info.billed === 'unknown' ? 'outcome_unknown' : 'upstream_unavailable';
    default:
      return assertNever(info.kind);
  }
}

/** What an operator has to mend is said without the provider's words about keys and accounts. */
function messageOf(info: ProviderErrorInfo, code: ErrorCode): string {
  switch (info.kind) {
    case 'authentication':
      return "The provider refused this gateway's credentials. The operator has to check the provider key.";
    case 'out_of_credit':
      return "The operator's account at the provider is out of credit.";
    case 'connection':
      return code === 'outcome_unknown'
        ? 'The connection to the provider broke after the request was sent. Nothing was charged; whether the provider made a picture is unknown.'
        : info.message;
    default:
      return info.message;
  }
}
