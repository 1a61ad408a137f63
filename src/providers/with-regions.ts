import type { RegionConfig } from '../config/region-schema.js';
import type { RouteSpec } from './model.js';
import type { EndpointResolution, Provider } from './provider.js';
import { resolveBySettings } from './settings.js';

/** Providers that are one address and one key, so that they can be had in several places. */
export const REGIONAL_PROVIDERS: readonly string[] = ['openai', 'google', 'xai', 'bfl'];

/**
 * A provider whose models also run in further places: each is a route of its own behind the provider's own ones, with an
 * address, a country and keys of its own.
 */
export function withRegions(provider: Provider, regions: readonly RegionConfig[]): Provider {
  const own = regions.filter((region) => region.provider === provider.id);
  if (own.length === 0) return provider;
  const find = (route: RouteSpec) => own.find(({ name }) => route.id.endsWith(`@${name}`));
  return {
    ...provider,
    models: provider.models.map((entry) => ({
      ...entry,
      routes: [
        ...entry.routes,
        ...own.flatMap(({ name, country }) =>
          // Where else the first route may compute says nothing about this one.
          entry.routes.map(({ id, upstream, operator, operatorCountry }) => ({
            id: `${id}@${name}`,
            upstream,
            operator,
            operatorCountry,
            country,
          })),
        ),
      ],
    })),
    resolveEndpoint: (route, settings): EndpointResolution => {
      const region = find(route);
      if (region !== undefined) {
        return { usable: true, endpoint: { baseUrl: region.url, apiKey: region.apiKey, extra: {} } };
      }
      return provider.resolveEndpoint?.(route, settings) ?? resolveBySettings(provider, settings);
    },
  };
}
