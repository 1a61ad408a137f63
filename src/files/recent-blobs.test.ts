import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestFolder } from '../../test/factories/temporary-folder.js';
import { DiskBlobStore } from './disk-blob-store.js';
import { RecentBlobs } from './recent-blobs.js';

const KIB = 1024;
const nothing = () => Promise.resolve();

let folder: ReturnType<typeof createTestFolder>;
let disk: DiskBlobStore;
let recent: RecentBlobs;

beforeEach(async () => {
  folder = createTestFolder();
  disk = await DiskBlobStore.open(folder.path);
  recent = new RecentBlobs(disk, 64 * KIB);
});
afterEach(() => {
  folder.remove();
});

async function store(bytes: Buffer, chunkBytes = 4 * KIB): Promise<string> {
  const writer = recent.openWriter();
  for (let from = 0; from < bytes.length; from += chunkBytes)
    await writer.write(Buffer.from(bytes.subarray(from, from + chunkBytes)));
  return (await writer.finish(nothing)).sha256;
}

/** Reads a blob whose file is gone: only memory has it. */
async function readWithoutDisk(sha256: string): Promise<Buffer | undefined> {
  await disk.delete(sha256);
  try {
    return await buffer(recent.read(sha256));
  } catch {
    return undefined;
  }
}

