import type { Provider } from '../provider.js';
import { createGoogleRun } from './adapter.js';
import { createGoogleEmulator } from './emulator.js';
import { createAccessTokens, GEMINI_BASE_URL, googleKeyProbe, resolveGoogleEndpoint } from './endpoint.js';
import { googleModels } from './models.js';
import { googleOptions } from './options.js';
import { translateToGoogle } from './translate.js';

/** Google's Gemini image models ("Nano Banana") and Imagen, on the Gemini API or on Vertex AI. */
export const googleProvider: Provider = {
  id: 'google',
  models: googleModels,
  adapter: { translate: translateToGoogle, run: createGoogleRun(createAccessTokens()) },
  optionsSchema: googleOptions,
  createEmulator: createGoogleEmulator,
  basePath: '',
  settings: {
    apiKey: {
      env: 'GEMINI_API_KEY',
      description:
        'API key of the Gemini API, or of Vertex AI in express mode; not used with a Vertex project.',
      secret: true,
      several: true,
    },
    baseUrl: {
      env: 'GEMINI_BASE_URL',
      description:
        'Root of the Gemini API. With a Vertex project the host follows the location unless this is set.',
      secret: false,
      default: GEMINI_BASE_URL,
    },
    extra: [
      {
        env: 'GOOGLE_VERTEX_PROJECT',
        description: 'Google Cloud project: set to call Vertex AI instead of the Gemini API.',
        secret: false,
      },
      {
        env: 'GOOGLE_VERTEX_LOCATION',
        description: 'Vertex AI location; Gemini 3 image models are served on global only.',
        secret: false,
        default: 'global',
      },
      {
        env: 'GOOGLE_APPLICATION_CREDENTIALS',
        description:
          "Path of a service-account file for Vertex AI; without it the machine's own credentials are used.",
        secret: false,
      },
    ],
  },
  resolveEndpoint: resolveGoogleEndpoint,
  keyProbe: googleKeyProbe,
  verified:
    'protocol notes of 2026-11-22 and emulator; @google/genai against the emulator; never called live',
};
