import { z } from 'zod';
import type { Provider } from '../provider.js';
import { qwenModels } from './models.js';

/** Shown in the catalogue; this version can't call it yet. */
export const qwenProvider: Provider = {
  id: 'qwen',
  models: qwenModels,
  adapter: undefined,
  optionsSchema: z.strictObject({}),
  createEmulator: undefined,
  basePath: '',
  settings: { extra: [] },
  verified: 'catalogue entry only',
};
