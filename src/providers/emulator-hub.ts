import Fastify, { type FastifyInstance } from 'fastify';
import type { EmulatorOptions, Provider } from './provider.js';

/** Where pictures are plain, nobody wants to see a task at work either. */
const QUICK_TASK_MS = 30;

/**
 * All emulators on one loopback port, each under its provider's id. Test keys reach them over real HTTP, as live keys
 * reach the providers.
 */
export class EmulatorHub {
  readonly #providers: readonly Provider[];
  readonly #options: EmulatorOptions;
  #starting: Promise<string> | undefined;
  #server: FastifyInstance | undefined;

  constructor(providers: readonly Provider[], options: EmulatorOptions) {
    this.#providers = providers;
    this.#options = options.detail === 'plain' ? { taskMs: QUICK_TASK_MS, ...options } : options;
  }

  /** Starts on first use. @param port 0 takes any free one @returns the root address, without a slash at its end */
  start(port = 0): Promise<string> {
    this.#starting ??= this.#listen(port);
    return this.#starting;
  }

  async close(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    await this.#server?.close();
  }

  async #listen(port: number): Promise<string> {
    // Delivery links and base64 bodies of several pictures pass here.
    const server = Fastify({ bodyLimit: 128 * 1024 * 1024, forceCloseConnections: true });
    this.#server = server;
    for (const { id, createEmulator } of this.#providers) {
      if (createEmulator !== undefined)
        await server.register(createEmulator(this.#options), { prefix: `/${id}` });
    }
    return server.listen({ host: '127.0.0.1', port });
  }
}

/** Base URL of one provider's emulator below a hub's root. */
export function emulatorBaseUrl(root: string, provider: Provider): string {
  return `${root}/${provider.id}${provider.basePath}`;
}
