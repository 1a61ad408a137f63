/** Five hundred rows, killed nine times: each is made and charged once. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createTestFolder } from '../factories/temporary-folder.js';
import { runWithKills } from '../support/bulk-runs.js';
import { startTestServer } from '../support/server.js';

const ROWS = 500;
const KILLS = 9;

it('five hundred rows and nine kills', async () => {
  const folder = createTestFolder();
  const server = await startTestServer({ realTime: true });
  try {
    const place = path.join(folder.path, 'run');
    mkdirSync(place);
    const killed = await runWithKills(server, place, ROWS, KILLS);
    process.stdout.write(
      `${ROWS} rows, ${KILLS} kills that found ${killed.openAtKills} rows under way: ${killed.rows.filter(({ files }) => files?.length === 1).length} pictures, ` +
        `${killed.generations} generations, ${killed.charges.length} charges of ${[...new Set(killed.charges)].join(', ')} credits, ` +
        `${killed.wrongFiles.length} wrong files; ${killed.seconds.toFixed(0)} s\n`,
    );
    expect(killed.code).toBe(0);
    expect(killed.openAtKills).toBeGreaterThan(0);
    expect(killed.wrongFiles).toEqual([]);
    expect(killed.rows.map(({ status }) => status)).toEqual(Array.from({ length: ROWS }, () => 'succeeded'));
    expect(killed.generations).toBe(ROWS);
    expect(killed.charges).toEqual(Array.from({ length: ROWS }, () => 4));
  } finally {
    await server.stop();
    folder.remove();
  }
}, 1_800_000);
