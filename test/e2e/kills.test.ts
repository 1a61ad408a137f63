import { expect, it } from 'vitest';
import { runKillRounds } from '../support/kill-rounds.js';

/** A hundred kills: `npm run test:long -- kills`. */
const KILLS = 5;
const SEED = 7_2026;

it('leaves neither a file without its bytes, nor bytes without a record, nor a charge without a picture behind a kill', async () => {
  let state = SEED;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const nothing = { brokenFiles: [], strayBytes: [], wrongCharges: [], lostFiles: [] };
  const tally = await runKillRounds(KILLS, random, (findings) => {
    expect(findings).toEqual(nothing);
  });
  expect(tally.stored).toBeGreaterThan(KILLS);
  expect(tally.charged).toBeGreaterThan(0);
  expect(tally.brokenOff).toBeGreaterThan(KILLS);
}, 90_000);
