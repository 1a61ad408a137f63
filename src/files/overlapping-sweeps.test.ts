import { expect, it } from 'vitest';
import { NOON, openTestStores } from '../../test/factories/stores.js';

it('never removes the bytes of a picture that was written between two overlapping sweeps', async () => {
  const stores = await openTestStores();
  try {
    const bytes = Buffer.from('a fox');
    const { sha256 } = await stores.pictures.storeBuffer(bytes);
    stores.clock.now = new Date(NOON.getTime() + 7 * 3_600_000);
    // Two sweeps overlap: the second begins while the first is still deleting.
    const first = await stores.records.claimRemovable(200);
    const second = await stores.records.claimRemovable(200);
    for (const claimed of first) {
      await stores.blobs.delete(claimed);
      await stores.records.forget(claimed);
    }
    await stores.pictures.storeBuffer(bytes);
    for (const claimed of second) {
      await stores.blobs.delete(claimed);
      await stores.records.forget(claimed);
    }
    expect(await stores.blobs.has(sha256)).toBe(true);
  } finally {
    await stores.close();
  }
});
