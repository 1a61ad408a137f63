import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.js';
import { FailureCounter } from '../limits/failure-counter.js';
import { FailedKeys, type GivenKey } from './failed-keys.js';

const MAX = 5;

/** One right key that was made and one that was chosen; every look-up is counted. */
function createDoor(max = MAX) {
  let now = 0;
  let looked = 0;
  const told: string[] = [];
  const clock = () => now;
  const failed = new FailedKeys({
    counter: new FailureCounter({ name: 'keys', redis: undefined, now: clock }),
    max,
    onTooMany: (address) => told.push(address),
    now: clock,
  });
  const knock = async (address: string, secret: string, canBeGuessed: boolean) => {
    const given: GivenKey = { address, secret, canBeGuessed };
    try {
      const found = await failed.find(given, async () => {
        looked += 1;
        await Promise.resolve();
        return secret.startsWith('right') ? secret : undefined;
      });
      return found === undefined ? 401 : 200;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      expect(error.retryAfterMs).toBeGreaterThan(0);
      return error.status;
    }
  };
  return {
    made: (address: string, secret: string) => knock(address, secret, false),
    chosen: (address: string, secret: string) => knock(address, secret, true),
    told,
    looked: () => looked,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

const statuses = async (attempts: readonly Promise<number>[]) => {
  const counts: Record<number, number> = {};
  for (const status of await Promise.all(attempts)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, n) => make(n));

describe('FailedKeys', () => {
  it('refuses further wrong keys of one address until its minute ends, and tells of it once', async () => {
    const door = createDoor();
    expect(await statuses(times(20, (n) => door.made('a', `wrong ${n}`)))).toStrictEqual({
      401: MAX,
      429: 15,
    });
    expect(door.told).toStrictEqual(['a']);
    expect(await door.made('b', 'wrong')).toBe(401);
    door.pass(59_999);
    expect(await door.made('a', 'wrong')).toBe(429);
    door.pass(1);
    expect(await door.made('a', 'wrong')).toBe(401);
  });

  it('lets right keys that were made here pass at any time, new ones too', async () => {
    const door = createDoor();
    for (let minute = 0; minute < 5; minute += 1) {
      await statuses(times(50, (n) => door.made('a', `wrong ${n}`)));
      expect(await door.made('a', `right ${minute}`)).toBe(200);
      door.pass(10_000);
    }
  });

  it('looks chosen keys up as often as wrong ones are allowed, also when guesses come at once', async () => {
    const door = createDoor();
    expect(await statuses(times(100, (n) => door.chosen('a', `wrong ${n}`)))).toStrictEqual({
      401: MAX,
      429: 95,
    });
    expect(door.looked()).toBe(MAX);
    // A guess that is right by chance gains nothing.
    expect(await door.chosen('a', 'right guess')).toBe(429);
    expect(door.looked()).toBe(MAX);
    door.pass(60_000);
    expect(await door.chosen('a', 'right guess')).toBe(200);
  });

  it('lets a chosen key pass where it passed within the last hour, and nowhere else', async () => {
    const door = createDoor();
    expect(await door.chosen('a', 'right')).toBe(200);
    const flood = async (address: string) => statuses(times(50, (n) => door.made(address, `wrong ${n}`)));
    door.pass(59 * 60_000);
    await flood('a');
    expect(await door.chosen('a', 'right')).toBe(200);
    await flood('b');
    expect(await door.chosen('b', 'right')).toBe(429);
    door.pass(60 * 60_000);
    await flood('a');
    expect(await door.chosen('a', 'right')).toBe(429);
  });

  it('counts no right key, however many calls come at once', async () => {
    const door = createDoor();
    expect(await statuses(times(200, () => door.chosen('a', 'right')))).toStrictEqual({ 200: 200 });
    expect(await statuses(times(200, () => door.made('a', 'right')))).toStrictEqual({ 200: 200 });
    expect(await statuses(times(20, (n) => door.made('a', `wrong ${n}`)))).toStrictEqual({
      401: MAX,
      429: 15,
    });
  });

  it('counts the addresses of one IPv6 network together', async () => {
    const door = createDoor();
    await statuses(times(MAX, (n) => door.made(`2001:db8:1:2::${n}`, 'wrong')));
    expect(await door.made('2001:db8:1:2:ffff::1', 'wrong')).toBe(429);
    expect(await door.made('2001:db8:1:3::1', 'wrong')).toBe(401);
  });

  it('limits nothing when it is told so', async () => {
    const door = createDoor(0);
    expect(await statuses(times(50, (n) => door.chosen('a', `wrong ${n}`)))).toStrictEqual({ 401: 50 });
  });
});
