import { expect, it } from 'vitest';
import { CallerCache } from './caller-cache.js';

function create(maxEntries = 10) {
  const time = { ms: 0 };
  const loads: string[] = [];
  const cache = new CallerCache<string>({ ttlMs: 4_000, maxEntries, now: () => time.ms });
  const find = (name: string, value: string | undefined) =>
    cache.find(name, () => {
      loads.push(name);
      return Promise.resolve(value);
    });
  return { cache, time, loads, find };
}

it('reads once for many calls at a time, and once more when its time is over', async () => {
  const { time, loads, find } = create();
  expect(await Promise.all(Array.from({ length: 50 }, () => find('a', 'A')))).toStrictEqual(
    Array.from({ length: 50 }, () => 'A'),
  );
  time.ms = 3_999;
  expect(await find('a', 'later')).toBe('A');
  time.ms = 4_000;
  expect(await find('a', 'later')).toBe('later');
  expect(loads).toStrictEqual(['a', 'a']);
});

it('remembers that there was nothing, and strangers push no caller out', async () => {
  const { loads, find } = create(3);
  await find('a', 'A');
  for (let stranger = 0; stranger < 100; stranger += 1) await find(`x${stranger}`, undefined);
  expect(await find('x99', 'now there')).toBeUndefined();
  expect(await find('a', 'other')).toBe('A');
  expect(await find('x0', 'now there')).toBe('now there');
  expect(loads).toHaveLength(102);
});

it('keeps what was used last', async () => {
  const { loads, find } = create(2);
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await find(name, name);
  expect(loads).toStrictEqual(['a', 'b', 'c', 'b']);
});

it('keeps nothing whose reading began before it was forgotten', async () => {
  const { cache, find } = create();
  let answer: (value: string) => void = () => {};
  const reading = cache.find('a', () => new Promise<string>((resolve) => (answer = resolve)));
  cache.forget(() => true);
  answer('stale');
  expect(await reading).toBe('stale');
  expect(await find('a', 'fresh')).toBe('fresh');
});
