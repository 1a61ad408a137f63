import type { Provider } from '../provider.js';
import { runXai } from './adapter.js';
import { createXaiEmulator } from './emulator.js';
import { xaiModels } from './models.js';
import { xaiOptions } from './options.js';
import { translateToXai } from './translate.js';

/** xAI's Grok image models. */
export const xaiProvider: Provider = {
  id: 'xai',
  models: xaiModels,
  adapter: { translate: translateToXai, run: runXai },
  optionsSchema: xaiOptions,
  createEmulator: createXaiEmulator,
  basePath: '/v1',
  settings: {
    apiKey: { env: 'XAI_API_KEY', description: 'API key of xAI.', secret: true, several: true },
    baseUrl: {
      env: 'XAI_BASE_URL',
      description: 'Root of the xAI API, up to and with /v1; regional hosts work too.',
      secret: false,
      default: 'https://api.x.ai/v1',
    },
    extra: [],
  },
  keyProbe: ({ apiKey }) => ({
    path: '/models',
    headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
  }),
  verified: 'protocol notes of 2026-11-22 and emulator; never called live',
};
