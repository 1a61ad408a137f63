/** Page 1 and page 1000 of a million pictures: figures for docs/api.md. */
import { expect, it } from 'vitest';
import { imagePageQuery, listImages, type ImageListWish } from '../../src/images/list-images-store.js';
import { DATABASES, NOON, openTestStores } from '../factories/stores.js';
import { explain, insertManyImages } from '../support/many-images.js';

const COUNT = 1_000_000;
const PAGE = 20;
const RUNS = 50;

it.each(DATABASES)(
  'a million pictures on %s',
  async (database) => {
    const stores = await openTestStores({ database });
    try {
      const { workspaceId } = await stores.createAccount(0);
      await insertManyImages(stores.db.kysely, workspaceId, COUNT);
      const owner = { workspaceId, mode: 'live' as const };
      const place = (page: number) => `img_${1_000_000_000 + COUNT - (page - 1) * PAGE}`;
      const wishes: Readonly<Record<string, Partial<ImageListWish>>> = {
        'page 1': {},
        'page 1000': { after: place(1000) },
        'page 1000, kept': { after: place(1000), kept: true },
        'page 1000, not kept': { after: place(1000), kept: false },
        'page 100 of a rare model': { after: place(10_000), model: 'rare-1' },
      };
      for (const [name, wish] of Object.entries(wishes)) {
        const whole: ImageListWish = {
          limit: PAGE + 1,
          order: 'desc',
          after: undefined,
          before: undefined,
          model: undefined,
          operation: undefined,
          kept: undefined,
          parent: undefined,
          createdAfter: undefined,
          createdBefore: undefined,
          ...wish,
        };
        const query = await imagePageQuery(stores.db.kysely, owner, whole, NOON.getTime());
        const plan = await explain(stores.db.kysely, stores.db.dialect, query);
        expect(plan).not.toMatch(/Seq Scan|SCAN images/);
        const times: number[] = [];
        for (let run = 0; run < RUNS; run += 1) {
          const start = performance.now();
          expect(await listImages(stores.db.kysely, owner, whole, NOON.getTime())).toHaveLength(PAGE + 1);
          times.push(performance.now() - start);
        }
        times.sort((a, b) => a - b);
        const at = (part: number) => (times[Math.floor(RUNS * part)] ?? 0).toFixed(1);
        process.stdout.write(`${database}, ${name}: median ${at(0.5)} ms, 98th percentile ${at(0.98)} ms\n`);
      }
    } finally {
      await stores.close();
    }
  },
  1_800_000,
);
