import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestFolder } from '../../test/factories/temporary-folder.js';
import { startChild } from '../../test/support/child.js';
import { startMeasuring } from '../../test/support/live-memory.js';
import { findTestS3 } from '../../test/support/s3-server.js';
import type { BlobStore } from './blob-store.js';
import { openBlobStore } from './open-blob-store.js';
import { parseStorageUrl } from '../config/storage-url.js';

const MIB = 1024 * 1024;
const nothing = () => Promise.resolve();
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const inAnHour = () => new Date(Date.now() + 3_600_000);

interface Home {
  readonly url: string;
  readonly keys: readonly [string, string];
  open(): Promise<BlobStore>;
  /** Hashes of what can be read. */
  listBlobs(): Promise<readonly string[]>;
  /** What is half-written. */
  countHalves(): Promise<number>;
  close(): Promise<void>;
}

function makeDisk(): Home {
  const folder = createTestFolder();
  const root = path.join(folder.path, 'blobs');
  const url = pathToFileURL(root).href;
  const files = () =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => ({ folder: path.basename(entry.parentPath), name: entry.name }));
  return {
    url,
    keys: ['', ''],
    open: () => openBlobStore(parseStorageUrl(url), { credentials: undefined, shared: true }),
    listBlobs: () =>
      Promise.resolve(
        files()
          .filter((file) => file.folder !== 'incoming')
          .map((file) => file.name)
          .sort(),
      ),
    countHalves: () => Promise.resolve(files().filter((file) => file.folder === 'incoming').length),
    close: () => {
      folder.remove();
      return Promise.resolve();
    },
  };
}

function makeS3(): Home {
  const server = findTestS3();
  const { url, credentials } = server;
  return {
    url,
    keys: [credentials.accessKeyId, credentials.secretAccessKey],
    open: () => openBlobStore(parseStorageUrl(url), { credentials, shared: true }),
    listBlobs: async () =>
      (await server.listKeys())
        .filter((key) => key.startsWith('blobs/'))
        .map((key) => path.basename(key))
        .sort(),
    countHalves: async () =>
      (await server.listKeys()).filter((key) => !key.startsWith('blobs/')).length +
      (await server.listUploads()).length,
    close: () => server.close(),
  };
}

