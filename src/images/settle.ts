import { addMargin } from '../credits/margin.js';
import type { Microcredits } from '../credits/microcredits.js';
import { priceDelivered, priceUsage } from '../credits/pricing.js';
import { createId } from '../ids.js';
import type { ReceivedImage } from './attempt.js';
import type { DispatchResult } from './dispatch.js';
import type { FinishedImage } from './finish.js';
import type { NewImage } from './generation.js';
import type { Candidate } from './plan-types.js';

/** A received picture and what became of it. */
export interface Finished {
  readonly received: ReceivedImage;
  readonly finished: FinishedImage;
}

/**
 * Each delivered picture at its own price, with the margin: its share of what the provider says that the call cost, or
 * else what the catalogue asks for the size that came; never more than was quoted for it.
 */
export function priceImages(
  finished: readonly Finished[],
  dispatched: DispatchResult,
  candidate: Candidate,
): readonly NewImage[] {
  const { entry, marginPercent } = candidate;
  const tokenPrice = averageTokenPrice(dispatched, candidate);
  const shares = shareCosts(finished, dispatched, candidate);
  return finished.map(({ received, finished: image }) => {
    const query = {
      quality: candidate.calls[0]?.native.quality,
      size: candidate.nativeSize,
      promptChars: 0,
      inputs: candidate.inputs.length,
    };
    const cost = tokenPrice ?? priceDelivered(entry, query, image.received);
    const listed = cost === undefined ? candidate.pricePerImage : addMargin(cost, marginPercent);
    const price = shares.get(received.position) ?? listed;
    return {
      id: createId('img'),
      position: received.position,
      finished: image,
      revisedPrompt: received.revisedPrompt,
      seed: received.seed,
      // It belongs to the provider's own bytes, not to what we made of them.
      continuationSha256: image.sha256 === received.stored.sha256 ? received.continuation?.sha256 : undefined,
      charged: Math.min(price, candidate.pricePerImage),
    };
  });
}

/** What each position's picture costs by the provider's own word; the shares of a call add up to its cost. */
function shareCosts(
  finished: readonly Finished[],
  dispatched: DispatchResult,
  { entry, marginPercent }: Candidate,
): ReadonlyMap<number, Microcredits> {
  if (entry.pricing.kind === 'per-image' && entry.pricing.fixed === true) return new Map();
  const delivered = new Set(finished.map(({ received }) => received.position));
  return new Map(
    dispatched.costs.flatMap(({ costMicrocredits, positions }) => {
      // Nobody is paid for a picture, whatever a provider says.
      if (!Number.isSafeInteger(costMicrocredits) || costMicrocredits < 0) return [];
      const total = addMargin(costMicrocredits, marginPercent);
      const sharers = positions.filter((position) => delivered.has(position));
      const upTo = (count: number) => Math.floor((total * count) / sharers.length);
      return sharers.map((position, index): [number, Microcredits] => [
        position,
        upTo(index + 1) - upTo(index),
      ]);
    }),
  );
}

function averageTokenPrice(dispatched: DispatchResult, candidate: Candidate): Microcredits | undefined {
  const { entry } = candidate;
  let total = 0;
  let images = 0;
  for (const { usage, images: count } of dispatched.usages) {
    const price = priceUsage(entry, usage);
    if (price === undefined) return undefined;
    total += price;
    images += count;
  }
  return images === 0 ? undefined : Math.ceil(total / images);
}
