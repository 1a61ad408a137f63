import { readdirSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, openTestStores, type TestStores } from '../../test/factories/stores.js';
import { ProviderError } from '../providers/provider.js';

let stores: TestStores;
let png: Buffer;

beforeAll(async () => {
  png = await sharp({ create: { width: 40, height: 30, channels: 4, background: '#c8372d80' } })
    .png()
    .toBuffer();
});

const incoming = () => readdirSync(path.join(stores.blobFolder, 'incoming'));
const recorded = () =>
  stores.db.kysely.selectFrom('blobs').select(['sha256', 'size_bytes', 'state']).execute();

describe.each(DATABASES)('PictureStore on %s', (database) => {
  beforeEach(async () => {
    stores = await openTestStores({ database, maxImageBytes: 5000 });
  });
  afterEach(async () => {
    await stores.close();
  });

  it('measures a picture while it stores it, whatever chunks it comes in', async () => {
    const sink = stores.pictures.openSink();
    for (let start = 0; start < png.length; start += 7) await sink.write(png.subarray(start, start + 7));
    const stored = await sink.finish();
    expect(stored.sizeBytes).toBe(png.length);
    expect(stored.picture).toStrictEqual({
      mimeType: 'image/png',
      width: 40,
      height: 30,
      hasAlpha: true,
      complete: true,
      c2pa: false,
    });
    expect((await stores.pictures.readBuffer(stored.sha256)).equals(png)).toBe(true);
  });

  it('knows a blob before anybody can read it, and stores the same bytes once', async () => {
    const first = await stores.pictures.storeBuffer(png);
    const second = await stores.pictures.storeBuffer(Buffer.from(png));
    expect(second).toStrictEqual(first);
    expect(await recorded()).toStrictEqual([{ sha256: first.sha256, size_bytes: png.length, state: 'kept' }]);
    expect(incoming()).toStrictEqual([]);
  });

  it('keeps a picture that was cut off, and says that it is not whole', async () => {
    const stored = await stores.pictures.storeBuffer(png.subarray(0, png.length - 10));
    expect(stored.picture).toMatchObject({ width: 40, height: 30, complete: false });
    expect(await stores.blobs.has(stored.sha256)).toBe(true);
  });

  it('keeps bytes that are no picture and measures nothing', async () => {
    const stored = await stores.pictures.storeBuffer(Buffer.from('{"error": "moderated"}'));
    expect(stored.picture).toBeUndefined();
    expect(await stores.blobs.has(stored.sha256)).toBe(true);
  });

  it('takes a picture of exactly the largest size and refuses one byte more, without leaving anything', async () => {
    expect((await stores.pictures.storeBuffer(Buffer.alloc(5000, 1))).sizeBytes).toBe(5000);
    const before = await recorded();
    const sink = stores.pictures.openSink();
    await sink.write(Buffer.alloc(5000));
    const refusal: unknown = await sink.write(Buffer.alloc(1)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProviderError);
    expect(refusal).toMatchObject({ info: { kind: 'bad_response', retryable: false, billed: 'unknown' } });
    await sink.discard();
    await expect(stores.pictures.storeBuffer(Buffer.alloc(5001))).rejects.toBeInstanceOf(ProviderError);
    expect(incoming()).toStrictEqual([]);
    expect(await recorded()).toStrictEqual(before);
  });

  it('leaves neither file nor record of a picture that was dropped', async () => {
    const sink = stores.pictures.openSink();
    await sink.write(png);
    await sink.discard();
    expect(incoming()).toStrictEqual([]);
    expect(await recorded()).toStrictEqual([]);
  });

  it('keeps a finished picture when the sink is discarded afterwards', async () => {
    const sink = stores.pictures.openSink();
    await sink.write(png);
    const { sha256 } = await sink.finish();
    await sink.discard();
    expect(await stores.blobs.has(sha256)).toBe(true);
  });

  it('reads parts of a picture', async () => {
    const { sha256 } = await stores.pictures.storeBuffer(png);
    const chunks: Buffer[] = [];
    for await (const chunk of stores.pictures.read(sha256, { start: 1, end: 3 })) {
      if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    }
    expect(Buffer.concat(chunks).toString('latin1')).toBe('PNG');
  });
});
