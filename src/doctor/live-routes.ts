/** The routes that live keys can run on, each with the cheapest request that it takes. */
import { Catalogue } from '../catalogue/catalogue.js';
import { listedSizes, formatSize } from '../catalogue/size-rules.js';
import type { Microcredits } from '../credits/microcredits.js';
import { AppError } from '../errors.js';
import type { Endpoints } from '../images/endpoints.js';
import { planImageRequest } from '../images/plan.js';
import type { Candidate } from '../images/plan-types.js';
import { generationBodySchema } from '../images/request-body.js';
import { normaliseGenerationBody, type ImageRequest } from '../images/request.js';
import type { Provider } from '../providers/provider.js';

/** Plain, harmless, and the same every time. */
const PROMPT = 'a flat icon of a paper boat on a white ground';

/** What would be run on one route. */
export interface LiveRoute {
  /** Such as `xai/grok-imagine-image`. */
  readonly id: string;
  readonly model: string;
  readonly request: ImageRequest;
  readonly candidate: Candidate;
  /** The most that the provider takes for it. */
  readonly cost: Microcredits;
}

/** A route that can be called and takes no request that this knows of. */
export interface UnplannedRoute {
  readonly id: string;
  readonly reason: string;
}

/**
 * Plans one picture on every route that the settings open, by the price of the provider: without a margin. Models that run in
 * this process cost nothing and can't drift; they are left out.
 */
export function planLiveRoutes(
  providers: readonly Provider[],
  endpoints: Endpoints,
  now: Date,
): { readonly planned: readonly LiveRoute[]; readonly unplanned: readonly UnplannedRoute[] } {
  const catalogue = new Catalogue(providers);
  const planned: LiveRoute[] = [];
  const unplanned: UnplannedRoute[] = [];
  for (const model of catalogue.models.flatMap((one) => [one, ...(one.elsewhere ?? [])])) {
    if (model.provider.createEmulator === undefined) continue;
    for (const route of model.entry.routes) {
      if (route.upstream.generate === undefined) continue;
      if (!endpoints.routeState(model, route, 'live').usable) continue;
      const found = planCheapest(model.entry.slug, route.id, catalogue, endpoints, now);
      if (typeof found === 'string') unplanned.push({ id: route.id, reason: found });
      else planned.push(found);
    }
  }
  return { planned, unplanned };
}

/** @returns the reason where nothing can be planned */
function planCheapest(
  slug: string,
  routeId: string,
  catalogue: Catalogue,
  endpoints: Endpoints,
  now: Date,
): LiveRoute | string {
  const { params } = catalogue.get(slug).entry;
  // A named one first: what the model chooses by itself can't differ from what was asked.
  const sizes = [...listedSizes(params.size).map(formatSize), undefined];
  const qualities = [undefined, ...(params.quality ?? [])];
  let cheapest: LiveRoute | undefined;
  let reason = 'its model takes none of the sizes that it lists';
  for (const size of sizes) {
    for (const quality of qualities) {
      const body = generationBodySchema.parse({
        model: slug,
        prompt: PROMPT,
        n: 1,
        fallback: false,
        ...(size === undefined ? {} : { size }),
        ...(quality === undefined ? {} : { quality }),
      });
      try {
        const { request } = normaliseGenerationBody(body);
        const plan = planImageRequest(
          request,
          catalogue,
          // The operator asks, not a workspace: every route that is set up is meant.
          { mode: 'live', prcOptIn: true, retiredModels: 'refuse' },
          {
            now,
            routeState: (model, route, mode) =>
              route.id === routeId
                ? endpoints.routeState(model, route, mode)
                : { usable: false, reason: 'another route is looked at' },
          },
        );
        const [candidate] = plan.candidates;
        if (candidate.route.id !== routeId) continue;
        if (cheapest !== undefined && cheapest.cost <= candidate.pricePerImage) continue;
        cheapest = { id: routeId, model: slug, request, candidate, cost: candidate.pricePerImage };
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        reason = error.message;
      }
    }
  }
  return cheapest ?? reason;
}
