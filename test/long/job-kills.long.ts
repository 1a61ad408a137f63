/** Fifty kills under load; `npm run test:long -- job-kills`. Prints what it saw. */
import { expect, it } from 'vitest';
import { runKillRounds } from '../support/job-kill-rounds.js';

const KILLS = 50;

it('kill -9 fifty times under load', async () => {
  const report = await runKillRounds(KILLS, Math.random);
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  expect(report.kills).toBe(KILLS);
}, 1_800_000);
