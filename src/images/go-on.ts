import { AppError } from '../errors.js';
import type { ProviderErrorInfo } from '../providers/provider.js';
import type { Candidate, GoOnRules } from './plan-types.js';

/** Failures of one place that say nothing about another place of the same model. */
const OF_THE_ROUTE: readonly ProviderErrorInfo['kind'][] = [
  'authentication',
  'out_of_credit',
  'model_unavailable',
  'rate_limited',
  'overloaded',
  'timeout',
  'connection',
  'bad_response',
];

/** Whether nobody knows what became of a call: it was sent, and no whole answer came. */
export function isUnknownOutcome({ kind, billed }: ProviderErrorInfo): boolean {
  if (billed !== 'unknown') return false;
  return kind === 'connection' || kind === 'timeout' || kind === 'overloaded' || kind === 'bad_response';
}

/** A call that this gateway did not send, since the rules of the workspace have changed. */
function isOwnRefusal({ kind, billed, cause }: ProviderErrorInfo): boolean {
  return kind === 'cancelled' && billed === false && cause instanceof AppError;
}

/**
 * Whether images that failed may be asked of another candidate: of the same model elsewhere, or of another model. The caller
 * pays for what is delivered only. What the operator may have to pay twice, and what a provider refused, goes on by the rules.
 */
export function mayGoOn(
  info: ProviderErrorInfo,
  from: Candidate,
  to: 'same-model' | 'other-model',
  rules: GoOnRules,
): boolean {
  const sameModel = to === 'same-model';
  if (isOwnRefusal(info)) return from.depth > 0;
  if (info.kind === 'cancelled') return false;
  if (info.kind === 'moderated') return rules.moderated && !sameModel;
  if (isUnknownOutcome(info)) return sameModel ? rules.repeatUnknown : rules.unknownOutcome;
  return sameModel ? info.billed === false && OF_THE_ROUTE.includes(info.kind) : true;
}
