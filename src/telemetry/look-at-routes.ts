import type { Catalogue } from '../catalogue/catalogue.js';
import type { Endpoints } from '../images/endpoints.js';
import type { Routes } from '../routing/routes.js';
import type { RouteLook } from './gauges.js';

/** The live routes that can be called. */
export function lookAtRoutes(
  catalogue: Catalogue,
  endpoints: Endpoints,
  routes: Routes,
): readonly RouteLook[] {
  const servers = catalogue.models.flatMap((model) => [model, ...(model.elsewhere ?? [])]);
  const looks = new Map<string, RouteLook>();
  for (const model of servers) {
    for (const route of model.entry.routes) {
      const ref = endpoints.findRoute(model, route);
      if (ref === undefined) continue;
      const { state, keys } = routes.describe(ref);
      looks.set(route.id, { id: route.id, state, keys });
    }
  }
  return [...looks.values()];
}
