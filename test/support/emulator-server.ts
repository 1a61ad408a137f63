/** A real server on loopback with one emulator mounted, as tests of emulators and adapters need it. */
import Fastify from 'fastify';
import type { FastifyPluginAsync } from 'fastify';
import { Painter } from '../../src/painter/painter.js';
import type { EmulatorSettings, RequestRecord } from '../../src/providers/shared/emulator-kit.js';

export interface EmulatorServer {
  /** Origin and prefix, without a trailing slash. */
  readonly url: string;
  readonly records: readonly RequestRecord[];
  /** What the emulator takes for the present; assign to move it. */
  clock: { now: Date };
  close(): Promise<void>;
}

/** Starts an emulator with plain pictures under `/emulated`. */
export async function startEmulator(
  create: (settings: EmulatorSettings) => FastifyPluginAsync,
  overrides: Partial<EmulatorSettings> = {},
): Promise<EmulatorServer> {
  const painter = new Painter({ threads: 1 });
  const records: RequestRecord[] = [];
  const clock = { now: new Date() };
  // A test may leave an answer unread; closing must not wait for it.
  const app = Fastify({ forceCloseConnections: true });
  await app.register(
    create({
      painter,
      detail: 'plain',
      now: () => clock.now,
      onRequest: (record) => records.push(record),
      dripMs: 100,
      taskMs: 30,
      ...overrides,
    }),
    { prefix: '/emulated' },
  );
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `${origin}/emulated`,
    records,
    clock,
    close: async () => {
      await app.close();
      await painter.close();
    },
  };
}
