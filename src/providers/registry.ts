import { bflProvider } from './bfl/provider.js';
import { googleProvider } from './google/provider.js';
import { openAiImagesProvider } from './openai-images/provider.js';
import { openAiProvider } from './openai/provider.js';
import type { Provider } from './provider.js';
import { qwenProvider } from './qwen/provider.js';
import { sketchProvider } from './sketch/provider.js';
import { xaiProvider } from './xai/provider.js';

/** Every provider, one line each. */
export const providers: readonly Provider[] = [
  sketchProvider,
  openAiProvider,
  googleProvider,
  qwenProvider,
  xaiProvider,
  bflProvider,
  openAiImagesProvider,
];
