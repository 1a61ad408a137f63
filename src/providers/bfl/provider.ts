import type { Provider } from '../provider.js';
import { resumeBfl, runBfl } from './adapter.js';
import { createBflEmulator } from './emulator.js';
import { BFL_BASE_URL, bflHeaders, trustsBflOrigin } from './endpoint.js';
import { bflModels } from './models.js';
import { bflOptions } from './options.js';
import { translateToBfl } from './translate.js';

/** Black Forest Labs' own cloud: FLUX.1, Kontext, FLUX.2 and FLUX 3. */
export const bflProvider: Provider = {
  id: 'bfl',
  models: bflModels,
  adapter: { translate: translateToBfl, run: runBfl, resume: resumeBfl },
  optionsSchema: bflOptions,
  createEmulator: createBflEmulator,
  basePath: '',
  settings: {
    apiKey: { env: 'BFL_API_KEY', description: 'API key of Black Forest Labs.', secret: true, several: true },
    baseUrl: {
      env: 'BFL_BASE_URL',
      description:
        'Root of the BFL API. https://api.eu.bfl.ai and https://api.us.bfl.ai keep jobs in Europe or the United States.',
      secret: false,
      default: BFL_BASE_URL,
    },
    extra: [],
  },
  trustsOrigin: trustsBflOrigin,
  keyProbe: (endpoint) => ({ path: '/v1/credits', headers: bflHeaders(endpoint) }),
  verified: 'protocol notes of 2026-11-22 and emulator; never called live',
};
