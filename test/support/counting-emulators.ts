import Fastify from 'fastify';
import { Painter } from '../../src/painter/painter.js';
import { createBflEmulator } from '../../src/providers/bfl/emulator.js';
import { createComfyUiEmulator } from '../../src/providers/comfyui/emulator.js';
import { createOpenAiImagesEmulator } from '../../src/providers/openai-images/emulator.js';
import { createQwenEmulator } from '../../src/providers/qwen/emulator.js';
import type { RequestRecord } from '../../src/providers/shared/emulator-kit.js';

/** Emulators in this process that tell what reached them; they outlive the gateways under test. */
export interface CountingEmulators {
  /** For ATELIER_EMULATORS_URL. */
  readonly url: string;
  readonly seen: readonly { readonly provider: string; readonly record: RequestRecord }[];
  /** Calls that make the provider work and cost. */
  submits(provider: string): number;
  close(): Promise<void>;
}

export async function startCountingEmulators(): Promise<CountingEmulators> {
  const painter = new Painter({ threads: 1 });
  const seen: { provider: string; record: RequestRecord }[] = [];
  const app = Fastify({ bodyLimit: 64 * 1024 * 1024, forceCloseConnections: true });
  const settings = (provider: string) => ({
    painter,
    detail: 'plain' as const,
    onRequest: (record: RequestRecord) => {
      seen.push({ provider, record });
    },
  });
  await app.register(createQwenEmulator(settings('qwen')), { prefix: '/qwen' });
  await app.register(createBflEmulator(settings('bfl')), { prefix: '/bfl' });
  await app.register(createComfyUiEmulator(settings('comfyui')), { prefix: '/comfyui' });
  await app.register(createOpenAiImagesEmulator(settings('openai-images')), { prefix: '/openai-images' });
  return {
    url: await app.listen({ host: '127.0.0.1', port: 0 }),
    seen,
    submits: (provider) =>
      seen.filter((entry) => entry.provider === provider && entry.record.method === 'POST').length,
    close: async () => {
      await app.close();
      await painter.close();
    },
  };
}
