/** Mixed work for some seconds; `npm run test:long -- soak` does the same for half an hour. */
import { expect, it } from 'vitest';
import { runSoak } from '../support/soak/run-soak.js';
import { WORK_NAMES } from '../support/soak/mixed-work.js';

it('keeps no memory, files or money of work that is over', async () => {
  const result = await runSoak(
    { callers: 8, latencyMs: [10, 60], pictureBytes: 40_000, warmupRounds: 1, rounds: 3, roundMs: 4_000 },
    () => {},
  );
  expect(result.errors).toEqual([]);
  expect(result.generations).toBeGreaterThan(10 * WORK_NAMES.length);
  expect([result.held, result.gone]).toEqual([0, result.told]);
  expect(result.delivered).toBeGreaterThan(0);
  const [first, last] = [result.rounds[0], result.rounds.at(-1)];
  // Where nothing is kept it varies by one mebibyte. A hundred generations that are kept with their requests and answers are more
  // than two.
  expect((last?.generations ?? NaN) - (first?.generations ?? NaN)).toBeGreaterThan(50);
  expect((last?.aliveBytes ?? NaN) - (first?.aliveBytes ?? NaN)).toBeLessThan(2 * 1024 * 1024);
  expect((last?.openFiles ?? NaN) - (first?.openFiles ?? NaN)).toBeLessThanOrEqual(3);
  expect((last?.resources ?? NaN) - (first?.resources ?? NaN)).toBeLessThanOrEqual(3);
  expect(result.rounds.map(({ halfWritten }) => halfWritten)).toEqual([0, 0, 0]);
  expect(result.databaseBytesPerGeneration).toBeLessThan(20_000);
  expect(result.exitCode).toBe(0);
}, 90_000);
