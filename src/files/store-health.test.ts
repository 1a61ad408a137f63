import { expect, it } from 'vitest';
import { AppError } from '../errors.js';
import { StoreHealth } from './store-health.js';

/** A store that a test lets fail, on a clock that it turns. */
function createStore() {
  const written: number[] = [];
  const told: unknown[] = [];
  let nowMs = 0;
  let room = Infinity;
  const health = new StoreHealth(
    (sizeBytes) => {
      written.push(sizeBytes);
      return sizeBytes <= room ? Promise.resolve() : Promise.reject(new Error('ENOSPC'));
    },
    (error) => told.push(error),
    () => nowMs,
  );
  return {
    health,
    written,
    told,
    leave: (bytes: number) => {
      room = bytes;
    },
    turn: (ms: number) => {
      nowMs += ms;
    },
  };
}

it('asks a store that took everything for nothing', async () => {
  const { health, written } = createStore();
  expect(await health.isUsable()).toBe(true);
  expect(await health.refusal()).toBeUndefined();
  expect(written).toEqual([]);
});

it('lets nothing be bought after a failure until the store takes as much as a picture has', async () => {
  const { health, written, told, leave, turn } = createStore();
  leave(100_000);
  const reason = new Error('ENOSPC');
  expect(health.failed(reason, 3_000_000)).toMatchObject({ code: 'storage_unavailable', retry: true });
  expect(told).toEqual([reason]);
  const refusal = await health.refusal();
  expect(refusal?.info).toMatchObject({ kind: 'cancelled', billed: false });
  expect(refusal?.info.cause).toBeInstanceOf(AppError);
  // A small thing would fit.
  turn(2_000);
  leave(1_000_000);
  expect(await health.isUsable()).toBe(false);
  turn(2_000);
  leave(Infinity);
  expect(await health.isUsable()).toBe(true);
  expect(written).toEqual([6_000_000, 6_000_000, 6_000_000]);
  expect(await health.isUsable()).toBe(true);
  expect(written).toHaveLength(3);
});

it('asks a store that fails once a second at most, and once for all who ask at the same time', async () => {
  const { health, written, leave, turn } = createStore();
  leave(0);
  health.failed(new Error('ENOSPC'), 10);
  expect(await Promise.all([health.isUsable(), health.isUsable(), health.isUsable()])).toEqual([
    false,
    false,
    false,
  ]);
  expect(written).toHaveLength(1);
  turn(999);
  expect(await health.isUsable()).toBe(false);
  expect(written).toHaveLength(1);
  turn(1);
  expect(await health.isUsable()).toBe(false);
  expect(written).toHaveLength(2);
});

it('buys nothing either once a look at the store failed, and goes on once one succeeds', async () => {
  const { health, leave } = createStore();
  leave(0);
  await expect(health.check()).rejects.toThrow('ENOSPC');
  expect(await health.isUsable()).toBe(false);
  leave(Infinity);
  await health.check();
  expect(await health.isUsable()).toBe(true);
});
