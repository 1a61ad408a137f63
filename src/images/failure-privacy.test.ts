import { expect, it } from 'vitest';
import { ProviderError } from '../providers/provider.js';
import { toAppError } from './failure.js';

it('keeps the provider’s words about the operator’s account from the caller', () => {
  const message = 'You exceeded your current quota (organization org-secret), check your billing details.';
  const error = toAppError(
    new ProviderError({
      kind: 'out_of_credit',
      retryable: false,
      billed: false,
      message,
      upstream: { status: 429, code: 'insufficient_quota', message },
    }),
  );
  expect(error.message).toBe("The operator's account at the provider is out of credit.");
  expect(JSON.stringify(error.facts)).not.toContain('org-secret');
});
