/**
 * How far the gateway goes: each load is raised step by step until answers come late or wrong. `npm run bench:knee -- [--only a,b]
 * [--replicas 2] [--latency 2000-20000] [--picture 1500000] [--seconds 10] [--warmup 3] [--least N] [--most N] [--out FILE.json]`. Build first
 * (`npm run bench:knee` does). One process on SQLite has a core to itself; two replicas share PostgreSQL, Redis and a folder,
 * behind nginx. docs/performance.md defines the knee.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { nextLine, startChild } from './child.js';
import { startGateways } from './gateways.js';
import { LOADS, type Load, type Step, type StepTimes } from './knee-loads.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    replicas: { type: 'string', default: '1' },
    latency: { type: 'string', default: '2000-20000' },
    picture: { type: 'string', default: '1500000' },
    seconds: { type: 'string', default: '10' },
    warmup: { type: 'string', default: '3' },
    least: { type: 'string', default: '0' },
    most: { type: 'string' },
    out: { type: 'string' },
  },
});
const chosen = values.only?.split(',');
const loads = LOADS.filter(({ name }) => chosen === undefined || chosen.includes(name));
const unknown = chosen?.filter((name) => !LOADS.some((load) => load.name === name)) ?? [];
if (unknown.length > 0) throw new Error(`loads: ${LOADS.map(({ name }) => name).join(', ')}`);
const replicas = z.coerce.number().int().min(1).parse(values.replicas);
const least = z.coerce.number().parse(values.least);
const most = values.most === undefined ? Infinity : z.coerce.number().parse(values.most);
const [minMs, maxMs] = z
  .tuple([z.coerce.number().int().min(0), z.coerce.number().int()])
  .parse(values.latency.split('-'));

interface Row extends Step {
  readonly name: string;
  /** What p95 may be at most. */
  readonly boundMs: number;
  readonly ok: boolean;
}

async function raise(load: Load): Promise<readonly Row[]> {
  const upstream = startChild(1, [
    '--import',
    'tsx',
    path.join(import.meta.dirname, 'upstream.ts'),
    values.picture,
    '0',
  ]);
  const facts = z
    .object({ port: z.int(), hashes: z.array(z.string()) })
    .parse(JSON.parse(await nextLine(upstream)));
  const gateways = await startGateways(
    { replicas, stores: replicas > 1 ? 'shared' : 'embedded' },
    `http://127.0.0.1:${facts.port}`,
    { ...load.gateways, behindNginx: replicas > 1 },
  );
  const times: StepTimes = {
    warmupMs: Number(values.warmup) * 1000,
    durationMs: Number(values.seconds) * 1000,
    latencyMs: [minMs, maxMs],
    hashes: facts.hashes,
  };
  const rows: Row[] = [];
  try {
    for (const step of load.steps.filter((one) => one >= least && one <= most)) {
      const seen = await load.run(step, gateways, times);
      const unloaded = rows[0]?.p95Ms ?? seen.p95Ms;
      const boundMs = Math.max(2 * unloaded, load.leastBoundMs);
      const row = {
        ...seen,
        name: load.name,
        boundMs,
        ok: seen.p95Ms <= boundMs && seen.problems.length === 0,
      };
      rows.push(row);
      print(row);
      if (!row.ok) break;
    }
  } finally {
    await gateways.stop();
    await upstream.stop();
  }
  return rows;
}

function print(row: Row): void {
  const cells = [
    row.name,
    row.load,
    row.perSecond.toFixed(1),
    row.p50Ms.toFixed(1),
    row.p95Ms.toFixed(1),
    row.boundMs.toFixed(1),
    row.loopDelayP99Ms.toFixed(1),
    row.cpuPercent.toFixed(0),
    row.residentMib.toFixed(0),
    row.openFiles,
    row.ok ? 'yes' : (row.problems[0]?.slice(0, 80) ?? 'late'),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

console.log(
  '| load | step | answers/s | p50 ms | p95 ms | p95 may be | loop delay p99 ms | CPU % of a core | RSS MiB | files | in time and right |',
);
console.log('|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|');
const report: {
  readonly name: string;
  readonly unit: string;
  readonly knee: number;
  readonly rows: readonly Row[];
}[] = [];
for (const load of loads) {
  const rows = await raise(load);
  const knee = rows.filter(({ ok }) => ok).at(-1)?.load ?? 0;
  report.push({ name: load.name, unit: load.unit, knee, rows });
}
for (const { unit, knee, rows } of report) {
  console.log(`${unit}: ${knee}${rows.every(({ ok }) => ok) ? ' (the last step; no limit was met)' : ''}`);
}
if (values.out !== undefined) {
  const facts = {
    when: new Date().toISOString(),
    node: process.version,
    cores: availableParallelism(),
    replicas,
    latencyMs: [minMs, maxMs],
    pictureBytes: Number(values.picture),
  };
  writeFileSync(values.out, `${JSON.stringify({ ...facts, loads: report }, undefined, 2)}\n`);
}
