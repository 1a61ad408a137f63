/** Where an operator's own server is, and how it is spoken to. */
import type { Endpoint, EndpointResolution } from '../provider.js';
import { DIALECT_SETTING, MODEL_SETTING, readFluxSettings } from '../shared/own-server.js';
import { FAMILY_NAMES, USUAL_DIALECT } from './families.js';
import type { OwnComfyUi } from './own-endpoint.js';
import { familyRecipe } from './recipe.js';
import type { Recipe } from './recipe.js';

/** Name of the setting that leads to what a listed server paints with: its route. */
export const ROUTE_SETTING = 'route';

/** The server of the settings. Graphs of an operator's own need the list. */
export function resolveFluxEndpoint(settings: Readonly<Record<string, string>>): EndpointResolution {
  const read = readFluxSettings(settings, 'comfyui', FAMILY_NAMES, USUAL_DIALECT);
  if (!read.usable) return read;
  return {
    usable: true,
    endpoint: {
      baseUrl: read.baseUrl,
      apiKey: read.apiKey,
      extra: {
        [DIALECT_SETTING]: read.dialect,
        ...(read.model === undefined ? {} : { [MODEL_SETTING]: read.model }),
      },
    },
  };
}

/** What the server of the settings paints with; the usual family's graph where they name none, as for the emulator. */
export function fluxRecipe(extra: Readonly<Record<string, string>>): Recipe {
  const dialect = FAMILY_NAMES.find((name) => name === extra[DIALECT_SETTING]) ?? USUAL_DIALECT;
  return familyRecipe(dialect, { model: extra[MODEL_SETTING] });
}

/** Where a listed server is called. */
export function ownEndpointAddress(server: OwnComfyUi, routeId: string): Omit<Endpoint, 'emulated'> {
  return { baseUrl: server.url, apiKey: server.apiKey, extra: { [ROUTE_SETTING]: routeId } };
}

/** ComfyUI asks for no key; a proxy before it may. */
export function serverHeaders({ apiKey }: Pick<Endpoint, 'apiKey'>): Readonly<Record<string, string>> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
}
