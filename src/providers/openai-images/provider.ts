import { randomInt } from 'node:crypto';
import type { Provider } from '../provider.js';
import { createOpenAiImagesRun } from './adapter.js';
import { DIALECT_NAMES, DIALECT_SETTING, MODEL_SETTING } from './dialects.js';
import { createOpenAiImagesEmulator } from './emulator.js';
import { resolveOpenAiImagesEndpoint, trustsServerOrigin } from './endpoint.js';
import { openAiImagesModels } from './models.js';
import { openAiImagesOptions } from './options.js';
import { translateToOpenAiImages } from './translate.js';

/** An operator's own server that speaks the OpenAI images protocol. */
export const openAiImagesProvider: Provider = {
  id: 'openai-images',
  models: openAiImagesModels,
  adapter: {
    translate: translateToOpenAiImages,
    run: createOpenAiImagesRun(() => randomInt(2 ** 31)),
  },
  optionsSchema: openAiImagesOptions,
  createEmulator: createOpenAiImagesEmulator,
  basePath: '/v1',
  settings: {
    apiKey: {
      env: 'FLUX_API_KEY',
      description: 'Key of the self-hosted FLUX server, if it asks for one.',
      secret: true,
    },
    baseUrl: {
      env: 'FLUX_BASE_URL',
      description: 'Root of the self-hosted FLUX server, with or without /v1.',
      secret: false,
    },
    extra: [
      {
        env: 'FLUX_PROTOCOL',
        description: 'What the server at FLUX_BASE_URL speaks: openai-images.',
        secret: false,
        default: 'openai-images',
      },
      {
        env: DIALECT_SETTING,
        description: `Which server it is: ${DIALECT_NAMES.join(', ')}.`,
        secret: false,
        default: 'sd-server',
      },
      {
        env: MODEL_SETTING,
        description: 'What the server calls the model.',
        secret: false,
        default: 'flux-1',
      },
    ],
  },
  resolveEndpoint: resolveOpenAiImagesEndpoint,
  trustsOrigin: trustsServerOrigin,
  verified: 'protocol notes of 2026-11-22 and emulator; never called live',
};
