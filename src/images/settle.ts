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

/** Each delivered picture at its own price, never more than was quoted for it. */
export function priceImages(
  finished: readonly Finished[],
  dispatched: DispatchResult,
  candidate: Candidate,
): readonly NewImage[] {
  const { entry } = candidate;
  const tokenPrice = averageTokenPrice(dispatched, candidate);
  return finished.map(({ received, finished: image }) => {
    const query = {
      quality: candidate.calls[0]?.native.quality,
      size: candidate.nativeSize,
      promptChars: 0,
      inputs: candidate.inputs.length,
    };
    const price = tokenPrice ?? priceDelivered(entry, query, image.received) ?? candidate.pricePerImage;
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
