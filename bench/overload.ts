/**
 * Far more calls than a process can do, with its bounds out of the way and with them as they are by default: `npm run build`, then
 * `npx tsx bench/overload.ts [--rate 300] [--seconds 10]`. Calls come at a rate, whether or not those before were answered.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { nextLine, startChild } from './child.js';
import { startGateways } from './gateways.js';
import { observe } from './observe.js';
import { pacedResultSchema, type PacedWish } from './paced-wish.js';

const PICTURE_BYTES = '1500000';
const PROBE_EVERY_MS = 100;
const UNBOUND = {
  ATELIER_MAX_WAITING: '100000',
  ATELIER_MAX_REQUESTS: '100000',
  ATELIER_MAX_CONNECTIONS: '100000',
  ATELIER_MAX_LOOP_DELAY_MS: '0',
};

const { values } = parseArgs({
  options: { rate: { type: 'string', default: '300' }, seconds: { type: 'string', default: '10' } },
});
const script = (name: string) => ['--import', 'tsx', path.join(import.meta.dirname, name)];

/** Asks whether the process is alive, again and again. @returns ends it, and says how long the slowest answer took */
function probe(origin: string): () => Promise<number> {
  let [slowestMs, going] = [0, true];
  const probing = (async () => {
    while (going) {
      const startMs = performance.now();
      await (await fetch(`${origin}/healthz`)).arrayBuffer();
      slowestMs = Math.max(slowestMs, performance.now() - startMs);
      await sleep(PROBE_EVERY_MS);
    }
  })();
  return async () => {
    going = false;
    await probing;
    return slowestMs;
  };
}

async function measure(name: string, env: Readonly<Record<string, string>>): Promise<void> {
  const upstream = startChild(1, [...script('upstream.ts'), PICTURE_BYTES, '2000']);
  const { port } = z.object({ port: z.int() }).parse(JSON.parse(await nextLine(upstream)));
  const gateways = await startGateways({ replicas: 1, stores: 'embedded' }, `http://127.0.0.1:${port}`, {
    env,
  });
  try {
    const wish: PacedWish = {
      urls: [...gateways.urls],
      method: 'POST',
      headers: { authorization: `Bearer ${gateways.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-image-2', prompt: 'x', response_format: 'url' }),
      status: 200,
      perSecond: Number(values.rate),
      warmupMs: 1_000,
      durationMs: Number(values.seconds) * 1000,
    };
    const load = startChild(1, [...script('paced-load.ts'), JSON.stringify(wish)]);
    await nextLine(load);
    const [endProbe, endLook] = [probe(gateways.ownOrigins[0] ?? ''), await observe(gateways)];
    const result = pacedResultSchema.parse(JSON.parse(await nextLine(load)));
    const [slowestMs, seen] = [await endProbe(), await endLook()];
    await load.stop();
    const problems = Object.entries(result.problems).map(([problem, count]) => `${count} × ${problem}`);
    const cells = [
      name,
      result.answered,
      (result.p50Ms / 1000).toFixed(1),
      (result.p95Ms / 1000).toFixed(1),
      problems.join(', '),
      slowestMs.toFixed(0),
      seen.loopDelayP99Ms.toFixed(0),
      seen.residentMib.toFixed(0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  } finally {
    await gateways.stop();
    await upstream.stop();
  }
}

console.log(
  '| bounds | pictures | p50 s | p95 s | not answered with 200 | slowest /healthz ms | loop delay p99 ms | RSS MiB |',
);
console.log('|---|--:|--:|--:|---|--:|--:|--:|');
await measure('out of the way', UNBOUND);
await measure('as they are', {});
