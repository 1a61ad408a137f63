import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, NOON, openTestStores, type TestStores } from '../../test/factories/stores.js';
import type { Account } from '../credits/ledger-store.js';
import type { StoredImage } from '../providers/provider.js';
import { finishRemovals, sweep } from './retention.js';

const MINUTE = 60_000;
const GRACE = 6 * 60 * MINUTE;
/** Grain of the random times. */
const UNIT = GRACE / 15;
const DAY = 24 * 60 * MINUTE;

let stores: TestStores;
let account: Account;

const after = (ms: number) => new Date(NOON.getTime() + ms);
const store = (text: string): Promise<StoredImage> => stores.pictures.storeBuffer(Buffer.from(text));
const runSweep = () =>
  sweep([stores.files, stores.generations], stores.records, stores.blobs, stores.clock.now);
const recorded = () => stores.db.kysely.selectFrom('blobs').selectAll().execute();

describe.each(DATABASES)('sweep on %s', (database) => {
  beforeEach(async () => {
    stores = await openTestStores({ database });
    account = await stores.createAccount(0);
  });
  afterEach(async () => {
    await stores.close();
  });

  it('removes an old blob that nothing refers to, its bytes and its record', async () => {
    const { sha256 } = await store('a fox');
    stores.clock.now = after(GRACE + 1);
    expect(await runSweep()).toStrictEqual({ pictures: 0, blobs: 1 });
    expect(await stores.blobs.has(sha256)).toBe(false);
    expect(await recorded()).toStrictEqual([]);
    expect(await runSweep()).toStrictEqual({ pictures: 0, blobs: 0 });
  });

  it('leaves a blob alone whose writer may still be about to record it', async () => {
    const { sha256 } = await store('a fox');
    stores.clock.now = after(GRACE);
    expect(await runSweep()).toStrictEqual({ pictures: 0, blobs: 0 });
    expect(await stores.blobs.has(sha256)).toBe(true);
  });

  it('starts the grace period anew when the same bytes are written again', async () => {
    const { sha256 } = await store('a fox');
    stores.clock.now = after(GRACE);
    await store('a fox');
    stores.clock.now = after(GRACE + MINUTE);
    expect((await runSweep()).blobs).toBe(0);
    expect(await stores.blobs.has(sha256)).toBe(true);
    stores.clock.now = after(2 * GRACE + 1);
    expect((await runSweep()).blobs).toBe(1);
  });

  it('keeps a picture until its time and then gives up its bytes', async () => {
    const stored = await store('a fox');
    const imageId = await stores.recordImage(account, stored, after(DAY));
    stores.clock.now = after(DAY - 1);
    expect(await runSweep()).toStrictEqual({ pictures: 0, blobs: 0 });
    expect((await stores.generations.findImage(imageId))?.removed).toBe(false);
    stores.clock.now = after(DAY);
    expect(await runSweep()).toStrictEqual({ pictures: 1, blobs: 1 });
    expect((await stores.generations.findImage(imageId))?.removed).toBe(true);
    expect(await stores.blobs.has(stored.sha256)).toBe(false);
  });

  it('keeps a blob while any of several pictures with the same bytes lives', async () => {
    const stored = await store('a fox');
    await stores.recordImage(account, stored, after(DAY));
    await stores.recordImage(account, stored, after(2 * DAY));
    stores.clock.now = after(DAY);
    expect(await runSweep()).toStrictEqual({ pictures: 1, blobs: 0 });
    expect(await stores.blobs.has(stored.sha256)).toBe(true);
    stores.clock.now = after(2 * DAY);
    expect(await runSweep()).toStrictEqual({ pictures: 1, blobs: 1 });
  });

  it('goes on until nothing is left, however much there is', async () => {
    const count = 450;
    for (let index = 0; index < count; index += 1)
      await stores.records.touch(`${index}`.padStart(64, '0'), 1);
    stores.clock.now = after(DAY);
    expect((await runSweep()).blobs).toBe(count);
    expect(await recorded()).toStrictEqual([]);
  });

  it('removes exactly what nothing refers to any more, and what is old and was never referred to', async () => {
    const blob = fc.record({
      storedAt: fc.nat(60),
      keptUntil: fc.option(fc.integer({ min: 0, max: 120 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(blob, { minLength: 1, maxLength: 6 }), fc.nat(90), async (blobs, sweepAt) => {
        const fresh = await openTestStores({ database });
        try {
          const owner = await fresh.createAccount(0);
          const inOrder = [...blobs].sort((a, b) => a.storedAt - b.storedAt);
          const stored: { readonly sha256: string; readonly kept: boolean }[] = [];
          const now = Math.max(sweepAt, inOrder.at(-1)?.storedAt ?? 0);
          for (const [index, { storedAt, keptUntil }] of inOrder.entries()) {
            fresh.clock.now = after(storedAt * UNIT);
            const image = await fresh.pictures.storeBuffer(Buffer.from(`fox ${index}`));
            if (keptUntil !== undefined) await fresh.recordImage(owner, image, after(keptUntil * UNIT));
            const referenced = keptUntil !== undefined && keptUntil > now;
            const inGrace = keptUntil === undefined ? now - storedAt <= GRACE / UNIT : now === storedAt;
            stored.push({ sha256: image.sha256, kept: referenced || inGrace });
          }
          fresh.clock.now = after(now * UNIT);
          await sweep([fresh.files, fresh.generations], fresh.records, fresh.blobs, fresh.clock.now);
          for (const { sha256, kept } of stored) expect(await fresh.blobs.has(sha256)).toBe(kept);
        } finally {
          await fresh.close();
        }
      }),
      // A new database on PostgreSQL takes a quarter of a second.
      { numRuns: database === 'sqlite' ? 12 : 4, seed: 1_122 },
    );
  });

  it('takes up the interrupted sweep of another process once that can not be running any more', async () => {
    const { sha256 } = await store('a fox');
    stores.clock.now = after(GRACE + 1);
    await stores.records.claimRemovable(10);
    stores.clock.now = after(GRACE + 1 + 10 * MINUTE);
    expect((await runSweep()).blobs).toBe(0);
    stores.clock.now = after(GRACE + 2 + 10 * MINUTE);
    expect((await runSweep()).blobs).toBe(1);
    expect(await stores.blobs.has(sha256)).toBe(false);
    expect(await recorded()).toStrictEqual([]);
  });

  it('finishes at the start what an earlier sweep had begun, where no other process can be running it', async () => {
    const { sha256 } = await store('a fox');
    stores.clock.now = after(GRACE + 1);
    expect(await stores.records.claimRemovable(10)).toStrictEqual([sha256]);
    expect((await runSweep()).blobs).toBe(0);
    await finishRemovals(stores.records, stores.blobs);
    const alone = database === 'sqlite';
    expect(await stores.blobs.has(sha256)).toBe(!alone);
    expect(await recorded()).toHaveLength(alone ? 0 : 1);
  });
});
