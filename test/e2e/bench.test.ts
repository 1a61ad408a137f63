import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createTestFolder } from '../factories/temporary-folder.js';

const reportSchema = z.object({
  rows: z.array(
    z.object({
      scenario: z.string(),
      target: z.string(),
      imagesPerSecond: z.number(),
      problems: z.array(z.string()),
    }),
  ),
});

// What is right is judged here; how fast it is, only on a machine that does nothing else.
it('the benchmark runs: every picture that is looked at is the original, money and files add up', async () => {
  const folder = createTestFolder();
  const out = path.join(folder.path, 'report.json');
  const args = ['bench/run.ts', '--only', '1k-32,2m-32-url', '--repeats', '1', '--out', out];
  await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', ...args, '--seconds', '1', '--warmup', '0.2'],
    { cwd: path.resolve(import.meta.dirname, '../..') },
  );
  const { rows } = reportSchema.parse(JSON.parse(readFileSync(out, 'utf8')));
  expect(rows.map(({ scenario, target }) => `${scenario} ${target}`)).toStrictEqual(
    ['2m-32-url', '1k-32'].flatMap((name) =>
      ['direct', 'bare-proxy', 'atelier'].map((target) => `${name} ${target}`),
    ),
  );
  for (const row of rows) {
    expect(row.imagesPerSecond).toBeGreaterThan(0);
    expect(row.problems).toStrictEqual([]);
  }
  folder.remove();
});

const kneeSchema = z.object({
  loads: z.array(
    z.object({
      name: z.string(),
      knee: z.number(),
      rows: z.array(z.object({ load: z.number(), perSecond: z.number(), problems: z.array(z.string()) })),
    }),
  ),
});

it('the search for the knee runs: loads are made as asked, and what comes back is right', async () => {
  const folder = createTestFolder();
  const out = path.join(folder.path, 'knee.json');
  const args = ['bench/knee.ts', '--only', 'events', '--most', '10'];
  await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', ...args, '--picture', '20000', '--seconds', '1', '--warmup', '0.2', '--out', out],
    { cwd: path.resolve(import.meta.dirname, '../..') },
  );
  const { loads } = kneeSchema.parse(JSON.parse(readFileSync(out, 'utf8')));
  expect(loads.map(({ name, knee, rows }) => [name, knee, rows.length])).toStrictEqual([['events', 10, 1]]);
  for (const { perSecond, problems } of loads.flatMap(({ rows }) => rows)) {
    expect(perSecond).toBeGreaterThan(0);
    expect(problems).toStrictEqual([]);
  }
  folder.remove();
});
