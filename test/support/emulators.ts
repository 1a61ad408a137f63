/** Every registered emulator on one loopback port, with all that a test may want to see and set. */
import { EventEmitter } from 'node:events';
import Fastify from 'fastify';
import { Painter } from '../../src/painter/painter.js';
import { emulatorBaseUrl } from '../../src/providers/emulator-hub.js';
import type { Provider } from '../../src/providers/provider.js';
import { providers } from '../../src/providers/registry.js';
import type { EmulatorSettings, RequestRecord } from '../../src/providers/shared/emulator-kit.js';

export interface Emulators {
  /** Root address, as `ATELIER_EMULATORS_URL` takes it. */
  readonly root: string;
  readonly records: readonly RequestRecord[];
  baseUrl(provider: Provider): string;
  /** Resolves when a request with the given outcome has arrived, also if it arrived before. */
  arrived(outcome: string): Promise<RequestRecord>;
  /** Forgets what has arrived. */
  forget(): void;
  close(): Promise<void>;
}

export async function startEmulators(): Promise<Emulators> {
  const painter = new Painter({ threads: 1 });
  const records: RequestRecord[] = [];
  const arrivals = new EventEmitter();
  const settings: EmulatorSettings = {
    painter,
    detail: 'plain',
    taskMs: 30,
    dripMs: 20,
    onRequest: (record) => {
      records.push(record);
      arrivals.emit('request', record);
    },
  };
  const server = Fastify({ forceCloseConnections: true });
  for (const { id, createEmulator } of providers) {
    if (createEmulator !== undefined) await server.register(createEmulator(settings), { prefix: `/${id}` });
  }
  const root = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    root,
    records,
    baseUrl: (provider) => emulatorBaseUrl(root, provider),
    arrived: (outcome) =>
      new Promise((resolve) => {
        const take = (record: RequestRecord) => {
          if (record.outcome !== outcome) return;
          arrivals.off('request', take);
          resolve(record);
        };
        arrivals.on('request', take);
        for (const record of records) take(record);
      }),
    forget: () => {
      records.length = 0;
    },
    close: async () => {
      await server.close();
      await painter.close();
    },
  };
}
