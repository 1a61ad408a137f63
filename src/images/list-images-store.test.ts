import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES, NOON, openTestStores, type TestStores } from '../../test/factories/stores.js';
import { explain, insertManyImages } from '../../test/support/many-images.js';
import { imagePageQuery, listImages, type ImageListWish } from './list-images-store.js';

const COUNT = 50_000;
const PAGE = 20;
const MAX_MS = 400;

const everything: ImageListWish = {
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
};
const imageId = (number: number) => `img_${number + 1_000_000_000}`;
const now = NOON.getTime();

describe.each(DATABASES)('a list of 50,000 pictures on %s', (database) => {
  let stores: TestStores;
  let owner: { workspaceId: string; mode: 'live' };

  beforeAll(async () => {
    stores = await openTestStores({ database });
    const { workspaceId } = await stores.createAccount(0);
    owner = { workspaceId, mode: 'live' };
    await insertManyImages(stores.db.kysely, workspaceId, COUNT);
  });
  afterAll(async () => {
    await stores.close();
  });

  const list = (wish: Partial<ImageListWish>) =>
    listImages(stores.db.kysely, owner, { ...everything, ...wish }, now);
  const numbers = async (wish: Partial<ImageListWish>) =>
    (await list(wish)).map(({ id }) => Number(id.slice(4)) - 1_000_000_000);

  it('begins with the newest and goes on behind any picture, in both directions', async () => {
    const last = COUNT - 1;
    expect(await numbers({ limit: 3 })).toEqual([last, last - 1, last - 2]);
    expect(await numbers({ limit: 3, order: 'asc' })).toEqual([0, 1, 2]);
    expect(await numbers({ limit: 2, after: imageId(30_000) })).toEqual([29_999, 29_998]);
    expect(await numbers({ limit: 2, before: imageId(30_000) })).toEqual([30_002, 30_001]);
    expect(await numbers({ limit: 2, before: imageId(3), order: 'asc' })).toEqual([1, 2]);
    expect(await numbers({ after: imageId(0) })).toEqual([]);
  });

  it('is filtered', async () => {
    expect(await numbers({ limit: 2, model: 'rare-1' })).toEqual([49_900, 49_800]);
    expect(await numbers({ limit: 2, operation: 'edit' })).toEqual([49_990, 49_980]);
    expect(await numbers({ limit: 2, kept: false })).toEqual([49_993, 49_983]);
    expect(await numbers({ limit: 2, kept: true, after: imageId(49_001) })).toEqual([49_000, 48_999]);
    expect(
      await numbers({ limit: 2, kept: true, model: 'rare-1', operation: 'edit', after: imageId(1100) }),
    ).toEqual([1000, 900]);
    expect(await numbers({ limit: 12, parent: imageId(0), order: 'asc' })).toEqual([
      ...Array.from({ length: 10 }, (_, index) => index),
      1000,
      1001,
    ]);
    const at = (number: number) => new Date(now - (COUNT - number) * 1000);
    expect(await numbers({ createdAfter: at(100), createdBefore: at(102) })).toEqual([102, 101, 100]);
    await expect(list({ after: 'img_nobody' })).rejects.toMatchObject({ param: 'after' });
    await expect(list({ parent: 'img_nobody' })).rejects.toMatchObject({ param: 'parent' });
  });

  const after = imageId(COUNT - 1000 * PAGE);
  it.each<readonly [string, Partial<ImageListWish>, RegExp]>([
    ['page 1', {}, /images_listed/],
    ['page 1000', { after }, /images_listed/],
    ['page 1000, oldest first', { after, order: 'asc' }, /images_listed/],
    ['one model', { model: 'rare-1', after }, /images_by_model/],
    ['one operation', { operation: 'edit', after }, /images_by_operation/],
    ['what is not kept', { kept: false, after }, /images_unkept/],
    ['what is kept', { kept: true, after }, /images_kept|images_listed/],
    ['a span of time', { createdAfter: NOON, createdBefore: NOON }, /images_listed/],
    ['children of a picture', { parent: imageId(0) }, /generation_inputs_by_image/],
  ])('is read from an index, never as a whole: %s', async (_what, wish, index) => {
    const query = await imagePageQuery(stores.db.kysely, owner, { ...everything, ...wish }, now);
    const plan = await explain(stores.db.kysely, stores.db.dialect, query);
    expect(plan).toMatch(index);
    expect(plan).not.toMatch(/Seq Scan|SCAN images|SCAN generation_inputs/);
    // Children are few and are sorted; everything else comes in its order.
    if (wish.parent === undefined) expect(plan).not.toMatch(/TEMP B-TREE|Sort/);
    const start = performance.now();
    await list(wish);
    expect(performance.now() - start).toBeLessThan(MAX_MS);
  });
});
