/** A gateway as the tests start it: in this process, or as one of several processes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../src/config/load.js';
import { checkEndpoint, providers } from '../../src/providers/registry.js';
import { listProviderSettings } from '../../src/providers/settings.js';
import { REGIONAL_PROVIDERS } from '../../src/providers/with-regions.js';
import { startServer } from '../../src/server.js';
import { createLogger } from '../../src/telemetry/logger.js';

/** A running gateway under test. */
export interface TestGateway {
  readonly url: string;
  /** Shown at the first start on a database only. */
  readonly testKey: string | undefined;
  sweep(): Promise<Removed>;
  stop(): Promise<void>;
}

/** What a sweep removed. */
export interface Removed {
  readonly pictures: number;
  readonly blobs: number;
}

/** What tests give a gateway instead of the world. */
export interface TestWorld {
  /** undefined: real time. */
  readonly clock: (() => Date) | undefined;
  readonly random: (() => number) | undefined;
}

/** Retry delays are decided by unit tests; polling just must not spin. */
const MOST_WAIT_MS = 40;

/** @param env all settings */
export async function startTestGateway(
  env: Readonly<Record<string, string>>,
  { clock, random }: TestWorld,
): Promise<TestGateway> {
  const server = await startServer({
    config: loadConfig(env, listProviderSettings(providers), checkEndpoint, REGIONAL_PROVIDERS),
    logger: createLogger('silent'),
    ...(clock === undefined ? {} : { clock }),
    ...(random === undefined ? {} : { random }),
    wait: async (delayMs, signal) => {
      await sleep(Math.min(delayMs, MOST_WAIT_MS), undefined, { signal });
    },
  });
  return {
    url: server.url,
    testKey: server.firstKeys?.test,
    sweep: () => server.sweep(),
    stop: () => server.stop(),
  };
}
