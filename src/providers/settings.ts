import type { Setting } from '../config/schema.js';
import type { Provider } from './provider.js';

/** All settings that providers declare, each once. */
export function listProviderSettings(providers: readonly Provider[]): readonly Setting[] {
  const all = providers.flatMap(({ settings }) => [
    ...(settings.apiKey === undefined ? [] : [settings.apiKey]),
    ...(settings.baseUrl === undefined ? [] : [settings.baseUrl]),
    ...settings.extra,
  ]);
  return [...new Map(all.map((setting) => [setting.env, setting])).values()];
}
