import type { Model } from '../api/models.js';
import { whereabouts } from './whereabouts.js';

/** What somebody can do about a model that is not available. */
export function remedyOf(reason: string, kind: 'live' | 'test'): string {
  if (reason.includes('PRC')) return 'An owner or admin of the workspace can opt in.';
  if (reason.includes('operator has to set') || reason.includes('operator'))
    return kind === 'live' ? 'In test mode you can try it without.' : 'Ask the operator.';
  if (reason.includes('limited to other models')) return 'An owner or admin can change the limits.';
  if (reason.includes('retired')) return 'Choose its successor.';
  return 'Choose another model.';
}

/** The cheapest and the dearest picture of a model, in credits. */
export function priceRange(model: Model): readonly [number, number] | undefined {
  const prices = model.pricing.credits.map(({ credits }) => credits);
  return prices.length === 0 ? undefined : [Math.min(...prices), Math.max(...prices)];
}

/** Who runs a model, and where. */
export function whereaboutsOf({ routes }: Pick<Model, 'routes'>): string {
  const [route] = routes;
  return route === undefined ? 'nowhere' : whereabouts(route);
}