describe('blobs that were just stored', () => {
  it('are read from memory, whole and in any range', async () => {
    const bytes = randomBytes(10 * KIB);
    const sha256 = await store(bytes);
    expect(await buffer(disk.read(sha256))).toStrictEqual(bytes);
    expect(await readWithoutDisk(sha256)).toStrictEqual(bytes);
    for (const [start, end] of [
      [0, 0],
      [4095, 4096],
      [5000, 9000],
      [10_239, 10_239],
      [100, 99_999],
    ] as const) {
      const part = await buffer(recent.read(sha256, { start, end }));
      expect(part.equals(bytes.subarray(start, end + 1))).toBe(true);
    }
  });

  it('give way to newer ones, and stay readable from the store', async () => {
    const blobs = Array.from({ length: 8 }, () => randomBytes(12 * KIB));
    const hashes: string[] = [];
    for (const bytes of blobs) hashes.push(await store(bytes));
    const [oldest = '', newest = ''] = [hashes[0], hashes.at(-1)];
    expect(await buffer(recent.read(oldest))).toStrictEqual(blobs[0]);
    expect(await readWithoutDisk(oldest)).toBeUndefined();
    expect(await readWithoutDisk(newest)).toStrictEqual(blobs.at(-1));
  });

  it('are not kept when they are large, discarded or never stored, and leave their room to others', async () => {
    const large = await store(randomBytes(20 * KIB));
    expect(await readWithoutDisk(large)).toBeUndefined();
    for (let i = 0; i < 20; i += 1) {
      const writer = recent.openWriter();
      await writer.write(randomBytes(15 * KIB));
      if (i % 2 === 0) await writer.discard();
      else await writer.finish(() => Promise.reject(new Error('no'))).catch(() => writer.discard());
    }
    const hashes = [];
    for (let i = 0; i < 4; i += 1) hashes.push(await store(randomBytes(15 * KIB)));
    for (const sha256 of hashes) expect(await readWithoutDisk(sha256)).toHaveLength(15 * KIB);
  });

  it('hold no large buffer for a small view of it', async () => {
    const hashes = [];
    for (let i = 0; i < 30; i += 1) {
      const writer = recent.openWriter();
      await writer.write(randomBytes(64 * KIB).subarray(0, KIB));
      hashes.push((await writer.finish(nothing)).sha256);
    }
    for (const sha256 of hashes) expect(await readWithoutDisk(sha256)).toHaveLength(KIB);
  });

  it.each([1, 2, 3, 4, 3 * KIB, 3 * KIB + 1])(
    'of %i bytes that came as base64 are at hand as such, and as bytes',
    async (sizeBytes) => {
      const bytes = randomBytes(sizeBytes);
      const text = Buffer.from(bytes.toString('base64'));
      const writer = recent.openWriter();
      for (let from = 0; from < text.length; from += 1000) writer.echo?.(text.subarray(from, from + 1000));
      await writer.write(bytes);
      const { sha256 } = await writer.finish(nothing);
      const borrowed = recent.borrowBase64(sha256);
      expect(Buffer.concat([...(borrowed?.chunks ?? [])])).toStrictEqual(text);
      expect(await buffer(recent.read(sha256, { start: 0, end: 0 }))).toStrictEqual(bytes.subarray(0, 1));
      expect(await readWithoutDisk(sha256)).toStrictEqual(bytes);
      borrowed?.giveBack();
      expect(recent.borrowBase64(sha256)).toBeUndefined();
    },
  );

  it.each([
    ['without padding', ['AAEC', 'Aw']],
    ['with bits that stand for nothing', ['AAEC', 'Ax==']],
    ['that can not be given from somewhere on', ['AAEC', undefined, 'Aw==']],
    ['of which a part is missing', ['AAEC']],
  ])('are not at hand as a base64 %s', async (_name, texts) => {
    const writer = recent.openWriter();
    for (const text of texts) writer.echo?.(text === undefined ? undefined : Buffer.from(text));
    await writer.write(Buffer.from([0, 1, 2, 3]));
    const { sha256 } = await writer.finish(nothing);
    expect(recent.borrowBase64(sha256)).toBeUndefined();
    expect(await buffer(recent.read(sha256))).toStrictEqual(Buffer.from([0, 1, 2, 3]));
  });

  it('do not give way while an answer is given from them; what finds no room then is not kept', async () => {
    const storeText = async () => {
      const bytes = randomBytes(9 * KIB);
      const writer = recent.openWriter();
      writer.echo?.(Buffer.from(bytes.toString('base64')));
      await writer.write(bytes);
      return (await writer.finish(nothing)).sha256;
    };
    const hashes = [];
    for (let i = 0; i < 5; i += 1) hashes.push(await storeText());
    const borrowed = hashes.map((sha256) => recent.borrowBase64(sha256));
    expect(borrowed.every((one) => one !== undefined)).toBe(true);
    expect(recent.borrowBase64(await storeText())).toBeUndefined();
    for (const one of borrowed) {
      one?.giveBack();
      one?.giveBack();
    }
    for (let i = 0; i < 5; i += 1) expect(recent.borrowBase64(await storeText())).toBeDefined();
  });

  it('are read to their end as they were, also when others have taken their place meanwhile', async () => {
    recent = new RecentBlobs(disk, 1024 * KIB);
    const bytes = randomBytes(240 * KIB);
    const sha256 = await store(bytes);
    // More than a stream reads ahead is still to come.
    const stream = recent.read(sha256);
    const first: unknown = stream.read(1);
    await recent.delete(sha256);
    for (let i = 0; i < 8; i += 1) await store(randomBytes(240 * KIB));
    expect(first).toStrictEqual(bytes.subarray(0, 1));
    expect(await buffer(stream)).toStrictEqual(bytes.subarray(1));
  });

  it('leave their room also when they are not read to their end', async () => {
    for (let i = 0; i < 8; i += 1) {
      const sha256 = await store(randomBytes(15 * KIB));
      const stream = recent.read(sha256);
      if (i % 2 === 0) stream.read(1);
      stream.destroy();
    }
    const hashes = [];
    for (let i = 0; i < 4; i += 1) hashes.push(await store(randomBytes(15 * KIB)));
    for (const sha256 of hashes) expect(await readWithoutDisk(sha256)).toHaveLength(15 * KIB);
  });

  it('are gone once they are deleted', async () => {
    const sha256 = await store(randomBytes(KIB));
    await recent.delete(sha256);
    await expect(buffer(recent.read(sha256))).rejects.toThrow('ENOENT');
    expect(await recent.has(sha256)).toBe(false);
  });
});
