/** Where an operator's own server is, and how it is spoken to. */
import type { Endpoint, EndpointResolution } from '../provider.js';
import { DIALECT_SETTING, MODEL_SETTING, readFluxSettings } from '../shared/own-server.js';
import { DIALECT_NAMES, USUAL_DIALECT } from './dialects.js';
import type { OwnSdapiServer } from './own-endpoint.js';

/** What an endpoint's `extra` holds beside the dialect and the model. */
export const EXTRA = {
  modules: 'modules',
  sampler: 'sampler',
  scheduler: 'scheduler',
  steps: 'steps',
  guidance: 'guidance',
  /** Set for weights that heed negative prompts: their guidance is `cfg_scale`, whatever the server. */
  classic: 'classic',
} as const;

/** The server of the settings. */
export function resolveFluxEndpoint(settings: Readonly<Record<string, string>>): EndpointResolution {
  const read = readFluxSettings(settings, 'sdapi', DIALECT_NAMES, USUAL_DIALECT);
  if (!read.usable) return read;
  if (read.apiKey !== undefined && !read.apiKey.includes(':')) {
    return { usable: false, reason: 'FLUX_API_KEY has to be user:password with sdapi' };
  }
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

/** Where a listed server is called. */
export function ownEndpointAddress(server: OwnSdapiServer): Omit<Endpoint, 'emulated'> {
  const { url, apiKey, dialect, model, modules, sampler, scheduler, steps, guidance, negativePrompt } =
    server;
  const given = {
    [MODEL_SETTING]: model,
    [EXTRA.modules]: modules.length === 0 ? undefined : JSON.stringify(modules),
    [EXTRA.sampler]: sampler,
    [EXTRA.scheduler]: scheduler,
    [EXTRA.steps]: steps?.toString(),
    [EXTRA.guidance]: guidance?.toString(),
    [EXTRA.classic]: negativePrompt ? 'yes' : undefined,
  };
  const extra = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return { baseUrl: url, apiKey, extra: { [DIALECT_SETTING]: dialect, ...extra } };
}

/** Basic authentication, where the server has a user. The emulators' key is none and stands for anybody. */
export function serverHeaders({ apiKey }: Pick<Endpoint, 'apiKey'>): Readonly<Record<string, string>> {
  if (apiKey === undefined) return {};
  return { authorization: `Basic ${Buffer.from(apiKey).toString('base64')}` };
}
