import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestFolder } from '../../test/factories/temporary-folder.js';
import { DiskBlobStore } from './disk-blob-store.js';

const nothing = () => Promise.resolve();
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let folder: ReturnType<typeof createTestFolder>;
let root: string;
let store: DiskBlobStore;

beforeEach(async () => {
  folder = createTestFolder();
  root = path.join(folder.path, 'blobs');
  store = await DiskBlobStore.open(root);
});
afterEach(() => {
  folder.remove();
});

/** All files below the root, by their path from there. */
function files(): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

async function write(...chunks: readonly Uint8Array[]): Promise<{ sha256: string; sizeBytes: number }> {
  const writer = store.openWriter();
  for (const chunk of chunks) await writer.write(chunk);
  return writer.finish(nothing);
}

describe('DiskBlobStore', () => {
  it('gives back the same bytes under their hash, however they were cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 2000 }),
        fc.array(fc.nat(2000), { maxLength: 8 }),
        fc.nat(400),
        async (bytes, cuts, times) => {
          const whole = Buffer.concat(Array.from({ length: times + 1 }, () => bytes));
          const edges = [
            0,
            ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b),
            whole.length,
          ];
          const chunks = edges.slice(1).map((end, index) => whole.subarray(edges[index], end));
          const { sha256, sizeBytes } = await write(...chunks);
          expect(sha256).toBe(sha256Of(whole));
          expect(sizeBytes).toBe(whole.length);
          expect(whole.equals(await buffer(store.read(sha256)))).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('stores thousands of tiny chunks whole', async () => {
    const chunks = Array.from({ length: 5000 }, (_, index) => Buffer.from([index % 251]));
    const { sha256 } = await write(...chunks);
    expect((await buffer(store.read(sha256))).equals(Buffer.concat(chunks))).toBe(true);
  });

  it('keeps one file for the same bytes written twice, one after the other or at once', async () => {
    const bytes = Buffer.alloc(300_000, 'fox');
    const first = await write(bytes);
    const again = await Promise.all([
      write(bytes),
      write(bytes.subarray(0, 5), bytes.subarray(5)),
      write(bytes),
    ]);
    for (const result of again) expect(result).toStrictEqual(first);
    expect(files()).toStrictEqual([path.join(first.sha256.slice(0, 2), first.sha256)]);
  });

  it('reads any range, byte 0 and the last one included', async () => {
    const bytes = Buffer.from('0123456789');
    const { sha256 } = await write(bytes);
    await fc.assert(
      fc.asyncProperty(fc.nat(9), fc.nat(9), async (a, b) => {
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
  });

  it('shows a blob only after it was announced', async () => {
    const bytes = Buffer.from('a fox');
    const writer = store.openWriter();
    await writer.write(bytes);
    const seen: unknown[] = [];
    await writer.finish(async (sha256, sizeBytes) => {
      seen.push(sha256, sizeBytes, await store.has(sha256));
    });
    expect(seen).toStrictEqual([sha256Of(bytes), 5, false]);
    expect(await store.has(sha256Of(bytes))).toBe(true);
  });

  it('shows no blob whose announcement failed, and leaves no file after the discard', async () => {
    const bytes = Buffer.from('a fox');
    const writer = store.openWriter();
    await writer.write(bytes);
    await expect(writer.finish(() => Promise.reject(new Error('no record')))).rejects.toThrow('no record');
    expect(await store.has(sha256Of(bytes))).toBe(false);
    await writer.discard();
    expect(files()).toStrictEqual([]);
  });

  it.each([
    ['nothing', 0],
    ['less than a buffer', 10],
    ['several buffers', 1_000_000],
  ])('leaves no file of a writer that was discarded after %s', async (_what, length) => {
    const writer = store.openWriter();
    if (length > 0) await writer.write(Buffer.alloc(length));
    await writer.discard();
    await writer.discard();
    expect(files()).toStrictEqual([]);
  });

  it('keeps a finished blob when its writer is discarded afterwards', async () => {
    const writer = store.openWriter();
    await writer.write(Buffer.from('a fox'));
    const { sha256 } = await writer.finish(nothing);
    await writer.discard();
    expect(await store.has(sha256)).toBe(true);
  });

  it('clears at the start what an earlier process left half-written, and nothing else', async () => {
    const { sha256 } = await write(Buffer.from('a fox'));
    writeFileSync(path.join(root, 'incoming', 'half'), 'half a f');
    const reopened = await DiskBlobStore.open(root);
    expect(files()).toStrictEqual([path.join(sha256.slice(0, 2), sha256)]);
    expect((await buffer(reopened.read(sha256))).toString()).toBe('a fox');
  });

  it('writes pictures for its own user only', async () => {
    const { sha256 } = await write(Buffer.from('a fox'));
    expect(statSync(path.join(root, sha256.slice(0, 2), sha256)).mode & 0o077).toBe(0);
  });

  it('forgets a deleted blob, and deletes one that is gone without complaint', async () => {
    const { sha256 } = await write(Buffer.from('a fox'));
    await store.delete(sha256);
    await store.delete(sha256);
    expect(await store.has(sha256)).toBe(false);
    await expect(buffer(store.read(sha256))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('takes only a missing file for a missing blob', async () => {
    const sha256 = 'ab'.repeat(32);
    // A file where the folder should be: neither there nor simply missing.
    writeFileSync(path.join(root, 'ab'), '');
    await expect(store.has(sha256)).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(store.delete(sha256)).rejects.toMatchObject({ code: 'ENOTDIR' });
    mkdirSync(path.join(root, 'cd', 'cd'.repeat(32)), { recursive: true });
    expect(await store.has('cd'.repeat(32))).toBe(false);
  });

  it('checks that it can write, without leaving anything', async () => {
    await store.check();
    expect(files()).toStrictEqual([]);
    folder.remove();
    await expect(store.check()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('leaves what is written under its final name untouched by a second writer', async () => {
    const { sha256 } = await write(Buffer.from('a fox'));
    const reading = store.read(sha256);
    await write(Buffer.from('a fox'));
    expect((await buffer(reading)).toString()).toBe('a fox');
    expect(readFileSync(path.join(root, sha256.slice(0, 2), sha256), 'utf8')).toBe('a fox');
    expect(existsSync(path.join(root, 'incoming'))).toBe(true);
  });
});
