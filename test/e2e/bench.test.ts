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
