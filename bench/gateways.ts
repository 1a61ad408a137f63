import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createSharedStores } from './shared-stores.js';
import { startNginx } from '../test/support/nginx.js';
import { startChild, type Child } from './child.js';
import type { Scenario } from './scenarios.js';

const KEY = 'bench-client-key-0123456789';
export const ADMIN_TOKEN = 'bench-admin-token-0123456789';
const CREDITS = 1_000_000_000;
const creditsSchema = z.object({ balance: z.number(), held: z.number() });

/** What differs from how the benchmarks start gateways. */
export interface GatewayOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Pictures stay for whoever follows links. */
  readonly keepsPictures?: boolean;
  /** Callers see nginx, as `deploy/nginx` sets it up. */
  readonly behindNginx?: boolean;
}

/** Gateways under load. */
export interface Gateways {
  /** Where callers find them, without a path. */
  readonly origins: readonly string[];
  /** Each gateway itself. */
  readonly ownOrigins: readonly string[];
  readonly urls: readonly string[];
  readonly key: string;
  readonly children: readonly Child[];
  /** What is wrong with money or files after so many answers, each of one picture. */
  findFaults(answered: number): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Starts the built gateway as a user would, with every step on that a picture takes. */
export async function startGateways(
  scenario: Pick<Scenario, 'replicas' | 'stores'>,
  upstream: string,
  { env = {}, keepsPictures = false, behindNginx = false }: GatewayOptions = {},
): Promise<Gateways> {
  const folder = mkdtempSync(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'atelier-bench-'));
  const shared = scenario.stores === 'shared' ? await createSharedStores() : undefined;
  const ports = await Promise.all(Array.from({ length: scenario.replicas }, freePort));
  const nginxPort = behindNginx ? await freePort() : undefined;
  const children = ports.map((port) =>
    startChild(0, ['dist/cli/main.js', 'serve'], {
      PORT: String(port),
      ATELIER_DATA_DIR: folder,
      ATELIER_BOOTSTRAP_KEY: KEY,
      ATELIER_BOOTSTRAP_CREDITS: String(CREDITS),
      OPENAI_API_KEY: 'bench-upstream-key',
      OPENAI_BASE_URL: `${upstream}/v1`,
      LOG_LEVEL: 'warn',
      NODE_NO_WARNINGS: '1',
      ATELIER_ADMIN_TOKEN: ADMIN_TOKEN,
      ...(nginxPort === undefined ? {} : { ATELIER_PUBLIC_URL: `http://127.0.0.1:${nginxPort}` }),
      ...shared?.env,
      ...env,
    }),
  );
  const ownOrigins = ports.map((port) => `http://127.0.0.1:${port}`);
  await Promise.all(ownOrigins.map(isReady));
  const nginx = nginxPort === undefined ? undefined : await startNginx(nginxPort, ownOrigins);
  const origins = nginxPort === undefined ? ownOrigins : [`http://127.0.0.1:${nginxPort}`];
  const sweeper = setInterval(() => {
    if (!keepsPictures) removeOldBlobs(path.join(folder, 'blobs'));
  }, 500);
  const [first = ''] = origins;
  const price = await priceOf(first);
  return {
    origins,
    ownOrigins,
    urls: origins.map((origin) => `${origin}/v1/images/generations`),
    key: KEY,
    children,
    findFaults: async (answered) => {
      const answer = await fetch(`${first}/v1/credits`, { headers: { authorization: `Bearer ${KEY}` } });
      const { balance, held } = creditsSchema.parse(await answer.json());
      // One picture was bought to learn the price.
      const spent = Math.round((CREDITS - balance) * 1e6);
      const due = Math.round(price * 1e6) * (answered + 1);
      const left = scenario.stores === 'embedded' ? readdirSync(path.join(folder, 'blobs', 'incoming')) : [];
      return [
        ...(spent === due ? [] : [`${spent} microcredits were charged for ${answered} pictures, not ${due}`]),
        ...(held === 0 ? [] : [`${held} credits are still held`]),
        ...(left.length === 0 ? [] : [`${left.length} half-written files are left`]),
      ];
    },
    stop: async () => {
      clearInterval(sweeper);
      await nginx?.stop();
      await Promise.all(children.map((child) => child.stop()));
      await shared?.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function priceOf(origin: string): Promise<number> {
  const answer = await fetch(`${origin}/v1/images/generations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-image-2', prompt: 'x', response_format: 'url' }),
  });
  if (answer.status !== 200) throw new Error(`the gateway answers ${answer.status}: ${await answer.text()}`);
  return Number(answer.headers.get('x-credits-used'));
}

async function isReady(origin: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    try {
      if ((await fetch(`${origin}/readyz`)).status === 200) return;
    } catch {
      // It does not listen yet.
    }
    await sleep(100);
  }
  throw new Error('the gateway did not start');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

/**
 * Removes blobs that are older than two seconds. A store that only grows takes pages that a virtual machine never had before,
 * and getting those costs more than everything that is measured.
 */
function removeOldBlobs(folder: string): void {
  if (!existsSync(folder)) return;
  const limit = Date.now() - 2_000;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(folder, name);
    try {
      const { mtimeMs } = statSync(file);
      if (/[0-9a-f]{64}$/.test(name) && mtimeMs < limit) unlinkSync(file);
    } catch {
      // Gone meanwhile.
    }
  }
}
