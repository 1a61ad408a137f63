import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createProvider } from '../../test/factories/provider.js';
import type { Probe } from './provider.js';
import { watchServers } from './watch-servers.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const unasked = () => Promise.reject(new Error('nothing is asked here'));

function probeOf(slug: string, ...warnings: readonly string[]): Probe {
  return { slug, url: `http://${slug}`, dialect: 'x', reachable: true, models: undefined, warnings };
}

it('tells everything once, then what has changed, until everything fits', async () => {
  let probes: readonly Probe[] = [probeOf('a'), probeOf('b', 'it lacks a node')];
  let looks = 0;
  const provider = createProvider([], {
    probe: () => {
      looks += 1;
      return Promise.resolve(probes);
    },
  });
  const told: string[] = [];
  watchServers([createProvider([]), provider], unasked, ({ slug, warnings }) => {
    told.push([slug, ...warnings].join(': '));
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(['a', 'b: it lacks a node']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([looks, told.length]).toEqual([2, 2]);
  probes = [probeOf('a'), probeOf('b')];
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told.at(-1)).toBe('b');
  await vi.advanceTimersByTimeAsync(600_000);
  expect(looks).toBe(3);
});

it('stops', async () => {
  let looks = 0;
  const provider = createProvider([], {
    probe: () => {
      looks += 1;
      return Promise.resolve([probeOf('a', 'it lacks a node')]);
    },
  });
  const watch = watchServers([provider], unasked, () => undefined);
  await vi.advanceTimersByTimeAsync(60_000);
  watch.stop();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(looks).toBe(2);
});
