import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import {
  DATABASES,
  openTestStores,
  type DatabaseName,
  type TestStores,
} from '../../test/factories/stores.js';
import { AppError, invariant } from '../errors.js';
import type { BlobStore } from '../files/blob-store.js';
import { PictureStore } from '../files/picture-store.js';
import { sweep } from '../files/retention.js';
import { readProvenance } from '../provenance/read-provenance.js';
import type { Size } from '../providers/model.js';
import type { GeneratedImage } from './generation.js';
import { PreviewStore } from './preview-store.js';
import { Previews, previewSizes } from './previews.js';

const IN_AN_HOUR = new Date('2026-11-22T13:00:00Z');
let stores: TestStores | undefined;
afterEach(async () => {
  await stores?.close();
  stores = undefined;
});

interface World {
  readonly stores: TestStores;
  readonly previews: Previews;
  /** How many blobs were written since the start. */
  readonly written: () => number;
  readonly addImage: (size: Size) => Promise<GeneratedImage>;
}

async function createWorld(database: DatabaseName = 'sqlite', maxPixels = 10_000_000): Promise<World> {
  const opened = await openTestStores({ database });
  stores = opened;
  let written = 0;
  const { blobs } = opened;
  const counting: BlobStore = {
    openWriter: () => {
      written += 1;
      return blobs.openWriter();
    },
    read: (sha256, range) => blobs.read(sha256, range),
    has: (sha256) => blobs.has(sha256),
    delete: (sha256) => blobs.delete(sha256),
    check: (sizeBytes) => blobs.check(sizeBytes),
    removeLeftovers: (before) => blobs.removeLeftovers(before),
  };
  const pictures = new PictureStore(counting, opened.records, 10_000_000);
  const records = new PreviewStore(opened.db, () => opened.clock.now);
  const account = await opened.createAccount(0);
  return {
    stores: opened,
    previews: new Previews({ pictures, records, maxPixels }),
    written: () => written,
    addImage: async ({ width, height }) => {
      const bytes = await sharp({ create: { width, height, channels: 3, background: '#a40' } })
        .png()
        .toBuffer();
      const id = await opened.recordImage(account, await opened.pictures.storeBuffer(bytes), IN_AN_HOUR);
      const image = await opened.generations.findImage(id);
      invariant(image !== undefined, 'the picture was recorded');
      return image;
    },
  };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  return failure instanceof AppError ? failure.code : String(failure);
}

describe('previewSizes', () => {
  it('are those of the ladder that are narrower than the picture, in its shape', () => {
    expect(previewSizes({ width: 1536, height: 1024 })).toStrictEqual([
      { width: 320, height: 213 },
      { width: 640, height: 427 },
    ]);
    expect(previewSizes({ width: 1024, height: 10 })).toStrictEqual([
      { width: 320, height: 3 },
      { width: 640, height: 6 },
    ]);
    expect(previewSizes({ width: 4000, height: 1 })[0]).toStrictEqual({ width: 320, height: 1 });
    expect(previewSizes({ width: 320, height: 320 })).toStrictEqual([]);
  });
});

describe.each(DATABASES)('previews on %s', (database) => {
  it('are WebP of the asked width that say where they come from, made once and kept', async () => {
    const { stores: opened, previews, written, addImage } = await createWorld(database);
    const image = await addImage({ width: 800, height: 400 });
    const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => previews.open(image, 320)));
    expect(written()).toBe(1);
    expect(first).toMatchObject({ mimeType: 'image/webp', createdAt: opened.clock.now });
    for (const other of others) expect(other).toStrictEqual(first);
    const bytes = await opened.pictures.readBuffer(first?.sha256 ?? '');
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 320, height: 160 });
    expect(readProvenance(bytes).xmp).toMatchObject({
      digitalSourceType: 'trainedAlgorithmicMedia',
      model: 'painter-1',
      originalSha256: image.sha256,
    });
    expect(await previews.open(image, 320)).toStrictEqual(first);
    expect(written()).toBe(1);
    await previews.open(image, 640);
    expect(written()).toBe(2);
  });

  it('are there for no other width, whoever asks', async () => {
    const { previews, written, addImage } = await createWorld(database);
    const image = await addImage({ width: 800, height: 400 });
    for (const width of [1, 319, 800, 1024, 99_999])
      expect(await previews.open(image, width)).toBeUndefined();
    expect(written()).toBe(0);
  });

  it('go with their picture, and not before', async () => {
    const { stores: opened, previews, addImage } = await createWorld(database);
    const image = await addImage({ width: 800, height: 400 });
    const preview = await previews.open(image, 320);
    const sweepAt = async (time: string) => {
      opened.clock.now = new Date(time);
      await sweep([opened.generations], opened.records, opened.blobs, opened.clock.now);
      return opened.blobs.has(preview?.sha256 ?? '');
    };
    const ofPicture = () => opened.blobs.has(image.sha256);
    expect([await sweepAt('2026-11-22T12:59:59Z'), await ofPicture()]).toStrictEqual([true, true]);
    await sweepAt('2026-11-22T13:00:00Z');
    expect([await sweepAt('2026-11-22T22:00:00Z'), await ofPicture()]).toStrictEqual([false, false]);
    const rows = await opened.db.kysely.selectFrom('image_previews').selectAll().execute();
    expect(rows).toStrictEqual([]);
    // Whoever looked the picture up before it was removed gets none.
    expect(await previews.open(image, 320)).toBeUndefined();
  });

  it('outlive the grace period of bytes as long as their picture does', async () => {
    const { stores: opened, previews } = await createWorld(database);
    const account = await opened.createAccount(0);
    const bytes = await sharp({ create: { width: 400, height: 30, channels: 3, background: '#04a' } })
      .png()
      .toBuffer();
    const stored = await opened.pictures.storeBuffer(bytes);
    const id = await opened.recordImage(account, stored, new Date('2026-11-30T12:00:00Z'));
    const image = await opened.generations.findImage(id);
    invariant(image !== undefined, 'the picture was recorded');
    const preview = await previews.open(image, 320);
    opened.clock.now = new Date('2026-11-25T12:00:00Z');
    await sweep([opened.generations], opened.records, opened.blobs, opened.clock.now);
    expect(await opened.blobs.has(preview?.sha256 ?? '')).toBe(true);
  });
});

describe('previews', () => {
  it('are refused at once when too many wait, and those that wait are made', async () => {
    const { previews, addImage } = await createWorld();
    const images = await Promise.all(Array.from({ length: 80 }, () => addImage({ width: 330, height: 20 })));
    const outcomes = await Promise.all(
      images.map((image) =>
        previews.open(image, 320).then(
          () => 'made',
          (error: unknown) => (error instanceof AppError ? error.code : String(error)),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'made')).toHaveLength(65);
    expect(outcomes.filter((outcome) => outcome === 'queue_full')).toHaveLength(15);
    const late = images[outcomes.indexOf('queue_full')];
    expect(late === undefined ? undefined : await previews.open(late, 320)).toBeDefined();
  });

  it('are not made of what this gateway does not decode, and the next one is', async () => {
    const { previews, addImage } = await createWorld('sqlite', 10_000);
    const [large, small] = [
      await addImage({ width: 800, height: 400 }),
      await addImage({ width: 400, height: 9 }),
    ];
    expect(await codeOf(previews.open(large, 320))).toBe('invalid_image');
    expect(await previews.open(small, 320)).toBeDefined();
  });
});
