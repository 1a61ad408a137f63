/** Of several own servers that serve a model alike, the one with the fewest waiting calls comes first. */
import type { Mode } from '../db/schema.js';
import type { ProviderIo } from '../providers/provider.js';
import { NO_INPUTS } from '../providers/shared/outgoing-body.js';
import type { Plan } from './plan-types.js';
import type { EndpointSource } from './run-generation.js';
import type { Transport } from './transport.js';

/** A server that does not tell within this time counts as the busiest. */
const LIMIT_MS = 1000;

/** How to reach the endpoints. */
export interface QueueWorld {
  readonly endpoints: Pick<EndpointSource, 'open'>;
  readonly transport: Pick<Transport, 'send'>;
}

/**
 * The plan with its first own servers in the order of their queues. Only candidates of the same model, protocol and price change
 * places, so that what is quoted and held stays true; the order of the configuration decides between equals.
 */
export async function orderByQueue(
  plan: Plan,
  mode: Mode,
  { endpoints, transport }: QueueWorld,
): Promise<Plan> {
  const [first] = plan.candidates;
  const count = first.model.provider.adapter?.countWaiting;
  const others = plan.candidates.findIndex(
    (candidate) =>
      candidate.depth !== first.depth ||
      candidate.model.provider !== first.model.provider ||
      candidate.pricePerImage !== first.pricePerImage,
  );
  const alike = plan.candidates.slice(0, others === -1 ? undefined : others);
  if (count === undefined || alike.length < 2) return plan;
  const signal = AbortSignal.timeout(LIMIT_MS);
  const counted = await Promise.all(
    alike.map(async (candidate) => {
      const { endpoint } = await endpoints.open(candidate, mode);
      const send = (call: Parameters<ProviderIo['send']>[0]) =>
        transport.send(endpoint, call, 'queue', signal, NO_INPUTS);
      // One that can't be asked is the last to be called, and tells its caller why.
      const waiting = await count({ endpoint, signal, send }).catch(() => Infinity);
      return { candidate, waiting };
    }),
  );
  const sorted = counted.sort((a, b) => (a.waiting === b.waiting ? 0 : a.waiting - b.waiting));
  const [best = first, ...rest] = sorted.map(({ candidate }) => candidate);
  return { ...plan, candidates: [best, ...rest, ...plan.candidates.slice(alike.length)] };
}
