import { describe, expect, it } from 'vitest';
import { FailureCounter } from './failure-counter.js';

function createCounter() {
  let now = 0;
  const counter = new FailureCounter({ name: 'test', redis: undefined, now: () => now });
  return {
    counter,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('FailureCounter', () => {
  it('counts each subject by itself, in minutes that begin with its first failure', async () => {
    const { counter, pass } = createCounter();
    expect(await counter.count('a')).toStrictEqual({ failures: 1, resetMs: 60_000 });
    pass(59_000);
    expect(await counter.count('a')).toStrictEqual({ failures: 2, resetMs: 1_000 });
    expect((await counter.count('b')).failures).toBe(1);
    pass(1_000);
    expect(await counter.count('a')).toStrictEqual({ failures: 1, resetMs: 60_000 });
    expect((await counter.count('b')).failures).toBe(2);
  });

  it('takes back what was no failure', async () => {
    const { counter } = createCounter();
    await counter.count('a');
    await counter.takeBack('a');
    await counter.takeBack('nobody');
    expect((await counter.count('a')).failures).toBe(1);
  });

  it('keeps a bounded number of subjects, and none that is over', async () => {
    const { counter, pass } = createCounter();
    for (let n = 0; n < 25_000; n += 1) await counter.count(`subject ${n}`);
    expect(counter.size).toBe(10_000);
    // The newest are those that are kept.
    expect((await counter.count('subject 24999')).failures).toBe(2);
    expect((await counter.count('subject 0')).failures).toBe(1);
    pass(60_000);
    await counter.count('another');
    expect(counter.size).toBe(1);
  });
});
