import { expect, it } from 'vitest';
import { LoopDelay } from './loop-delay.js';

/** A loop whose turns take as long as a test says. */
function createLoop() {
  let now = 1_000;
  const delay = new LoopDelay(() => now);
  return {
    delay,
    turns: (count: number, ms: number) => {
      for (let turn = 0; turn < count; turn += 1) {
        now += ms;
        delay.look();
      }
    },
  };
}

it('is nothing while the loop is in time', () => {
  const { delay, turns } = createLoop();
  turns(200, 50);
  expect(delay.current).toBe(0);
});

it('comes to what the delay is when it stays, within some seconds', () => {
  const { delay, turns } = createLoop();
  turns(8, 650);
  expect(delay.current).toBeGreaterThan(500);
  turns(20, 650);
  expect(delay.current).toBeCloseTo(600, -1);
});

it('is moved little by one pause, and forgets it', () => {
  const { delay, turns } = createLoop();
  turns(1, 550);
  expect(delay.current).toBeLessThan(150);
  turns(80, 50);
  expect(delay.current).toBeLessThan(20);
});
