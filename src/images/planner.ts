import type { Catalogue } from '../catalogue/catalogue.js';
import type { Margins } from '../credits/margin-store.js';
import type { Caller } from '../workspaces/workspace-store.js';
import type { Routes } from '../routing/routes.js';
import { orderRoutes, type RouteOrder } from './order-routes.js';
import { planImageRequest } from './plan.js';
import { policyOf } from './plan-policy.js';
import type { Plan } from './plan-types.js';
import type { ImageRequest } from './request.js';
import type { EndpointSource } from './run-generation.js';

/** What planning needs of the installation. */
export interface PlannerParts {
  readonly catalogue: Catalogue;
  readonly endpoints: EndpointSource;
  readonly margins: Margins;
  readonly routes: Routes;
  readonly routeOrder: RouteOrder;
}

/** Plans a caller's request as of the given time. @throws AppError see planImageRequest */
export async function planFor(
  request: ImageRequest,
  caller: Caller,
  now: Date,
  { catalogue, endpoints, margins, routes, routeOrder }: PlannerParts,
): Promise<Plan> {
  const margin = await margins.current();
  return planImageRequest(request, catalogue, policyOf(caller), {
    now,
    margin,
    routeState: (model, route, mode) => endpoints.routeState(model, route, mode),
    orderRoutes: (candidates) => orderRoutes(candidates, routeOrder, routes),
  });
}
