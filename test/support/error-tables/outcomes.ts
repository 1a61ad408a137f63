import type { OutcomeName } from '../../../src/providers/shared/scripted-outcome.js';
import { NO_IMAGE_FREE, type ErrorTable, type PublicFacts } from './error-table.js';

const MODERATED = { code: 'content_policy_violation', status: 400, retry: false } as const;
const BUSY = { code: 'upstream_unavailable', status: 503, retry: true } as const;
const LIMITED = { code: 'rate_limit_exceeded', status: 429, retry: true } as const;
const BROKEN = { code: 'upstream_error', status: 502, retry: false } as const;

/** What each outcome comes to when it meets every attempt; tables of providers name their exceptions. */
export const OUTCOMES = {
  'moderated-prompt': MODERATED,
  'moderated-input': MODERATED,
  'moderated-output': MODERATED,
  'rate-limited': LIMITED,
  'rate-limited-no-hint': LIMITED,
  overloaded: BUSY,
  'server-error': BUSY,
  slow: 'delivered',
  drip: 'delivered',
  'cut-body': { code: 'outcome_unknown', status: 502, retry: false },
  'bad-base64': BROKEN,
  'wrong-size': 'delivered',
  'text-only': NO_IMAGE_FREE.answer,
  'no-image': NO_IMAGE_FREE.answer,
  // Means something to dialects that deliver by link.
  'expired-link': 'delivered',
  'bad-key': BROKEN,
  'out-of-credit': { code: 'upstream_unavailable', status: 503, retry: false },
} as const satisfies Record<Exclude<OutcomeName, 'stall'>, PublicFacts | 'delivered'>;

/** What an outcome comes to on a slug when it meets every attempt. */
export function outcomeOn(
  { exceptions }: Pick<ErrorTable, 'exceptions'>,
  slug: string,
  outcome: keyof typeof OUTCOMES,
): PublicFacts | 'delivered' {
  const exception = exceptions.find((one) => one.slug === slug && one.outcome === outcome);
  return exception?.answer ?? OUTCOMES[outcome];
}
