import { z } from 'zod';
import type { Provider } from '../provider.js';
import { sketchAdapter } from './adapter.js';
import { sketchModels } from './models.js';

/** The built-in model. It has no wire and so no emulator: live and test keys reach the same painter. */
export const sketchProvider: Provider = {
  id: 'sketch',
  models: sketchModels,
  adapter: sketchAdapter,
  optionsSchema: z.strictObject({}),
  createEmulator: undefined,
  basePath: '',
  settings: { extra: [] },
  verified: 'runs in this process; its pixels are checked by the tests',
};
