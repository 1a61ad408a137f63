import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NOON, openTestStores, type TestStores } from '../../test/factories/stores.js';
import type { StoredImage } from '../providers/provider.js';

const MINUTE = 60_000;
const GRACE = 6 * 60 * MINUTE;
const DAY = 24 * 60 * MINUTE;

let stores: TestStores;

beforeEach(async () => {
  stores = await openTestStores();
});
afterEach(async () => {
  await stores.close();
});

const after = (ms: number) => new Date(NOON.getTime() + ms);
const store = (text: string): Promise<StoredImage> => stores.pictures.storeBuffer(Buffer.from(text));
const recorded = () => stores.db.kysely.selectFrom('blobs').selectAll().execute();

describe('BlobRecords', () => {
  it('lets a writer of bytes that are being removed wait for the end of it, so that its blob stays', async () => {
    const { sha256 } = await store('a fox');
    stores.clock.now = after(GRACE + 1);
    const [claimed] = await stores.records.claimRemovable(10);
    expect(claimed).toBe(sha256);
    let touched = false;
    const touching = stores.records.touch(sha256, 5).then(() => {
      touched = true;
    });
    const writing = store('a fox');
    // Queries run in the order they are made: these come after the first try.
    for (let query = 0; query < 3; query += 1)
      expect(await recorded()).toMatchObject([{ state: 'deleting' }]);
    expect(touched).toBe(false);
    await stores.blobs.delete(sha256);
    await stores.records.forget(sha256);
    await touching;
    expect((await writing).sha256).toBe(sha256);
    expect(await stores.blobs.has(sha256)).toBe(true);
    expect(await recorded()).toMatchObject([
      { sha256, state: 'kept', touched_at: after(GRACE + 1).getTime() },
    ]);
  });

  it('never forgets a blob that is not being removed', async () => {
    const { sha256 } = await store('a fox');
    await stores.records.forget(sha256);
    expect(await recorded()).toMatchObject([{ sha256, state: 'kept' }]);
  });

  it('claims the oldest first and no more than asked', async () => {
    for (const [index, name] of ['c', 'a', 'b'].entries()) {
      stores.clock.now = after(index * MINUTE);
      await stores.records.touch(name.repeat(64), 1);
    }
    stores.clock.now = after(DAY);
    expect(await stores.records.claimRemovable(2)).toStrictEqual(['c'.repeat(64), 'a'.repeat(64)]);
    const states = new Map((await recorded()).map((row) => [row.sha256.charAt(0), row.state]));
    expect(states).toStrictEqual(
      new Map([
        ['c', 'deleting'],
        ['a', 'deleting'],
        ['b', 'kept'],
      ]),
    );
  });
});
