import { randomInt, randomUUID } from 'node:crypto';
import type { Provider } from '../provider.js';
import { DIALECT_SETTING, FLUX_SETTINGS, fluxProtocolOf, nameRoutes } from '../shared/own-server.js';
import { createComfyUiRun, resumeComfyUi } from './adapter.js';
import { countWaiting } from './calls.js';
import { createComfyUiEmulator } from './emulator.js';
import { fluxRecipe, ownEndpointAddress, resolveFluxEndpoint, ROUTE_SETTING } from './endpoint.js';
import { FAMILY_NAMES, USUAL_DIALECT } from './families.js';
import { describeFlux, describeOwnModel } from './models.js';
import { comfyUiOptions } from './options.js';
import { recipeOf } from './own-endpoint.js';
import type { OwnComfyUi } from './own-endpoint.js';
import { listProbedServers, probeServer } from './probe.js';
import type { Faults } from './probe.js';
import { translateToComfyUi } from './translate.js';

const ID = 'comfyui';

/**
 * An operator's own ComfyUI servers: those of the list, in its order, and that of FLUX_BASE_URL if it is one.
 * @param settings the providers' settings that are set, by variable name
 */
export function createComfyUiProvider(
  servers: readonly OwnComfyUi[],
  settings: Readonly<Record<string, string>>,
): Provider {
  const dialect = FAMILY_NAMES.find((name) => name === settings[DIALECT_SETTING]) ?? USUAL_DIALECT;
  const flux = fluxProtocolOf(settings) === ID ? [describeFlux(dialect)] : [];
  const taken = flux.flatMap(({ routes }) => routes.map(({ id }) => id));
  const listed = nameRoutes(ID, servers, taken);
  const byRoute = new Map(listed.map(({ routeId, server }) => [routeId, server]));
  const faults = new Map<string, Faults>();
  const recipes = new Map(listed.map(({ routeId, server }) => [routeId, recipeOf(server)]));
  return {
    id: ID,
    models: [...listed.map(({ server, routeId }) => describeOwnModel(server, routeId)), ...flux],
    adapter: {
      translate: (request, route, extra) => {
        // The emulator, which has no settings, has everything.
        const lacking = Object.keys(extra).length === 0 ? undefined : faults.get(route.id)?.edit;
        return request.operation === 'edit' && lacking !== undefined && lacking.length > 0
          ? { ok: false, reasons: lacking }
          : translateToComfyUi(request, route, recipes.get(extra[ROUTE_SETTING] ?? '') ?? fluxRecipe(extra));
      },
      run: createComfyUiRun({ seed: () => randomInt(2 ** 31), id: randomUUID }),
      resume: resumeComfyUi,
      countWaiting,
    },
    optionsSchema: comfyUiOptions,
    createEmulator: createComfyUiEmulator,
    basePath: '',
    settings: FLUX_SETTINGS,
    resolveEndpoint: (route, values) => {
      const server = byRoute.get(route.id);
      return server === undefined
        ? resolveFluxEndpoint(values)
        : { usable: true, endpoint: ownEndpointAddress(server, route.id) };
    },
    probe: (ask) =>
      Promise.all(
        listProbedServers(listed, settings).map(async (server) => {
          const { probe, faults: found } = await probeServer(server, ask);
          faults.set(server.routeId, found);
          return probe;
        }),
      ),
    faultOf: ({ id }) => {
      const lacking = faults.get(id)?.generate ?? [];
      return lacking.length === 0 ? undefined : lacking.join('; ');
    },
    verified: 'protocol notes of 2026-11-22 and emulator; never called live',
  };
}
