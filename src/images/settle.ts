import { addMargin } from '../credits/margin.js';
import type { Microcredits } from '../credits/microcredits.js';
import { priceDelivered, priceUsage } from '../credits/pricing.js';
import { createId } from '../ids.js';
import type { Served } from './dispatch-result.js';
import type { NewImage } from './generation.js';

/**
 * The pictures of a generation with their prices, in their order. Together they never cost more than what is held, whatever
 * candidates they came from.
 */
export function priceAll(served: readonly Served[], held: Microcredits): readonly NewImage[] {
  let left = held;
  return served
    .flatMap(priceImages)
    .sort((a, b) => a.position - b.position)
    .map((image) => {
      const charged = Math.min(image.charged, left);
      left -= charged;
      return { ...image, charged };
    });
}

/**
 * Each delivered picture at its own price, with the margin: its share of what the provider says that the call cost, or
 * else what the catalogue asks for the size that came; never more than was quoted for it.
 */
export function priceImages(served: Served): readonly NewImage[] {
  const { candidate, finished } = served;
  const { entry, marginPercent } = candidate;
  const tokenPrice = averageTokenPrice(served);
  const shares = shareCosts(served);
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
function shareCosts({ candidate, finished, costs }: Served): ReadonlyMap<number, Microcredits> {
  const { entry, marginPercent } = candidate;
  if (entry.pricing.kind === 'per-image' && entry.pricing.fixed === true) return new Map();
  const delivered = new Set(finished.map(({ received }) => received.position));
  return new Map(
    costs.flatMap(({ costMicrocredits, positions }) => {
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

function averageTokenPrice({ candidate, usages }: Served): Microcredits | undefined {
  let total = 0;
  let images = 0;
  for (const { usage, images: count } of usages) {
    const price = priceUsage(candidate.entry, usage);
    if (price === undefined) return undefined;
    total += price;
    images += count;
  }
  return images === 0 ? undefined : Math.ceil(total / images);
}
