/**
 * The gateway under load beside nothing and beside a bare proxy, on the same work in turn: `npm run bench -- [--only a,b]
 * [--repeats 3] [--seconds 8] [--warmup 3] [--out FILE.json]`. Build first (`npm run bench` does). The gateway has one core to
 * itself and the rest shares the other, where the system can pin processes. Prints a table; medians of the repeats.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { nextLine, startChild, type Child } from './child.js';
import { startGateways } from './gateways.js';
import { loadResultSchema, type LoadResult, type LoadWish } from './load-wish.js';
import { usageOf } from './process-usage.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

type Target = 'direct' | 'bare-proxy' | 'atelier';

interface Run extends LoadResult {
  readonly scenario: string;
  readonly target: Target;
  readonly cpuMsPerImage: number;
  readonly peakMib: number;
}

interface Row {
  readonly scenario: string;
  readonly target: Target;
  readonly imagesPerSecond: number;
  /** Largest less smallest, as a part of the median. */
  readonly spread: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the gateway's whole process tree. */
  readonly cpuMsPerImage: number;
  readonly peakMib: number;
  readonly problems: readonly string[];
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    repeats: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    warmup: { type: 'string', default: '3' },
    out: { type: 'string' },
  },
});
const chosen = values.only?.split(',');
const scenarios = SCENARIOS.filter(({ name }) => chosen === undefined || chosen.includes(name));
if (scenarios.length === 0) throw new Error(`scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}`);
const times = { warmupMs: Number(values.warmup) * 1000, durationMs: Number(values.seconds) * 1000 };

const upstreamSchema = z.object({ port: z.int(), hashes: z.array(z.string()) });
const proxySchema = z.object({ port: z.int() });

const script = (name: string) => ['--import', 'tsx', path.join(import.meta.dirname, name)];

async function runLoad(
  wish: LoadWish,
  measured: readonly Child[],
): Promise<LoadResult & Pick<Run, 'cpuMsPerImage' | 'peakMib'>> {
  const sum = () => {
    const all = measured.map((child) => usageOf(child.process.pid ?? 0));
    return {
      cpuSeconds: all.reduce((total, one) => total + one.cpuSeconds, 0),
      peakMib: all.reduce((total, one) => total + one.peakMib, 0),
    };
  };
  const load = startChild(1, [...script('load.ts'), JSON.stringify(wish)]);
  await nextLine(load);
  const before = sum();
  const result = loadResultSchema.parse(JSON.parse(await nextLine(load)));
  const after = sum();
  await load.stop();
  return {
    ...result,
    cpuMsPerImage: ((after.cpuSeconds - before.cpuSeconds) * 1000) / Math.max(1, result.images),
    peakMib: after.peakMib,
  };
}

async function runTarget(
  scenario: Scenario,
  target: Target,
  upstream: z.output<typeof upstreamSchema>,
): Promise<Run> {
  const origin = `http://127.0.0.1:${upstream.port}`;
  const body = JSON.stringify({ model: 'gpt-image-2', prompt: 'x', n: 1, response_format: scenario.format });
  const { concurrency } = scenario;
  const wish = { key: 'bench', body, concurrency, ...times, hashes: upstream.hashes };
  const common = { scenario: scenario.name, target };
  if (target === 'direct') {
    return { ...common, ...(await runLoad({ ...wish, urls: [`${origin}/v1/images/generations`] }, [])) };
  }
  if (target === 'bare-proxy') {
    const proxy = startChild(0, [...script('bare-proxy.ts'), origin]);
    const { port } = proxySchema.parse(JSON.parse(await nextLine(proxy)));
    const urls = [`http://127.0.0.1:${port}/v1/images/generations`];
    const result = await runLoad({ ...wish, urls }, [proxy]);
    await proxy.stop();
    return { ...common, ...result };
  }
  const gateways = await startGateways(scenario, origin);
  try {
    const result = await runLoad({ ...wish, key: gateways.key, urls: [...gateways.urls] }, gateways.children);
    const problems = [...result.problems, ...(await gateways.findFaults(result.answered))];
    return { ...common, ...result, problems };
  } finally {
    await gateways.stop();
  }
}

function toRow(runs: readonly Run[]): Row {
  const [first] = runs;
  if (first === undefined) throw new Error('a row has runs');
  const rates = runs.map(({ images, seconds }) => images / seconds);
  const of = (read: (run: Run) => number) => median(runs.map(read));
  return {
    scenario: first.scenario,
    target: first.target,
    imagesPerSecond: median(rates),
    spread: (Math.max(...rates) - Math.min(...rates)) / median(rates),
    p50Ms: of((run) => run.p50Ms),
    p99Ms: of((run) => run.p99Ms),
    cpuMsPerImage: of((run) => run.cpuMsPerImage),
    peakMib: of((run) => run.peakMib),
    problems: runs.flatMap(({ problems }) => problems),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

const rows: Row[] = [];
console.log(
  '| scenario | target | images/s | spread | p50 ms | p99 ms | CPU ms/image | peak RSS MiB | all right |',
);
console.log('|---|---|--:|--:|--:|--:|--:|--:|---|');
for (const scenario of scenarios) {
  const upstream = startChild(1, [
    ...script('upstream.ts'),
    String(scenario.pictureBytes),
    String(scenario.upstreamLatencyMs),
  ]);
  const facts = upstreamSchema.parse(JSON.parse(await nextLine(upstream)));
  const targets: readonly Target[] = [...scenario.against, 'atelier'];
  const runs: Run[] = [];
  for (let repeat = 0; repeat < Number(values.repeats); repeat += 1) {
    for (const target of targets) runs.push(await runTarget(scenario, target, facts));
  }
  await upstream.stop();
  for (const target of targets) {
    const row = toRow(runs.filter((run) => run.target === target));
    rows.push(row);
    const cells = [
      row.imagesPerSecond.toFixed(1),
      `${(row.spread * 100).toFixed(0)} %`,
      row.p50Ms.toFixed(2),
      row.p99Ms.toFixed(1),
      target === 'direct' ? '-' : row.cpuMsPerImage.toFixed(2),
      target === 'direct' ? '-' : row.peakMib.toFixed(0),
      row.problems.length === 0 ? 'yes' : row.problems[0],
    ];
    console.log(`| ${row.scenario} | ${target} | ${cells.join(' | ')} |`);
  }
}
const report = { when: new Date().toISOString(), node: process.version, times, rows };
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(report, undefined, 2)}\n`);
process.exit(rows.some(({ problems }) => problems.length > 0) ? 1 : 0);
