import { bflProvider } from './bfl/provider.js';
import { googleProvider } from './google/provider.js';
import { findComfyUiProblems } from './comfyui/own-endpoint.js';
import { createComfyUiProvider } from './comfyui/provider.js';
import { findEndpointProblems } from './openai-images/own-endpoint.js';
import { createOpenAiImagesProvider } from './openai-images/provider.js';
import { openAiProvider } from './openai/provider.js';
import type { Provider } from './provider.js';
import type { Config } from '../config/schema.js';
import type { EndpointCheck, EndpointConfig } from '../config/config-file.js';
import { qwenProvider } from './qwen/provider.js';
import { findSdapiProblems } from './sdapi/own-endpoint.js';
import { createSdapiProvider } from './sdapi/provider.js';
import { sketchProvider } from './sketch/provider.js';
import { withRegions } from './with-regions.js';
import { xaiProvider } from './xai/provider.js';

/** Every provider, one line each, with the servers and settings of this installation. */
export function createProviders(
  config: Pick<Config, 'endpoints' | 'providers'> & Partial<Pick<Config, 'regions'>>,
): readonly Provider[] {
  const { endpoints, providers: settings, regions = [] } = config;
  const all = [
    sketchProvider,
    openAiProvider,
    googleProvider,
    qwenProvider,
    xaiProvider,
    bflProvider,
    createOpenAiImagesProvider(speaking(endpoints, 'openai-images'), settings),
    createComfyUiProvider(speaking(endpoints, 'comfyui'), settings),
    createSdapiProvider(speaking(endpoints, 'sdapi'), settings),
  ];
  return all.map((provider) => withRegions(provider, regions));
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
    ...findProblems(endpoint),
  ];
};

function findProblems(endpoint: EndpointConfig) {
  switch (endpoint.protocol) {
    case 'openai-images':
      return findEndpointProblems(endpoint);
    case 'comfyui':
      return findComfyUiProblems(endpoint);
    case 'sdapi':
      return findSdapiProblems(endpoint);
  }
}

function speaking<P extends EndpointConfig['protocol']>(
  endpoints: readonly EndpointConfig[],
  protocol: P,
): readonly Extract<EndpointConfig, { readonly protocol: P }>[] {
  return endpoints.filter(
    (endpoint): endpoint is Extract<EndpointConfig, { readonly protocol: P }> =>
      endpoint.protocol === protocol,
  );
}
