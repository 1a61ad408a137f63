import { bflProvider } from './bfl/provider.js';
import { googleProvider } from './google/provider.js';
import { findEndpointProblems } from './openai-images/own-endpoint.js';
import { createOpenAiImagesProvider } from './openai-images/provider.js';
import { openAiProvider } from './openai/provider.js';
import type { Provider } from './provider.js';
import type { Config } from '../config/schema.js';
import type { EndpointCheck } from '../config/config-file.js';
import { qwenProvider } from './qwen/provider.js';
import { sketchProvider } from './sketch/provider.js';
import { xaiProvider } from './xai/provider.js';

/** Every provider, one line each, with the servers and settings of this installation. */
export function createProviders(config: Pick<Config, 'endpoints' | 'providers'>): readonly Provider[] {
  return [
    sketchProvider,
    openAiProvider,
    googleProvider,
    qwenProvider,
    xaiProvider,
    bflProvider,
    createOpenAiImagesProvider(config.endpoints, config.providers),
  ];
}

/** Every provider as it is without any setting: what documentation and the list of settings are made of. */
export const providers: readonly Provider[] = createProviders({ endpoints: [], providers: {} });

/** What a listed endpoint can't be: another model's second name, or what its kind of server doesn't do. */
export const checkEndpoint: EndpointCheck = (endpoint) => {
  const namesake = providers
    .flatMap(({ models }) => models)
    .find(({ aliases }) => aliases.includes(endpoint.slug));
  const builtIn = sketchProvider.models.some(({ slug }) => slug === endpoint.slug);
  return [
    ...(builtIn ? [{ path: ['slug'], message: 'is the built-in renderer; give another name' }] : []),
    ...(namesake === undefined
      ? []
      : [{ path: ['slug'], message: `is a second name of ${namesake.slug}; give that one or another` }]),
    ...findEndpointProblems(endpoint),
  ];
};
