import type { Provider, ProviderSetting } from '../provider.js';
import { resumeQwen, runQwen } from './adapter.js';
import { createQwenEmulator } from './emulator.js';
import { FORM_SETTING, QWEN_BASE_URL, qwenHeaders, resolveQwenEndpoint } from './endpoint.js';
import { qwenModels } from './models.js';
import { qwenOptions } from './options.js';
import { REGIONS } from './regions.js';
import { translateToQwen } from './translate.js';

/** The id of no task. */
const NO_TASK = '00000000-0000-0000-0000-000000000000';

/** Alibaba's Qwen-Image on DashScope (Model Studio), in five regions. */
export const qwenProvider: Provider = {
  id: 'qwen',
  models: qwenModels,
  adapter: { translate: translateToQwen, run: runQwen, resume: resumeQwen },
  optionsSchema: qwenOptions,
  createEmulator: createQwenEmulator,
  basePath: '',
  settings: {
    apiKey: {
      env: 'DASHSCOPE_API_KEY',
      description: 'API key of Alibaba Model Studio for the region of DASHSCOPE_BASE_URL.',
      secret: true,
      several: true,
    },
    baseUrl: {
      env: 'DASHSCOPE_BASE_URL',
      description: 'Root of the DashScope API for DASHSCOPE_API_KEY; its host decides the region.',
      secret: false,
      default: QWEN_BASE_URL,
    },
    extra: [
      {
        env: 'DASHSCOPE_REGION',
        description:
          "Region (CN, SG, US, DE or JP) that DASHSCOPE_BASE_URL belongs to, where its host is not Alibaba's, e.g. a proxy.",
        secret: false,
        default: 'SG',
      },
      {
        env: FORM_SETTING,
        description:
          'native, or openai: the OpenAI-shaped call of workspace hosts, for the models that have it. It has no tasks, so that a restart loses what is running.',
        secret: false,
        default: 'native',
      },
      ...REGIONS.flatMap(({ country, city, sharedHost }): readonly ProviderSetting[] => [
        {
          env: `DASHSCOPE_API_KEY_${country}`,
          description: `API key of Alibaba Model Studio for ${city}; opens the routes there.`,
          secret: true,
          several: true,
        },
        {
          env: `DASHSCOPE_WORKSPACE_${country}`,
          description: `Workspace id for the host in ${city}${
            sharedHost === undefined ? '; needed, there is no other host' : ''
          }.`,
          secret: false,
        },
      ]),
    ],
  },
  resolveEndpoint: resolveQwenEndpoint,
  // Its models can't be listed. A task that nobody knows is answered as unknown, to whoever has a key.
  keyProbe: (endpoint) => ({
    path: `/api/v1/tasks/${NO_TASK}`,
    headers: qwenHeaders(endpoint, 'poll'),
  }),
  verified: 'protocol notes of 2026-11-22 and emulator; never called live',
};
