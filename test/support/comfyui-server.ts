/** An emulated ComfyUI on a port of its own that can be looked into, stopped and started anew, as the real one is. */
import Fastify, { type FastifyInstance } from 'fastify';
import { Painter } from '../../src/painter/painter.js';
import { createComfyUiEmulator } from '../../src/providers/comfyui/emulator.js';
import type { ComfyUiEmulatorSettings } from '../../src/providers/comfyui/emulator.js';
import { EmulatedMachine } from '../../src/providers/comfyui/emulator-machine.js';
import type { RequestRecord } from '../../src/providers/shared/emulator-kit.js';

export interface ComfyUiServer {
  readonly url: string;
  /** What the server knows: nothing of what was before its last start. */
  readonly machine: EmulatedMachine;
  /** All requests since the first start or the last renewal. */
  readonly records: readonly RequestRecord[];
  /** Graphs that arrived meanwhile. */
  submits(): number;
  stop(): Promise<void>;
  /** On the same port, with an empty memory. */
  start(): Promise<void>;
  /** As `stop` and `start`, and nothing is known of earlier requests. */
  renew(settings?: Changes): Promise<void>;
  close(): Promise<void>;
}

type Changes = Pick<ComfyUiEmulatorSettings, 'files' | 'old'>;

export async function startComfyUi(): Promise<ComfyUiServer> {
  let settings: Changes = {};
  const painter = new Painter({ threads: 1 });
  const records: RequestRecord[] = [];
  let machine = new EmulatedMachine();
  let app: FastifyInstance | undefined;
  let port = 0;
  const start = async () => {
    machine = new EmulatedMachine();
    app = Fastify({ forceCloseConnections: true });
    await app.register(
      createComfyUiEmulator({
        ...settings,
        painter,
        detail: 'plain',
        machine,
        onRequest: (record) => records.push(record),
      }),
    );
    const address = await app.listen({ host: '127.0.0.1', port });
    port = Number(new URL(address).port);
  };
  await start();
  return {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get machine() {
      return machine;
    },
    records,
    submits: () => records.filter(({ method, url }) => method === 'POST' && url === '/prompt').length,
    stop: async () => {
      await app?.close();
    },
    start,
    renew: async (changes = {}) => {
      await app?.close();
      records.length = 0;
      settings = changes;
      await start();
    },
    close: async () => {
      await app?.close();
      await painter.close();
    },
  };
}
