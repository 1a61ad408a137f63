import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { checkClock, checkNode, checkOpenFiles, type OtherClock } from './check-machine.js';
import { roomOf } from './check-stores.js';
import { NODE_FLOOR } from './node-floor.js';

describe('checkNode', () => {
  it('has the floor that package.json has', () => {
    const file = readFileSync(path.resolve(import.meta.dirname, '../../package.json'), 'utf8');
    const { engines } = z.object({ engines: z.object({ node: z.string() }) }).parse(JSON.parse(file));
    expect(engines.node).toBe(`>=${NODE_FLOOR}`);
  });

  it.each([
    ['v20.19.0', 'ok'],
    ['v20.18.3', 'fail'],
    ['v18.20.8', 'fail'],
    ['v24.0.0', 'ok'],
  ])('%s: %s', (version, state) => {
    expect(checkNode(version).state).toBe(state);
  });
});

it.each([
  ['1048576', 'ok'],
  ['unlimited', 'ok'],
  ['1024', 'warn'],
  ['256', 'fail'],
])('a limit of %s open files: %s', (limit, state) => {
  const text = `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${limit}              1048576              files\n`;
  expect(checkOpenFiles(text).state).toBe(state);
});

it('does not guess where the system tells no limit', () => {
  expect(checkOpenFiles('').state).toBe('unknown');
});

describe('checkClock', () => {
  const clock = (changes: Partial<OtherClock>): OtherClock => ({
    name: 'a provider',
    timeMs: 1_000_000,
    precisionMs: 1_000,
    askedMs: 999_900,
    answeredMs: 1_000_100,
    ...changes,
  });

  it.each([
    [0, 'ok'],
    [2_900, 'ok'],
    [4_000, 'warn'],
    [-4_000, 'warn'],
    [60_000, 'fail'],
  ])('off by %i ms: %s', (offMs, state) => {
    expect(checkClock([clock({ timeMs: 1_000_000 + offMs })]).state).toBe(state);
  });

  it('believes the most exact one', () => {
    const exact = clock({ name: 'the database', precisionMs: 5, askedMs: 999_999, answeredMs: 1_000_001 });
    expect(checkClock([clock({ timeMs: 9_000_000 }), exact])).toStrictEqual({
      part: 'clock',
      state: 'ok',
      what: 'agrees with that of the database',
    });
  });

  it('does not guess where nothing tells the time', () => {
    expect(checkClock([]).state).toBe('unknown');
  });
});

it.each([
  [20, 'ok'],
  [2, 'warn'],
  [0.1, 'fail'],
])('%f GiB of room: %s', (gib, state) => {
  expect(roomOf('/data', gib * 1024 ** 3).state).toBe(state);
});
