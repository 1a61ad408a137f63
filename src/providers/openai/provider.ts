import type { Provider } from '../provider.js';
import { runOpenAi } from './adapter.js';
import { createOpenAiEmulator } from './emulator.js';
import { openAiHeaders, openAiPath } from './endpoint.js';
import { openAiModels } from './models.js';
import { openAiOptions } from './options.js';
import { translateToOpenAi } from './translate.js';

/** OpenAI's Images API: DALL·E and GPT Image. */
export const openAiProvider: Provider = {
  id: 'openai',
  models: openAiModels,
  adapter: { translate: translateToOpenAi, run: runOpenAi },
  optionsSchema: openAiOptions,
  createEmulator: createOpenAiEmulator,
  basePath: '/v1',
  settings: {
    apiKey: {
      env: 'OPENAI_API_KEY',
      description: 'API key of OpenAI or of the Azure resource.',
      secret: true,
      several: true,
    },
    baseUrl: {
      env: 'OPENAI_BASE_URL',
      description: 'Root of the OpenAI API, up to and with /v1; an Azure OpenAI resource works too.',
      secret: false,
      default: 'https://api.openai.com/v1',
    },
    extra: [
      {
        env: 'OPENAI_ORGANIZATION',
        description: 'Organisation that calls are counted for, if the key belongs to several.',
        secret: false,
      },
      {
        env: 'OPENAI_PROJECT',
        description: 'Project that calls are counted for, if the key belongs to several.',
        secret: false,
      },
      {
        env: 'OPENAI_API_VERSION',
        description: 'Azure only: value of the api-version query parameter, for resources that ask for one.',
        secret: false,
      },
    ],
  },
  keyProbe: (endpoint) => ({
    path: openAiPath('/models', endpoint),
    headers: openAiHeaders(endpoint, false),
  }),
  verified: 'protocol notes of 2026-11-22 and emulator; openai SDK against the emulator; never called live',
};
