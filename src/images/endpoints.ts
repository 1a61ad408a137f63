import { isIP } from 'node:net';
import type { CatalogueModel } from '../catalogue/catalogue.js';
import type { Config } from '../config/schema.js';
import type { Mode } from '../db/schema.js';
import { invariant } from '../errors.js';
import { emulatorBaseUrl, type EmulatorHub } from '../providers/emulator-hub.js';
import type { RouteSpec } from '../providers/model.js';
import type { Endpoint, Provider } from '../providers/provider.js';
import type { EndpointSource } from './image-service.js';
import type { Candidate, RouteState } from './plan-types.js';

/** The key that emulators get; it is nobody's secret. */
const EMULATOR_KEY = 'emulator-key';

/** Live keys go to the configured hosts, test keys to the emulators. */
export class Endpoints implements EndpointSource {
  readonly #config: Config;
  readonly #hub: EmulatorHub;
  readonly #origins = new Set<string>();

  constructor(config: Config, hub: EmulatorHub, providers: readonly Provider[]) {
    this.#config = config;
    this.#hub = hub;
    for (const provider of providers) {
      const baseUrl = this.#baseUrlOf(provider);
      if (baseUrl !== undefined) this.#origins.add(baseUrl);
    }
  }

  routeState(model: CatalogueModel, _route: RouteSpec, mode: Mode): RouteState {
    const { provider } = model;
    if (provider.adapter === undefined) {
      return { usable: false, reason: `its provider \`${provider.id}\` is not part of this version` };
    }
    if (mode === 'test') return { usable: true };
    const { apiKey } = provider.settings;
    if (apiKey === undefined || this.#config.providers[apiKey.env] !== undefined) return { usable: true };
    return { usable: false, reason: `the operator has to set ${apiKey.env}` };
  }

  async open(candidate: Candidate, mode: Mode): Promise<Endpoint> {
    const { provider } = candidate.model;
    if (provider.createEmulator === undefined)
      return { baseUrl: '', apiKey: undefined, emulated: false, extra: {} };
    if (mode === 'test') {
      const root = this.#config.ATELIER_EMULATORS_URL ?? (await this.#hub.start());
      const baseUrl = emulatorBaseUrl(root, provider);
      this.#origins.add(baseUrl);
      return { baseUrl, apiKey: EMULATOR_KEY, emulated: true, extra: {} };
    }
    const baseUrl = this.#baseUrlOf(provider);
    invariant(baseUrl !== undefined, 'a provider with a wire has a base URL');
    const { apiKey, extra } = provider.settings;
    return {
      baseUrl,
      apiKey: apiKey === undefined ? undefined : this.#config.providers[apiKey.env],
      emulated: isLoopback(baseUrl),
      extra: Object.fromEntries(
        extra.flatMap(({ env }) => {
          const value = this.#config.providers[env];
          return value === undefined ? [] : [[env, value]];
        }),
      ),
    };
  }

  /** Base URLs that delivery links may point to wherever they are. */
  trustedOrigins(): readonly string[] {
    return [...this.#origins];
  }

  #baseUrlOf(provider: Provider): string | undefined {
    const setting = provider.settings.baseUrl;
    return setting === undefined ? undefined : (this.#config.providers[setting.env] ?? setting.default);
  }
}

/** Emulators started by hand run on this machine; real providers never do. */
function isLoopback(baseUrl: string): boolean {
  const host = new URL(baseUrl).hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
