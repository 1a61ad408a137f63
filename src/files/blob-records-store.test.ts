import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, NOON, openTestStores, type TestStores } from '../../test/factories/stores.js';
import type { StoredImage } from '../providers/provider.js';

const MINUTE = 60_000;
const GRACE = 6 * 60 * MINUTE;
const DAY = 24 * 60 * MINUTE;

let stores: TestStores;

const after = (ms: number) => new Date(NOON.getTime() + ms);
const store = (text: string): Promise<StoredImage> => stores.pictures.storeBuffer(Buffer.from(text));
const recorded = () => stores.db.kysely.selectFrom('blobs').selectAll().execute();

describe.each(DATABASES)('BlobRecords on %s', (database) => {
  beforeEach(async () => {
    stores = await openTestStores({ database });
  });
  afterEach(async () => {
    await stores.close();
  });

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

  it('never loses a blob that is written again at the moment of its removal', async () => {
    const count = 120;
    const hashes = Array.from({ length: count }, (_, index) => `${index}`.padStart(64, '0'));
    for (const sha256 of hashes) await stores.records.touch(sha256, 1);
    const now = after(GRACE + 1);
    stores.clock.now = now;
    const sweepOnce = async () => {
      for (const sha256 of await stores.records.claimRemovable(15)) await stores.records.forget(sha256);
    };
    await Promise.all([
      ...hashes.map((sha256) => stores.records.touch(sha256, 1)),
      ...Array.from({ length: 8 }, sweepOnce),
    ]);
    const kept = (await recorded()).filter((row) => row.state === 'kept' && row.touched_at === now.getTime());
    expect(kept).toHaveLength(count);
  });

  it('passes over a blob that a writer is touching at this moment', async () => {
    if (stores.db.dialect === 'sqlite') {
      // The one connection of the process is taken: the claim comes wholly after the touch.
      const { sha256 } = await store('a fox');
      stores.clock.now = after(GRACE + 1);
      const touching = stores.records.touch(sha256, 5);
      expect(await stores.records.claimRemovable(10)).toStrictEqual([]);
      await touching;
      return;
    }
    const { sha256 } = await store('a fox');
    const now = after(GRACE + 1);
    stores.clock.now = now;
    await stores.db.transact(async (trx) => {
      await trx.updateTable('blobs').set({ touched_at: now.getTime() }).execute();
      // The touch is written and not yet committed: the claim neither sees it nor may wait and mark it afterwards.
      expect(await stores.records.claimRemovable(10)).toStrictEqual([]);
    });
    expect(await recorded()).toMatchObject([{ sha256, state: 'kept', touched_at: now.getTime() }]);
  });

  it.each(['blob_sha256', 'continuation_sha256'] as const)(
    'leaves alone what an edit refers to as its %s until that is given up',
    async (column) => {
      const { sha256 } = await store('a fox');
      const account = await stores.createAccount(0);
      await stores.recordImage(account, await store('another fox'), after(DAY));
      const { generation_id } = await stores.db.kysely
        .selectFrom('images')
        .select('generation_id')
        .executeTakeFirstOrThrow();
      await stores.db.kysely
        .insertInto('generation_inputs')
        .values({
          generation_id,
          position: 0,
          blob_sha256: 'f'.repeat(64),
          size_bytes: 5,
          mime_type: 'image/png',
          width: 1,
          height: 1,
          has_alpha: 0,
          image_id: null,
          continuation_sha256: null,
          continuation_size_bytes: null,
          continuation_model: null,
          changes_json: '[]',
          expires_at: null,
          removed_at: null,
          [column]: sha256,
        })
        .execute();
      stores.clock.now = after(DAY);
      expect(await stores.records.claimRemovable(10)).toStrictEqual([]);
      const until = after(DAY).getTime();
      await stores.db.kysely.updateTable('generation_inputs').set({ expires_at: until }).execute();
      await stores.generations.removeExpired(10);
      expect(await stores.records.claimRemovable(10)).toContain(sha256);
    },
  );

  it('gives every blob to one of several sweeps', async () => {
    const hashes = Array.from({ length: 40 }, (_, index) => `${index}`.padStart(64, '0'));
    for (const sha256 of hashes) await stores.records.touch(sha256, 1);
    stores.clock.now = after(GRACE + 1);
    const claims: string[] = [];
    for (let last = 1; last > 0;) {
      const round = await Promise.all(Array.from({ length: 4 }, () => stores.records.claimRemovable(7)));
      last = round.flat().length;
      claims.push(...round.flat());
    }
    expect([...claims].sort()).toStrictEqual(hashes);
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
