import { isIP } from 'node:net';
import type { CatalogueModel } from '../catalogue/catalogue.js';
import { parseKeyList, singleKey } from '../config/key-list.js';
import type { Config } from '../config/schema.js';
import type { Mode } from '../db/schema.js';
import { invariant } from '../errors.js';
import { resolveBySettings } from '../providers/settings.js';
import { emulatorBaseUrl, type EmulatorHub } from '../providers/emulator-hub.js';
import type { RouteSpec } from '../providers/model.js';
import type { Endpoint, EndpointResolution, Provider } from '../providers/provider.js';
import type { RouteRef } from '../routing/routes.js';
import type { Candidate, RouteState } from './plan-types.js';
import type { EndpointSource } from './run-generation.js';
import type { OpenedRoute } from './running-job.js';

/** The key that emulators get; it is nobody's secret. */
const EMULATOR_KEY = 'emulator-key';

/** Live keys go to the configured hosts, test keys to the emulators. */
export class Endpoints implements EndpointSource {
  readonly #config: Config;
  readonly #hub: EmulatorHub;
  readonly #origins = new Set<string>();

  constructor(config: Config, hub: EmulatorHub) {
    this.#config = config;
    this.#hub = hub;
  }

  routeState(model: CatalogueModel, route: RouteSpec, mode: Mode): RouteState {
    const { provider } = model;
    if (provider.adapter === undefined) {
      return { usable: false, reason: `its provider \`${provider.id}\` is not part of this version` };
    }
    if (mode === 'test') return { usable: true, extra: {} };
    const resolution = this.#resolve(provider, route);
    if (!resolution.usable) return { usable: false, reason: resolution.reason };
    const fault = provider.faultOf?.(route);
    return fault === undefined
      ? { usable: true, extra: resolution.endpoint.extra }
      : { usable: false, reason: fault };
  }

  async open(candidate: Pick<Candidate, 'model' | 'route'>, mode: Mode): Promise<OpenedRoute> {
    const { provider } = candidate.model;
    if (mode === 'test' && provider.createEmulator !== undefined) {
      const root = this.#config.ATELIER_EMULATORS_URL ?? (await this.#hub.start());
      const baseUrl = emulatorBaseUrl(root, provider);
      this.#origins.add(baseUrl);
      return { endpoint: { baseUrl, apiKey: EMULATOR_KEY, emulated: true, extra: {} }, route: undefined };
    }
    const resolution = this.#resolve(provider, candidate.route);
    invariant(resolution.usable, 'a candidate has an endpoint');
    const { endpoint } = resolution;
    if (endpoint.baseUrl !== '') this.#origins.add(endpoint.baseUrl);
    const route = toRef(candidate, endpoint);
    const apiKey = route.keys[0]?.key;
    const emulated = endpoint.baseUrl !== '' && isLoopback(endpoint.baseUrl);
    return { endpoint: { ...endpoint, apiKey, emulated }, route };
  }

  /** A live route as its calls see it; undefined where it can't be called. */
  findRoute(model: CatalogueModel, route: RouteSpec): RouteRef | undefined {
    if (model.provider.adapter === undefined) return undefined;
    const resolution = this.#resolve(model.provider, route);
    return resolution.usable ? toRef({ model, route }, resolution.endpoint) : undefined;
  }

  /** Base URLs that delivery links may point to wherever they are. */
  trustedOrigins(): readonly string[] {
    return [...this.#origins];
  }

  #resolve(provider: Provider, route: RouteSpec): EndpointResolution {
    const set = this.#config.providers;
    if (provider.resolveEndpoint !== undefined) return provider.resolveEndpoint(route, set);
    return resolveBySettings(provider, set);
  }
}

/** Keys that are written as one setting share the calls of the route. */
function toRef(
  { model, route }: Pick<Candidate, 'model' | 'route'>,
  { baseUrl, apiKey }: Pick<Endpoint, 'baseUrl' | 'apiKey'>,
): RouteRef {
  const several = model.provider.settings.apiKey?.several === true;
  return {
    routeId: route.id,
    account: `${model.provider.id}@${baseUrl}`,
    keys: apiKey === undefined ? [] : several ? parseKeyList(apiKey) : [singleKey(apiKey)],
    timeoutMs: model.entry.timeoutMs,
  };
}

/** Emulators started by hand run on this machine; real providers never do. */
function isLoopback(baseUrl: string): boolean {
  const host = new URL(baseUrl).hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
