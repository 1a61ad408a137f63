import { z } from 'zod';
import type { Provider } from '../provider.js';
import { xaiModels } from './models.js';

/** Shown in the catalogue; this version can't call it yet. */
export const xaiProvider: Provider = {
  id: 'xai',
  models: xaiModels,
  adapter: undefined,
  optionsSchema: z.strictObject({}),
  createEmulator: undefined,
  basePath: '/v1',
  settings: { extra: [] },
  verified: 'catalogue entry only',
};
