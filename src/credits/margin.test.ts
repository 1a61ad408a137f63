import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES, NOON, openTestStores, type TestStores } from '../../test/factories/stores.js';
import { addMargin, NO_MARGIN, percentFor, withMargin } from './margin.js';
import { Margins } from './margin-store.js';

describe('a margin', () => {
  it('is added in per cent and rounded up to a whole microcredit', () => {
    expect(addMargin(4_000_000, 0)).toBe(4_000_000);
    expect(addMargin(4_000_000, 15)).toBe(4_600_000);
    expect(addMargin(4_000_000, 1000)).toBe(44_000_000);
    expect(addMargin(1, 0.01)).toBe(2);
    expect(addMargin(10_000, 0.01)).toBe(10_001);
    expect(addMargin(0, 1000)).toBe(0);
  });

  it('is that of the model where it has one', () => {
    const margin = { percent: 10, models: { 'dall-e-3': 50, 'imagen-4': 0 } };
    expect(withMargin(margin, 100, 'dall-e-3')).toBe(150);
    expect(withMargin(margin, 100, 'imagen-4')).toBe(100);
    expect(withMargin(margin, 100, 'grok-image')).toBe(110);
    expect(percentFor(margin, 'constructor')).toBe(10);
    expect(withMargin(NO_MARGIN, 100, 'dall-e-3')).toBe(100);
  });

  it('never makes a dearer cost cheaper, nor a price less than its cost', () => {
    const cost = fc.nat(1_000_000_000_000);
    const steps = fc.nat(100_000);
    fc.assert(
      fc.property(cost, cost, steps, (one, other, step) => {
        const percent = step / 100;
        expect(addMargin(one, percent)).toBeGreaterThanOrEqual(one);
        if (one <= other) expect(addMargin(one, percent)).toBeLessThanOrEqual(addMargin(other, percent));
      }),
    );
  });
});

let stores: TestStores;

describe.each(DATABASES)('the operator’s margin on %s', (database) => {
  beforeAll(async () => {
    stores = await openTestStores({ database });
  });
  afterAll(async () => {
    await stores.close();
  });

  it('is none until it is set, holds at once in its process and within five seconds in others', async () => {
    const time = () => stores.clock.now;
    const here = new Margins(stores.db, time);
    const there = new Margins(stores.db, time);
    expect(await here.current()).toStrictEqual(NO_MARGIN);
    expect(await there.current()).toStrictEqual(NO_MARGIN);
    await here.set({ percent: 12.5, models: { 'dall-e-3': 40 } });
    expect(await here.current()).toStrictEqual({ percent: 12.5, models: { 'dall-e-3': 40 } });
    stores.clock.now = new Date(NOON.getTime() + 4_999);
    expect(await there.current()).toStrictEqual(NO_MARGIN);
    stores.clock.now = new Date(NOON.getTime() + 5_000);
    expect(await there.current()).toStrictEqual({ percent: 12.5, models: { 'dall-e-3': 40 } });
    await there.set({ percent: 3 });
    expect(await there.current()).toStrictEqual({ percent: 3, models: {} });
  });

  it('is from 0 to 1000 per cent', async () => {
    const margins = new Margins(stores.db, () => stores.clock.now);
    for (const percent of [-1, 1001, Number.NaN]) await expect(margins.set({ percent })).rejects.toThrow();
    await expect(margins.set({ percent: 1, models: { 'dall-e-3': -5 } })).rejects.toThrow();
  });
});
