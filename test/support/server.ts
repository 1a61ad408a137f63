import { expect } from 'vitest';
import { z } from 'zod';
import { startCluster, type TestCluster } from './cluster.js';
import { createOwnStores, storesOfRun, type StoredBlobs } from './own-stores.js';
import { startTestGateway, type TestGateway } from './test-gateway.js';

export const ADMIN_TOKEN = 'admin-token-of-the-tests';
export const LIVE_KEY = 'live-key-of-the-tests-0001';

/** An answer with its JSON body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/**
 * A gateway of its own for one test file: real loopback HTTP on real stores, as the run says (`storesOfRun`). In a cluster it is
 * two processes behind nginx.
 */
export interface TestServer {
  /** Changes with every `restart`. */
  readonly url: string;
  readonly liveKey: string;
  readonly testKey: string;
  readonly blobs: StoredBlobs;
  /** All that the database holds, as it holds it. */
  readonly readDatabase: () => Promise<readonly Buffer[]>;
  /** Turns the clock; it starts at the given time and stands still. */
  setTime(time: Date): void;
  call(method: string, pathname: string, options?: CallOptions): Promise<Answer>;
  generate(body: Record<string, unknown>, key?: string): Promise<Answer>;
  /** A form is sent with its parts in their order, anything else as JSON. */
  edit(body: FormData | Record<string, unknown>, key?: string): Promise<Answer>;
  sweep(): Promise<{ readonly pictures: number; readonly blobs: number }>;
  /** Stops and starts again on the same data, with these settings changed from then on. */
  restart(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Stops, asserting first that every ledger adds up and nothing is held. */
  stop(): Promise<void>;
}

interface CallOptions {
  readonly key?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly raw?: string | Uint8Array | FormData;
}

interface TestServerOptions {
  /** Overrides settings. */
  readonly env?: Readonly<Record<string, string>>;
  /** Else the clock stands at 2026-11-22 12:00 UTC. */
  readonly realTime?: boolean;
  /** Spreads retries and picks keys; not in a cluster. */
  readonly random?: () => number;
}

const NOW = new Date('2026-11-22T12:00:00Z');

/** Starts a gateway on stores of its own. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const stores = await createOwnStores();
  let env: Readonly<Record<string, string>> = {
    ...stores.env,
    PORT: '0',
    LOG_LEVEL: 'silent',
    // Whoever shares the machine with other tests is late now and then.
    ATELIER_MAX_LOOP_DELAY_MS: '0',
    ATELIER_EMULATOR_DETAIL: 'plain',
    ATELIER_PAINTER_THREADS: '1',
    ATELIER_ADMIN_TOKEN: ADMIN_TOKEN,
    ATELIER_BOOTSTRAP_KEY: LIVE_KEY,
    ...options.env,
  };
  const clustered = storesOfRun() === 'cluster';
  let now = NOW;
  /** Replicas learn of a turned clock before the next call. */
  let turned: Promise<void> = Promise.resolve();
  const start = (): Promise<TestGateway & Partial<TestCluster>> => {
    const fixed = options.realTime === true ? undefined : now;
    if (!clustered) {
      const clock = fixed === undefined ? undefined : () => now;
      return startTestGateway(env, { clock, random: options.random });
    }
    if (options.random !== undefined) throw new Error('replicas can not be given random numbers');
    return startCluster(env, fixed);
  };
  let server = await start();
  const testKey = server.testKey ?? '';

  const call = async (method: string, pathname: string, { key, body, headers, raw }: CallOptions = {}) => {
    await turned;
    const response = await fetch(server.url + pathname, {
      method,
      redirect: 'manual',
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(raw === undefined ? {} : { body: raw }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parseJson(text) };
  };

  return {
    get url() {
      return server.url;
    },
    liveKey: LIVE_KEY,
    testKey,
    blobs: stores.blobs,
    readDatabase: stores.readDatabase,
    setTime: (time) => {
      now = time;
      turned = server.setTime?.(time) ?? turned;
    },
    call,
    generate: (body, key = testKey) => call('POST', '/v1/images/generations', { key, body }),
    edit: (body, key = testKey) =>
      call('POST', '/v1/images/edits', body instanceof FormData ? { key, raw: body } : { key, body }),
    sweep: async () => {
      await turned;
      return server.sweep();
    },
    restart: async (changed = {}) => {
      env = { ...env, ...changed };
      await server.stop();
      server = await start();
    },
    stop: async () => {
      try {
        await expectBalancedBooks(call, LIVE_KEY);
        await expectBalancedBooks(call, testKey);
      } finally {
        await server.stop();
        await stores.remove();
      }
    },
  };
}

const balanceSchema = z.object({ balance: z.number(), held: z.number(), available: z.number() });
const ledgerSchema = z.object({
  data: z.array(z.object({ id: z.string(), balance_delta: z.number(), held_delta: z.number() })),
  has_more: z.boolean(),
});

/** Balance = sum of entries, and no hold is open. */
export async function expectBalancedBooks(call: TestServer['call'], key: string): Promise<void> {
  let balance = 0;
  let held = 0;
  let after = '';
  for (let more = true; more;) {
    const page = ledgerSchema.parse(
      (await call('GET', `/v1/credits/ledger?limit=1000${after}`, { key })).body,
    );
    for (const entry of page.data) {
      balance += Math.round(entry.balance_delta * 1e6);
      held += Math.round(entry.held_delta * 1e6);
    }
    after = `&after=${page.data.at(-1)?.id ?? ''}`;
    more = page.has_more;
  }
  const account = balanceSchema.parse((await call('GET', '/v1/credits', { key })).body);
  expect(Math.round(account.balance * 1e6)).toBe(balance);
  expect(held).toBe(0);
  expect(account.held).toBe(0);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Pictures and pages are no JSON; tests that want them fetch them themselves.
    return text;
  }
}
