import type { Routes } from '../routing/routes.js';
import type { Candidate } from './plan-types.js';

/** What decides in which order the routes of one model are tried. */
export const ROUTE_ORDERS = ['listed', 'health', 'price', 'latency'] as const;
export type RouteOrder = (typeof ROUTE_ORDERS)[number];

/** The routes of one model in the order in which they are tried; equals stay as the catalogue lists them. */
export function orderRoutes(
  candidates: readonly Candidate[],
  order: RouteOrder,
  routes: Pick<Routes, 'compare'>,
): readonly Candidate[] {
  switch (order) {
    case 'listed':
      return candidates;
    case 'price':
      return [...candidates].sort((a, b) => a.pricePerImage - b.pricePerImage);
    case 'health':
    case 'latency':
      return [...candidates].sort((a, b) => routes.compare(a.route.id, b.route.id, order));
  }
}
