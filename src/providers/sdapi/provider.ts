import type { Provider } from '../provider.js';
import { DIALECT_SETTING, FLUX_SETTINGS, fluxProtocolOf, nameRoutes } from '../shared/own-server.js';
import { createSdapiRun } from './adapter.js';
import { DIALECT_NAMES, USUAL_DIALECT } from './dialects.js';
import { createSdapiEmulator } from './emulator.js';
import { ownEndpointAddress, resolveFluxEndpoint } from './endpoint.js';
import { describeFlux, describeOwnModel } from './models.js';
import { sdapiOptions } from './options.js';
import type { OwnSdapiServer } from './own-endpoint.js';
import { listProbedServers, probeServer } from './probe.js';
import { translateToSdapi } from './translate.js';
import { Turns } from './turns.js';

const ID = 'sdapi';

/**
 * An operator's own servers of the A1111 family: those of the list, in its order, and that of FLUX_BASE_URL if it speaks
 * this protocol.
 * @param settings the providers' settings that are set, by variable name
 */
export function createSdapiProvider(
  servers: readonly OwnSdapiServer[],
  settings: Readonly<Record<string, string>>,
): Provider {
  const dialect = DIALECT_NAMES.find((name) => name === settings[DIALECT_SETTING]) ?? USUAL_DIALECT;
  const flux = fluxProtocolOf(settings) === ID ? [describeFlux(dialect)] : [];
  const taken = flux.flatMap(({ routes }) => routes.map(({ id }) => id));
  const listed = nameRoutes(ID, servers, taken);
  const byRoute = new Map(listed.map(({ routeId, server }) => [routeId, server]));
  const turns = new Turns();
  return {
    id: ID,
    models: [...listed.map(({ server, routeId }) => describeOwnModel(server, routeId)), ...flux],
    adapter: {
      translate: translateToSdapi,
      run: createSdapiRun(turns),
      countWaiting: ({ endpoint }) => Promise.resolve(turns.count(endpoint.baseUrl)),
    },
    optionsSchema: sdapiOptions,
    createEmulator: createSdapiEmulator,
    basePath: '',
    settings: FLUX_SETTINGS,
    resolveEndpoint: (route, values) => {
      const server = byRoute.get(route.id);
      return server === undefined
        ? resolveFluxEndpoint(values)
        : { usable: true, endpoint: ownEndpointAddress(server) };
    },
    probe: (ask) =>
      Promise.all(listProbedServers(servers, settings).map((server) => probeServer(server, ask))),
    verified: 'protocol notes of 2026-11-22 and emulator; never called live',
  };
}
