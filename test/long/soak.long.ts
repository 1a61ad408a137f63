/** Half an hour of mixed work at half of what a process can do; SOAK_MINUTES and SOAK_CALLERS change that. */
import { expect, it } from 'vitest';
import { runSoak } from '../support/soak/run-soak.js';

const MINUTES = Number(process.env['SOAK_MINUTES'] ?? '30');
const CALLERS = Number(process.env['SOAK_CALLERS'] ?? '128');
const MIB = 1024 * 1024;
/** Of a round without its end and the look at what is left. */
const ROUND_S = MINUTES < 10 ? 15 : 60;
/** A round ends when its last picture has come. */
const QUIET_S = 30;

it('half an hour of mixed work', async () => {
  const rounds = Math.max(3, Math.round((MINUTES * 60) / (ROUND_S + QUIET_S)));
  const warmupRounds = Math.max(1, Math.round(rounds / 6));
  const result = await runSoak(
    {
      callers: CALLERS,
      latencyMs: [2_000, 20_000],
      pictureBytes: 1_500_000,
      warmupRounds,
      rounds: rounds - warmupRounds,
      roundMs: ROUND_S * 1000,
    },
    (round) => {
      process.stdout.write(
        `${round.seconds.toFixed(0)} s: ${round.generations} generations, ${(round.aliveBytes / MIB).toFixed(2)} MiB alive, ` +
          `${(round.residentBytes / MIB).toFixed(0)} MiB resident, ${round.resources} resources, ${round.openFiles} files, ` +
          `${round.blobs} blobs, ${(round.databaseBytes / MIB).toFixed(1)} MiB of database, loop p99 ${round.loopDelayP99Ms.toFixed(1)} ms\n`,
      );
    },
  );
  const { rounds: seen, told, gone, held, delivered, errors } = result;
  process.stdout.write(
    `${result.generations} generations, ${delivered} deliveries, ${gone / 1e6} credits gone, ${told / 1e6} told; ` +
      `${result.aliveBytesPerGeneration.toFixed(0)} bytes of memory and ${result.databaseBytesPerGeneration.toFixed(0)} of database a generation\n`,
  );
  expect(errors).toEqual([]);
  expect([held, gone]).toEqual([0, told]);
  expect(delivered).toBeGreaterThan(0);
  // What is seen of nothing kept varies by about a mebibyte; a kept object per generation would be several times this bound.
  expect(result.aliveBytesPerGeneration).toBeLessThan(500);
  expect(Math.max(...seen.map(({ loopDelayP99Ms }) => loopDelayP99Ms))).toBeLessThan(50);
  const flat = (read: (round: (typeof seen)[number]) => number) =>
    Math.max(...seen.map(read)) - Math.min(...seen.map(read));
  expect(flat(({ openFiles }) => openFiles)).toBeLessThanOrEqual(5);
  expect(flat(({ resources }) => resources)).toBeLessThanOrEqual(5);
  expect(seen.every(({ halfWritten }) => halfWritten === 0)).toBe(true);
  expect(result.databaseBytesPerGeneration).toBeLessThan(20_000);
  expect(result.exitCode).toBe(0);
});
