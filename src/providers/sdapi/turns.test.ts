import { describe, expect, it } from 'vitest';
import { Turns } from './turns.js';

const never = new AbortController().signal;

describe('Turns', () => {
  it('lets one call after the other have its turn, in order, for each server', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const first = await turns.take('a', never);
    const second = turns.take('a', never).then((release) => {
      order.push('second');
      release();
    });
    const third = turns.take('a', never).then((release) => {
      order.push('third');
      release();
    });
    const elsewhere = await turns.take('b', never);
    expect([turns.count('a'), turns.count('b'), turns.count('c')]).toEqual([3, 1, 0]);
    order.push('first');
    first();
    await Promise.all([second, third]);
    expect(order).toEqual(['first', 'second', 'third']);
    elsewhere();
    expect(turns.count('a')).toBe(0);
  });

  it('lets a call leave the line without letting the next one pass too early', async () => {
    const turns = new Turns();
    const leave = new AbortController();
    const first = await turns.take('a', never);
    const leaving = turns.take('a', leave.signal);
    let passed = false;
    const third = turns.take('a', never).then((release) => {
      passed = true;
      return release;
    });
    leave.abort();
    await expect(leaving).rejects.toThrow('cut short');
    await new Promise((resolve) => setImmediate(resolve));
    expect([passed, turns.count('a')]).toEqual([false, 2]);
    first();
    (await third)();
    expect(turns.count('a')).toBe(0);
    await expect(turns.take('a', leave.signal)).rejects.toThrow('cut short');
  });
});