describe.each([
  ['disk', makeDisk],
  ['S3', makeS3],
])('a blob store on %s', (_name, make) => {
  let home: Home;
  let store: BlobStore;

  beforeEach(async () => {
    home = make();
    store = await home.open();
  });
  afterEach(async () => {
    await home.close();
  });

  async function write(...chunks: readonly Uint8Array[]): Promise<{ sha256: string; sizeBytes: number }> {
    const writer = store.openWriter();
    for (const chunk of chunks) {
      // Whoever writes uses the memory again.
      const lent = Buffer.from(chunk);
      await writer.write(lent, true);
      lent.fill(0);
    }
    return writer.finish(nothing);
  }

  it('gives back the same bytes under their hash, however they were cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 2000 }),
        fc.array(fc.nat(2000), { maxLength: 8 }),
        fc.nat(400),
        async (bytes, cuts, times) => {
          const whole = Buffer.concat(Array.from({ length: times + 1 }, () => bytes));
          const inner = cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b);
          const edges = [0, ...inner, whole.length];
          const chunks = edges.slice(1).map((end, index) => whole.subarray(edges[index], end));
          const { sha256, sizeBytes } = await write(...chunks);
          expect(sha256).toBe(sha256Of(whole));
          expect(sizeBytes).toBe(whole.length);
          expect(whole.equals(await buffer(store.read(sha256)))).toBe(true);
        },
      ),
      { numRuns: 8 },
    );
  });

  it.each([
    ['exactly a part', 8 * MIB],
    ['one byte more than a part', 8 * MIB + 1],
    ['exactly two parts', 16 * MIB],
  ])('stores %s whole, and leaves nothing half-written', async (_what, size) => {
    const bytes = Buffer.alloc(size, `fox ${size} `);
    const cut = Math.floor(size / 3);
    const { sha256, sizeBytes } = await write(bytes.subarray(0, cut), bytes.subarray(cut));
    expect({ sha256, sizeBytes }).toStrictEqual({ sha256: sha256Of(bytes), sizeBytes: size });
    expect(bytes.equals(await buffer(store.read(sha256)))).toBe(true);
    expect(await home.countHalves()).toBe(0);
  });

  it('stores thousands of tiny chunks whole', async () => {
    const chunks = Array.from({ length: 5000 }, (_, index) => Buffer.from([index % 251]));
    const { sha256 } = await write(...chunks);
    expect((await buffer(store.read(sha256))).equals(Buffer.concat(chunks))).toBe(true);
  });

  it.each([
    ['small', 300_000],
    ['large', 9 * MIB],
  ])('keeps one blob of the same %s bytes written twice, one after the other or at once', async (_, size) => {
    const bytes = Buffer.alloc(size, 'fox');
    const first = await write(bytes);
    const again = await Promise.all([write(bytes), write(bytes.subarray(0, 5), bytes.subarray(5))]);
    for (const result of again) expect(result).toStrictEqual(first);
    expect(await home.listBlobs()).toStrictEqual([first.sha256]);
    expect(await home.countHalves()).toBe(0);
  });

  it('reads any range, byte 0 and the last one included, and leaves out what is not there', async () => {
    const { sha256 } = await write(Buffer.from('0123456789'));
    await fc.assert(
      fc.asyncProperty(fc.nat(14), fc.nat(14), async (a, b) => {
        const range = { start: Math.min(a, b), end: Math.max(a, b) };
        const read = await buffer(store.read(sha256, range));
        expect(read.toString()).toBe('0123456789'.slice(range.start, range.end + 1));
      }),
      { numRuns: 30 },
    );
  });

  it('stores no bytes at all as a blob of its own', async () => {
    const { sha256, sizeBytes } = await write();
    expect(sizeBytes).toBe(0);
    expect(await store.has(sha256)).toBe(true);
    expect((await buffer(store.read(sha256))).length).toBe(0);
    expect((await buffer(store.read(sha256, { start: 0, end: 5 }))).length).toBe(0);
  });

  it.each([
    ['small', 5],
    ['large', 9 * MIB],
  ])('shows a %s blob only after it was announced', async (_what, size) => {
    const bytes = Buffer.alloc(size, 'a fox');
    const writer = store.openWriter();
    await writer.write(bytes);
    const seen: unknown[] = [];
    await writer.finish(async (sha256, sizeBytes) => {
      seen.push(sha256, sizeBytes, await store.has(sha256), await home.listBlobs());
    });
    expect(seen).toStrictEqual([sha256Of(bytes), size, false, []]);
    expect(await store.has(sha256Of(bytes))).toBe(true);
  });

  it.each([
    ['small', 5],
    ['large', 9 * MIB],
  ])('shows no %s blob whose announcement failed, and leaves nothing after the discard', async (_, size) => {
    const bytes = Buffer.alloc(size, 'a fox');
    const writer = store.openWriter();
    await writer.write(bytes);
    await expect(writer.finish(() => Promise.reject(new Error('no record')))).rejects.toThrow('no record');
    await writer.discard();
    expect(await store.has(sha256Of(bytes))).toBe(false);
    expect(await home.listBlobs()).toStrictEqual([]);
    expect(await home.countHalves()).toBe(0);
  });

  it.each([
    ['nothing', 0],
    ['a few bytes', 10],
    ['a megabyte', MIB],
    ['several parts', 18 * MIB],
  ])('leaves nothing of a writer that was discarded after %s', async (_what, length) => {
    const writer = store.openWriter();
    if (length > 0) await writer.write(Buffer.alloc(length));
    await writer.discard();
    await writer.discard();
    expect(await home.listBlobs()).toStrictEqual([]);
    expect(await home.countHalves()).toBe(0);
  });

  it('keeps a finished blob when its writer is discarded afterwards', async () => {
    const writer = store.openWriter();
    await writer.write(Buffer.from('a fox'));
    const { sha256 } = await writer.finish(nothing);
    await writer.discard();
    expect(await store.has(sha256)).toBe(true);
  });

  it('forgets a deleted blob, and deletes one that is gone without complaint', async () => {
    const { sha256 } = await write(Buffer.from('a fox'));
    await store.delete(sha256);
    await store.delete(sha256);
    expect(await store.has(sha256)).toBe(false);
    await expect(buffer(store.read(sha256))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(buffer(store.read(sha256, { start: 0, end: 1 }))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('checks that it can write, without leaving anything', async () => {
    await store.check(100_000);
    expect(await home.listBlobs()).toStrictEqual([]);
    expect(await home.countHalves()).toBe(0);
  });

  it('takes no more from a blob than its reader asks for, and ends when the reader goes', async () => {
    const { sha256 } = await write(Buffer.alloc(12 * MIB, 'fox'));
    const readers = Array.from({ length: 10 }, () => store.read(sha256));
    await Promise.all(readers.map((reader) => once(reader, 'readable')));
    await sleep(50);
    for (const reader of readers) {
      expect(reader.readableLength).toBeGreaterThan(0);
      expect(reader.readableLength).toBeLessThan(MIB);
      const closed = once(reader, 'close');
      reader.destroy();
      await closed;
    }
    expect((await buffer(store.read(sha256))).length).toBe(12 * MIB);
  });

  it('removes what died half-written, by its age', async () => {
    await write(Buffer.from('a fox'));
    const child = startChild('write-blob-in-child.ts', home.url, String(64 * MIB), ...home.keys);
    await child.nextLine();
    while ((await home.countHalves()) === 0) await sleep(10);
    await child.kill();
    const before = new Date(Date.now() - 3_600_000);
    expect(await store.removeLeftovers(before)).toBe(0);
    expect(await home.countHalves()).toBeGreaterThan(0);
    expect(await store.removeLeftovers(inAnHour())).toBeGreaterThan(0);
    expect(await home.countHalves()).toBe(0);
    expect(await home.listBlobs()).toStrictEqual([sha256Of(Buffer.from('a fox'))]);
  });

  it('has only whole bytes under a hash when processes die while writing', async () => {
    const sizes = [3 * MIB, 9 * MIB, 10 * MIB];
    const kills = sizes.map(async (size, index) => {
      const child = startChild('write-blob-in-child.ts', home.url, String(size), ...home.keys);
      // Announced: the next instants are those in which it becomes visible.
      while (!/^[0-9a-f]{64}$/.test(await child.nextLine()));
      await sleep(index * 15);
      await child.kill();
    });
    await Promise.all(kills);
    for (const sha256 of await home.listBlobs()) {
      const bytes = await buffer(store.read(sha256));
      expect(sizes).toContain(bytes.length);
      expect(sha256Of(bytes)).toBe(sha256);
    }
  }, 120_000);

  it('writes and reads 64 MiB in bounded memory', async () => {
    const used = startMeasuring();
    const writer = store.openWriter();
    const hash = createHash('sha256');
    for (let index = 0; index < 256; index += 1) {
      const chunk = Buffer.alloc(256 * 1024, `${index} fox `);
      hash.update(chunk);
      await writer.write(chunk);
      if (index % 32 === 31) used.sample();
    }
    const { sha256 } = await writer.finish(nothing);
    expect(sha256).toBe(hash.digest('hex'));
    const back = createHash('sha256');
    let count = 0;
    for await (const chunk of store.read(sha256)) {
      back.update(z.instanceof(Buffer).parse(chunk));
      if ((count += 1) % 200 === 0) used.sample();
    }
    expect(back.digest('hex')).toBe(sha256);
    expect(used.peakMib()).toBeLessThan(40);
  }, 120_000);
});
