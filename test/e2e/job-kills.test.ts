/** The bounded form of `npm run test:long -- job-kills`. */
import { expect, it } from 'vitest';
import { runKillRounds } from '../support/job-kill-rounds.js';

it('kill -9 five times under load: everything ends, every picture is charged once, no task is bought twice', async () => {
  // Spread evenly, in an order of their own.
  const moments = [0.1, 0.7, 0.3, 0.9, 0.5];
  const report = await runKillRounds(5, () => moments.shift() ?? 0);
  expect(report.kills).toBe(5);
  expect(report.pictures).toBeGreaterThan(0);
}, 120_000);
