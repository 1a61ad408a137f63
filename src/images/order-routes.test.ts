import { describe, expect, it } from 'vitest';
import { createImageRequest } from '../../test/factories/image-request.js';
import { createModelEntry } from '../../test/factories/model-entry.js';
import { createProvider } from '../../test/factories/provider.js';
import { Catalogue } from '../catalogue/catalogue.js';
import { orderRoutes, type RouteOrder } from './order-routes.js';
import { planImageRequest } from './plan.js';

const IDS = ['acme/one', 'acme/two', 'acme/three'];

/** Plans with the routes of one model, of which the later ones are cheaper, healthier and faster. */
function order(by: RouteOrder): readonly string[] {
  const routes = IDS.map((id) => ({
    id,
    upstream: { generate: 'painter-1' },
    operator: 'Acme',
    operatorCountry: 'US',
    country: 'US',
  }));
  const entry = createModelEntry({ routes });
  const plan = planImageRequest(
    createImageRequest({ model: entry.slug }),
    new Catalogue([createProvider([entry])]),
    { mode: 'live', prcOptIn: false, retiredModels: 'forward' },
    {
      now: new Date('2026-11-22T12:00:00Z'),
      routeState: () => ({ usable: true, extra: {} }),
      orderRoutes: (candidates) =>
        orderRoutes(
          candidates.map((candidate, index) => ({ ...candidate, pricePerImage: 30 - index })),
          by,
          { compare: (a, b) => IDS.indexOf(b) - IDS.indexOf(a) },
        ),
    },
  );
  return plan.candidates.map(({ route }) => route.id);
}

describe('the order of a model’s routes', () => {
  it.each([
    ['listed', IDS] as const,
    ['price', IDS.toReversed()] as const,
    ['health', IDS.toReversed()] as const,
    ['latency', IDS.toReversed()] as const,
  ])('by %s is what a plan tries', (by, expected) => {
    expect(order(by)).toEqual(expected);
  });
});
