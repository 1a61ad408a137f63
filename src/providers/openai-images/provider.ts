import { randomInt } from 'node:crypto';
import type { Provider } from '../provider.js';
import { createOpenAiImagesRun } from './adapter.js';
import { DIALECT_NAMES, DIALECT_SETTING, isDialectName, MODEL_SETTING } from './dialects.js';
import type { DialectName } from './dialects.js';
import { createOpenAiImagesEmulator } from './emulator.js';
import { ownEndpointAddress, resolveOpenAiImagesEndpoint, trustsServerOrigin } from './endpoint.js';
import { describeFlux } from './models.js';
import { openAiImagesOptions } from './options.js';
import { describeOwnEndpoint } from './own-endpoint.js';
import type { OwnEndpoint } from './own-endpoint.js';
import { translateToOpenAiImages } from './translate.js';

const ID = 'openai-images';

/**
 * An operator's own servers that speak the OpenAI images protocol: those of the list, in its order, and that of
 * FLUX_BASE_URL.
 * @param settings the providers' settings that are set, by variable name
 */
export function createOpenAiImagesProvider(
  endpoints: readonly OwnEndpoint[],
  settings: Readonly<Record<string, string>>,
): Provider {
  const flux = describeFlux(dialectAt(settings[DIALECT_SETTING]));
  const taken = new Set(flux.routes.map(({ id }) => id));
  const listed = endpoints.map((endpoint) => {
    const routeId = freeRouteId(endpoint.slug, taken);
    taken.add(routeId);
    return { endpoint, routeId, entry: describeOwnEndpoint(endpoint, routeId) };
  });
  const byRoute = new Map(listed.map(({ routeId, endpoint }) => [routeId, endpoint]));
  return {
    id: ID,
    models: [...listed.map(({ entry }) => entry), flux],
    adapter: {
      translate: translateToOpenAiImages,
      run: createOpenAiImagesRun(() => randomInt(2 ** 31)),
    },
    optionsSchema: openAiImagesOptions,
    createEmulator: createOpenAiImagesEmulator,
    basePath: '/v1',
    settings: SETTINGS,
    resolveEndpoint: (route, values) => {
      const endpoint = byRoute.get(route.id);
      return endpoint === undefined
        ? resolveOpenAiImagesEndpoint(route, values)
        : { usable: true, endpoint: ownEndpointAddress(endpoint) };
    },
    trustsOrigin: trustsServerOrigin,
    verified: 'protocol notes of 2026-11-22 and emulator; never called live',
  };
}

/** A second server of the same model gets a number. */
function freeRouteId(slug: string, taken: ReadonlySet<string>): string {
  const first = `${ID}/${slug}`;
  let id = first;
  for (let number = 2; taken.has(id); number += 1) id = `${first}/${number}`;
  return id;
}

/** A wrong name is told where the endpoint is resolved. */
function dialectAt(name: string | undefined): DialectName {
  return name !== undefined && isDialectName(name) ? name : 'sd-server';
}

const SETTINGS: Provider['settings'] = {
  apiKey: {
    env: 'FLUX_API_KEY',
    description: 'Key of the self-hosted FLUX server, if it asks for one.',
    secret: true,
  },
  baseUrl: {
    env: 'FLUX_BASE_URL',
    description: 'Root of the self-hosted FLUX server, with or without /v1.',
    secret: false,
  },
  extra: [
    {
      env: 'FLUX_PROTOCOL',
      description: 'What the server at FLUX_BASE_URL speaks: openai-images.',
      secret: false,
      default: 'openai-images',
    },
    {
      env: DIALECT_SETTING,
      description: `Which server it is: ${DIALECT_NAMES.join(', ')}.`,
      secret: false,
      default: 'sd-server',
    },
    {
      env: MODEL_SETTING,
      description: 'What the server calls the model.',
      secret: false,
      default: 'flux-1',
    },
  ],
};
