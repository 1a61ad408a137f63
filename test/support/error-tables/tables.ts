import { bflErrors } from './bfl.js';
import { comfyUiErrors } from './comfyui.js';
import type { ErrorTable } from './error-table.js';
import { googleErrors } from './google.js';
import { openAiImagesErrors } from './openai-images.js';
import { openAiErrors } from './openai.js';
import { qwenErrors } from './qwen.js';
import { sdapiErrors } from './sdapi.js';
import { xaiErrors } from './xai.js';

/** One table per provider that has an adapter and an emulator; a test fails while one is missing. */
export const errorTables: readonly ErrorTable[] = [
  openAiErrors,
  googleErrors,
  qwenErrors,
  xaiErrors,
  bflErrors,
  openAiImagesErrors,
  comfyUiErrors,
  sdapiErrors,
];
