import type { Setting } from '../config/schema.js';
import type { EndpointResolution, Provider } from './provider.js';

/** All settings that providers declare, each once. */
export function listProviderSettings(providers: readonly Provider[]): readonly Setting[] {
  const all = providers.flatMap(({ settings }) => [
    ...(settings.apiKey === undefined ? [] : [settings.apiKey]),
    ...(settings.baseUrl === undefined ? [] : [settings.baseUrl]),
    ...settings.extra,
  ]);
  return [...new Map(all.map((setting) => [setting.env, setting])).values()];
}

/** Where all routes of a provider are called that has one address and one key. */
export function resolveBySettings(
  provider: Pick<Provider, 'settings'>,
  set: Readonly<Record<string, string>>,
): EndpointResolution {
  const { apiKey, baseUrl, extra } = provider.settings;
  const key = apiKey === undefined ? undefined : set[apiKey.env];
  if (apiKey !== undefined && key === undefined) {
    return { usable: false, reason: `the operator has to set ${apiKey.env}` };
  }
  return {
    usable: true,
    endpoint: {
      baseUrl: baseUrl === undefined ? '' : (set[baseUrl.env] ?? baseUrl.default ?? ''),
      apiKey: key,
      extra: Object.fromEntries(
        extra.flatMap(({ env }) => {
          const value = set[env];
          return value === undefined ? [] : [[env, value]];
        }),
      ),
    },
  };
}
