/** A hundred kills at moments that differ from run to run; the seed is printed. */
import { expect, it } from 'vitest';
import { runKillRounds } from '../support/kill-rounds.js';

const KILLS = 100;

it('a hundred kills', async () => {
  const seed = Date.now() % 2_147_483_648;
  process.stdout.write(`seed ${seed}\n`);
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const tally = await runKillRounds(KILLS, random, (findings) => {
    expect(findings).toEqual({ brokenFiles: [], strayBytes: [], wrongCharges: [], lostFiles: [] });
  });
  process.stdout.write(`${KILLS} kills: ${JSON.stringify(tally)}\n`);
}, 7_200_000);
