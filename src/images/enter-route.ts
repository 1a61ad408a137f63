import { ProviderError } from '../providers/provider.js';
import type { Block, Pass } from '../routing/routes.js';
import { LOST, type AcceptedTask, type CallTarget, type DispatchWorld } from './attempt.js';
import type { Candidate } from './plan-types.js';

/** Longer timers than this fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const MESSAGES: Readonly<Record<Block['reason'], (what: string) => string>> = {
  paused: (what) => `${what} is not called for a while, since too many of its calls failed.`,
  busy: (what) => `${what} had no free place in time.`,
  authentication: (what) => `Every key for ${what} was refused.`,
  out_of_credit: (what) => `Every key for ${what} is out of credit.`,
};

/**
 * Waits for leave to call a route. Tasks that run already are looked after whatever state their route is in, with the key
 * that they belong to.
 * @param remainingMs how long to wait at most
 */
export async function enterRoute(
  { route }: CallTarget,
  task: AcceptedTask | typeof LOST | undefined,
  { routes, shutdown, steady }: DispatchWorld,
  remainingMs: number,
): Promise<Pass | Block> {
  if (route === undefined || task !== undefined) {
    const keyId = task === LOST ? undefined : task?.keyId;
    const key = route?.keys.find(({ id }) => id === keyId) ?? route?.keys[0];
    return { key, end: () => {} };
  }
  const tooLong = AbortSignal.timeout(Math.max(1, Math.min(remainingMs, MAX_TIMER_MS)));
  try {
    return await routes.enter(route, AbortSignal.any([shutdown, tooLong]));
  } catch (error) {
    if (!tooLong.aborted && !shutdown.aborted) throw error;
    return { reason: 'busy', untilMs: steady().getTime() };
  }
}

/** A route that takes no call now, as a failure that cost nothing. */
export function blocked({ model, route }: Candidate, { reason, untilMs }: Block, now: Date): ProviderError {
  const retryAfterMs = untilMs - now.getTime();
  return new ProviderError({
    kind: reason === 'paused' || reason === 'busy' ? 'overloaded' : reason,
    retryable: reason === 'paused' || reason === 'busy',
    billed: false,
    message: MESSAGES[reason](`${model.entry.slug} on ${route.operator}`),
    ...(retryAfterMs > 0 ? { retryAfterMs } : {}),
  });
}
