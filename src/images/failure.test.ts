import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../errors.js';
import { ProviderError, type ProviderErrorInfo, type ProviderErrorKind } from '../providers/provider.js';
import { toAppError } from './failure.js';

function failure(changes: Partial<ProviderErrorInfo> & { readonly kind: ProviderErrorKind }): ProviderError {
  return new ProviderError({ retryable: false, billed: false, message: 'What happened.', ...changes });
}

describe('toAppError', () => {
  it.each([
    ['moderated', 'content_policy_violation', 400],
    ['no_image', 'no_image_returned', 502],
    ['invalid_request', 'invalid_request', 400],
    ['authentication', 'upstream_error', 502],
    ['bad_response', 'upstream_error', 502],
    ['out_of_credit', 'upstream_unavailable', 503],
    ['overloaded', 'upstream_unavailable', 503],
    ['cancelled', 'upstream_unavailable', 503],
    ['rate_limited', 'rate_limit_exceeded', 429],
    ['timeout', 'upstream_timeout', 504],
    ['connection', 'upstream_unavailable', 503],
  ] as const)('answers %s as %s with status %i', (kind, code, status) => {
    const error = toAppError(failure({ kind }));
    expect(error.code).toBe(code);
    expect(error.status).toBe(status);
    expect(ERROR_CODES[error.code].status).toBe(status);
  });

  it('lets clients ask again only where nothing can be bought twice', () => {
    for (const kind of [
      'overloaded',
      'rate_limited',
      'no_image',
      'bad_response',
      'connection',
      'timeout',
    ] as const) {
      expect(toAppError(failure({ kind, retryable: true, billed: false })).retry).toBe(true);
      expect(toAppError(failure({ kind, retryable: true, billed: 'unknown' })).retry).toBe(false);
      expect(toAppError(failure({ kind, retryable: true, billed: true })).retry).toBe(false);
      expect(toAppError(failure({ kind, retryable: false, billed: false })).retry).toBe(false);
    }
  });

  it('says of a connection that broke after the call was sent that the outcome is unknown', () => {
    const error = toAppError(failure({ kind: 'connection', billed: 'unknown', retryable: true }));
    expect(error.code).toBe('outcome_unknown');
    expect(error.message).toContain('Nothing was charged');
    expect(error.facts.billed).toBeUndefined();
    expect(error.retry).toBe(false);
  });

  it('tells the stage, whether it was billed, and the provider’s reason of a refusal', () => {
    const error = toAppError(
      failure({
        kind: 'moderated',
        stage: 'output',
        billed: true,
        message: 'The provider refused the picture.',
        upstream: {
          status: 400,
          code: 'moderation_blocked',
          message: 'Your request was rejected.',
          requestId: 'r',
        },
      }),
    );
    expect(error.message).toBe('The provider refused the picture.');
    expect(error.facts).toStrictEqual({
      stage: 'output',
      billed: true,
      provider_reason: 'Your request was rejected.',
    });
  });

  it('passes the provider’s hint on when to ask again, 0 included', () => {
    expect(toAppError(failure({ kind: 'rate_limited', retryAfterMs: 1500 })).retryAfterMs).toBe(1500);
    expect(toAppError(failure({ kind: 'rate_limited', retryAfterMs: 0 })).retryAfterMs).toBe(0);
    expect(toAppError(failure({ kind: 'rate_limited' })).retryAfterMs).toBeUndefined();
  });

  it('keeps the provider’s words about the operator’s key from the caller', () => {
    const error = toAppError(
      failure({
        kind: 'authentication',
        message: 'Incorrect API key provided: sk-secret.',
        upstream: { status: 401, message: 'Incorrect API key provided: sk-secret.' },
      }),
    );
    expect(error.message).toContain('operator');
    expect(JSON.stringify([error.message, error.facts])).not.toContain('sk-secret');
  });

  it('keeps the failure itself for the log', () => {
    const cause = failure({ kind: 'timeout' });
    expect(toAppError(cause).cause).toBe(cause);
  });
});
