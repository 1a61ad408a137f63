import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Slabs } from './slabs.js';

const IDLE_MS = 10_000;

describe('memory that is used again', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is what was given back', () => {
    const slabs = new Slabs(1024);
    const [first, second] = [slabs.take(), slabs.take()];
    expect(first).not.toBe(second);
    expect(first).toHaveLength(1024);
    slabs.giveBack(first);
    expect(slabs.take()).toBe(first);
    expect(slabs.take()).not.toBe(second);
  });

  it('is dropped when it was not needed for a while, and only as much as was not', () => {
    const slabs = new Slabs(16);
    const all = Array.from({ length: 8 }, () => slabs.take());
    for (const slab of all) slabs.giveBack(slab);
    vi.advanceTimersByTime(IDLE_MS);
    // Half of them are needed now and then.
    const busy = Array.from({ length: 4 }, () => slabs.take());
    for (const slab of busy) slabs.giveBack(slab);
    vi.advanceTimersByTime(IDLE_MS);
    const kept = Array.from({ length: 8 }, () => slabs.take()).filter((slab) => all.includes(slab));
    expect(kept).toHaveLength(4);
    expect(kept.every((slab) => busy.includes(slab))).toBe(true);
  });

  it('leaves no timer when all of it is dropped', () => {
    const slabs = new Slabs(16);
    slabs.giveBack(slabs.take());
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(3 * IDLE_MS);
    expect(vi.getTimerCount()).toBe(0);
  });
});
