import { expect, it } from 'vitest';
import { Lanes } from './lanes.js';

it('keeps room for calls that wait elsewhere than for a place, and gives it back once', () => {
  const lanes = new Lanes(2, 3);
  const kept = [lanes.reserve(2), lanes.reserve(1), lanes.reserve(2)];
  expect(() => lanes.reserve(1)).toThrow(/Too many images are waiting/);
  kept[1]?.();
  kept[1]?.();
  expect(() => lanes.reserve(2)).toThrow(/waiting/);
  lanes.reserve(1)();
  for (const giveBack of kept) giveBack();
  lanes.reserve(5)();
  expect(() => lanes.reserve(6)).toThrow(/waiting/);
});
