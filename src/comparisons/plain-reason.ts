import type { PublicError } from '../images/generation-result.js';

/** What went wrong, in words for somebody who looks at pictures and not at errors. */
const REASONS: Readonly<Record<string, string>> = {
  content_policy_violation: 'The provider’s content policy refused it.',
  prc_opt_in_required: 'It runs in the PRC, and this workspace has not opted in.',
  model_not_allowed: 'The rules of this workspace or its operator don’t allow this model.',
  model_not_found: 'There is no model of this name.',
  model_not_configured: 'The operator has not set up this model’s provider.',
  model_retired: 'The model was retired.',
  unsupported_size: 'The model can’t deliver this size.',
  prompt_too_long: 'The prompt is longer than the model takes.',
  no_image_returned: 'The provider answered without a picture.',
  upstream_error: 'The provider failed.',
  upstream_unavailable: 'The provider could not be reached.',
  upstream_timeout: 'The provider did not answer in time.',
  outcome_unknown: 'The connection broke after the request was sent.',
  rate_limit_exceeded: 'Too many requests at the provider.',
  invalid_api_key: 'The key was revoked before this began.',
  storage_unavailable: 'The storage of the gateway could not be used.',
  internal_error: 'The gateway failed.',
};

/** Where a refusal happened. */
const STAGES: Readonly<Record<string, string>> = {
  prompt: 'The provider’s content policy refused the prompt.',
  input: 'The provider’s content policy refused an input picture.',
  output: 'The provider’s content policy refused the result.',
};

/** A failure in plain words, without codes. */
export function plainReason(error: PublicError | undefined): string {
  if (error === undefined) return 'No picture came.';
  const { code, stage } = error;
  if (code === 'content_policy_violation' && typeof stage === 'string') {
    const staged = STAGES[stage];
    if (staged !== undefined) return staged;
  }
  // Messages are written for callers; what is quoted in them as code is not for a picture.
  return REASONS[code] ?? error.message.replaceAll('`', '');
}
