import path from 'node:path';
import { z } from 'zod';
import { nextLine, startChild } from './child.js';
import type { GatewayOptions, Gateways } from './gateways.js';
import { loadResultSchema, type LoadWish } from './load-wish.js';
import { observe, type Observation } from './observe.js';
import { pacedResultSchema, type PacedResult, type PacedWish } from './paced-wish.js';
import { watchResultSchema, type WatchWish } from './watch-wish.js';

/** How long a step takes, and what its upstream does. */
export interface StepTimes {
  readonly warmupMs: number;
  readonly durationMs: number;
  /** The upstream takes between these. */
  readonly latencyMs: readonly [min: number, max: number];
  /** Pictures that the upstream sends. */
  readonly hashes: readonly string[];
}

/** What came of one step. */
export interface Step extends Observation {
  readonly load: number;
  readonly perSecond: number;
  /** Beyond what the upstream took. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly problems: readonly string[];
}

/** Something that is raised until it is too much. */
export interface Load {
  readonly name: string;
  readonly unit: string;
  /** The first one is what counts as unloaded. */
  readonly steps: readonly number[];
  /** Whoever waits for it does not notice less than that, and a machine that does something else for a moment takes it too. */
  readonly leastBoundMs: number;
  /** How its gateways are started. Bounds of the gateway are out of the way: what is looked for is what the machine can do. */
  readonly gateways: GatewayOptions;
  run(load: number, gateways: Gateways, times: StepTimes): Promise<Step>;
}

const script = (name: string) => ['--import', 'tsx', path.join(import.meta.dirname, name)];
const UNBOUND = {
  ATELIER_MAX_RUNNING: '20000',
  ATELIER_MAX_WAITING: '100000',
  ATELIER_MAX_REQUESTS: '100000',
  ATELIER_MAX_WATCHERS: '100000',
  ATELIER_MAX_CONNECTIONS: '100000',
  ATELIER_MAX_LOOP_DELAY_MS: '0',
};
const LEAST_BOUND_MS = 20;
/** Longer than any benchmark. */
const LONG_WAIT_MS = 3_600_000;
const FILL_PER_SECOND = 200;

/** Runs a load in a process of its own, and looks at the gateways from its first line to its second. */
async function measure<T>(
  name: string,
  wish: LoadWish | PacedWish | WatchWish,
  gateways: Gateways,
  schema: z.ZodType<T>,
): Promise<{ readonly result: T; readonly seen: Observation }> {
  const child = startChild(1, [...script(name), JSON.stringify(wish)]);
  await nextLine(child);
  const end = await observe(gateways);
  const result = schema.parse(JSON.parse(await nextLine(child)));
  const seen = await end();
  // Those that tidy up say when they have.
  if (name === 'watch-load.ts') await nextLine(child);
  await child.stop();
  return { result, seen };
}

const told = (problems: Readonly<Record<string, number>>) =>
  Object.entries(problems).map(([problem, count]) => `${count} × ${problem}`);

const bearer = (gateways: Gateways) => ({ authorization: `Bearer ${gateways.key}` });

async function paced(load: number, wish: PacedWish, gateways: Gateways): Promise<Step> {
  const { result, seen } = await measure<PacedResult>('paced-load.ts', wish, gateways, pacedResultSchema);
  const { p50Ms, p95Ms, problems } = result;
  return {
    ...seen,
    load,
    perSecond: result.answered / result.seconds,
    p50Ms,
    p95Ms,
    problems: told(problems),
  };
}

const generations: Load = {
  name: 'generations',
  unit: 'generations at once',
  steps: [16, 64, 128, 192, 256, 384, 512, 768, 1024],
  // Of the seconds that a picture takes.
  leastBoundMs: 250,
  gateways: { env: UNBOUND },
  run: async (load, gateways, { warmupMs, durationMs, latencyMs: [minMs, maxMs], hashes }) => {
    const wish: LoadWish = {
      urls: [...gateways.urls],
      key: gateways.key,
      body: JSON.stringify({ model: 'gpt-image-2', prompt: 'wait WAIT_MS ms', response_format: 'url' }),
      concurrency: load,
      // Every caller has begun and was answered once by then.
      warmupMs: 2 * maxMs + warmupMs,
      durationMs: Math.max(durationMs, maxMs),
      waits: { minMs, maxMs },
      hashes: [...hashes],
    };
    const { result, seen } = await measure('load.ts', wish, gateways, loadResultSchema);
    const { p50Ms, p95Ms, problems } = result;
    return { ...seen, load, perSecond: result.images / result.seconds, p50Ms, p95Ms, problems };
  },
};

const models: Load = {
  name: 'models',
  unit: 'GET /v1/models a second',
  steps: [5, 25, 50, 100, 200, 300, 400, 600, 800, 1200],
  leastBoundMs: LEAST_BOUND_MS,
  gateways: { env: UNBOUND },
  run: (load, gateways, { warmupMs, durationMs }) =>
    paced(
      load,
      {
        urls: gateways.origins.map((origin) => `${origin}/v1/models`),
        method: 'GET',
        headers: bearer(gateways),
        status: 200,
        perSecond: load,
        warmupMs,
        durationMs,
      },
      gateways,
    ),
};

const links: Load = {
  name: 'links',
  unit: 'pictures by signed link a second',
  steps: [5, 25, 50, 100, 150, 200, 300, 400, 600, 800],
  leastBoundMs: LEAST_BOUND_MS,
  gateways: { env: UNBOUND, keepsPictures: true },
  run: async (load, gateways, { warmupMs, durationMs }) => {
    const answer = await fetch(gateways.urls[0] ?? '', {
      method: 'POST',
      headers: { ...bearer(gateways), 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-image-2', prompt: 'x', response_format: 'url' }),
    });
    const { data } = z
      .object({ data: z.array(z.object({ url: z.url() })).min(1) })
      .parse(await answer.json());
    const link = new URL(data[0]?.url ?? '');
    const urls = gateways.origins.map((origin) => origin + link.pathname + link.search);
    return paced(
      load,
      { urls, method: 'GET', headers: {}, status: 200, perSecond: load, warmupMs, durationMs },
      gateways,
    );
  },
};

const events: Load = {
  name: 'events',
  unit: 'listeners on events',
  steps: [10, 250, 500, 1000, 2000, 3000, 4000, 6000, 8000],
  leastBoundMs: LEAST_BOUND_MS,
  gateways: { env: UNBOUND },
  run: async (load, gateways, { warmupMs, durationMs }) => {
    const wish = { origins: [...gateways.origins], key: gateways.key, listeners: load, warmupMs, durationMs };
    const { result, seen } = await measure('watch-load.ts', wish, gateways, watchResultSchema);
    const { p50Ms, p95Ms, heard } = result;
    return {
      ...seen,
      load,
      perSecond: (heard * 1000) / durationMs,
      p50Ms,
      p95Ms,
      problems: told(result.problems),
    };
  },
};

/** Jobs that wait by now. */
const queued = new WeakMap<Gateways, number>();

const jobs: Load = {
  name: 'jobs',
  unit: 'jobs that wait in the queue',
  steps: [0, 250, 500, 1000, 2000, 5000, 10_000, 20_000],
  leastBoundMs: LEAST_BOUND_MS,
  gateways: { env: { ...UNBOUND, ATELIER_MAX_RUNNING: '1' } },
  run: async (load, gateways, { warmupMs, durationMs }) => {
    const wish = {
      urls: [...gateways.urls],
      method: 'POST',
      headers: { ...bearer(gateways), 'content-type': 'application/json', prefer: 'respond-async' },
      body: JSON.stringify({ model: 'gpt-image-2', prompt: `wait ${LONG_WAIT_MS} ms` }),
      status: 202,
      warmupMs: 0,
    };
    const missing = load - (queued.get(gateways) ?? 0);
    if (missing > 0) {
      const filling = { ...wish, perSecond: FILL_PER_SECOND, durationMs: (missing * 1000) / FILL_PER_SECOND };
      await measure('paced-load.ts', filling, gateways, pacedResultSchema);
    }
    const perSecond = 20;
    const step = await paced(load, { ...wish, perSecond, warmupMs, durationMs }, gateways);
    queued.set(
      gateways,
      Math.max(load, queued.get(gateways) ?? 0) + ((warmupMs + durationMs) * perSecond) / 1000,
    );
    return step;
  },
};

export const LOADS: readonly Load[] = [generations, models, links, events, jobs];
