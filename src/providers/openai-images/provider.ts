import { randomInt } from 'node:crypto';
import type { Provider } from '../provider.js';
import { DIALECT_SETTING, FLUX_SETTINGS, fluxProtocolOf, nameRoutes } from '../shared/own-server.js';
import { createOpenAiImagesRun } from './adapter.js';
import { isDialectName } from './dialects.js';
import type { DialectName } from './dialects.js';
import { createOpenAiImagesEmulator } from './emulator.js';
import { ownEndpointAddress, resolveFluxEndpoint, trustsServerOrigin } from './endpoint.js';
import { describeFlux, describeOwnEndpoint } from './models.js';
import { openAiImagesOptions } from './options.js';
import type { OwnEndpoint } from './own-endpoint.js';
import { listProbedEndpoints, probeEndpoint } from './probe.js';
import { translateToOpenAiImages } from './translate.js';

const ID = 'openai-images';

/**
 * An operator's own servers that speak the OpenAI images protocol: those of the list, in its order, and that of
 * FLUX_BASE_URL unless it speaks another one.
 * @param settings the providers' settings that are set, by variable name
 */
export function createOpenAiImagesProvider(
  endpoints: readonly OwnEndpoint[],
  settings: Readonly<Record<string, string>>,
): Provider {
  const flux = fluxProtocolOf(settings) === ID ? [describeFlux(dialectAt(settings[DIALECT_SETTING]))] : [];
  const taken = flux.flatMap(({ routes }) => routes.map(({ id }) => id));
  const listed = nameRoutes(ID, endpoints, taken);
  const byRoute = new Map(listed.map(({ routeId, server }) => [routeId, server]));
  return {
    id: ID,
    models: [...listed.map(({ server, routeId }) => describeOwnEndpoint(server, routeId)), ...flux],
    adapter: {
      translate: translateToOpenAiImages,
      run: createOpenAiImagesRun(() => randomInt(2 ** 31)),
    },
    optionsSchema: openAiImagesOptions,
    createEmulator: createOpenAiImagesEmulator,
    basePath: '/v1',
    settings: FLUX_SETTINGS,
    resolveEndpoint: (route, values) => {
      const endpoint = byRoute.get(route.id);
      return endpoint === undefined
        ? resolveFluxEndpoint(values)
        : { usable: true, endpoint: ownEndpointAddress(endpoint) };
    },
    trustsOrigin: trustsServerOrigin,
    probe: (ask) =>
      Promise.all(listProbedEndpoints(endpoints, settings).map((endpoint) => probeEndpoint(endpoint, ask))),
    verified: 'protocol notes of 2026-11-22 and emulator; never called live',
  };
}

/** A wrong name is told where the endpoint is resolved. */
function dialectAt(name: string | undefined): DialectName {
  return name !== undefined && isDialectName(name) ? name : 'sd-server';
}
