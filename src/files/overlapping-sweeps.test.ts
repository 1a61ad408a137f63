import { expect, it } from 'vitest';
import { DATABASES, NOON, openTestStores } from '../../test/factories/stores.js';

it.each(DATABASES)(
  'never removes bytes that were written between two overlapping sweeps, on %s',
  async (database) => {
    const stores = await openTestStores({ database });
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
  },
);
