import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestFolder } from '../../test/factories/temporary-folder.js';
import { DiskBlobStore } from './disk-blob-store.js';

const nothing = () => Promise.resolve();

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

  it('clears at the start what an earlier process left half-written, and nothing else', async () => {
    const { sha256 } = await write(Buffer.from('a fox'));
    writeFileSync(path.join(root, 'incoming', 'half'), 'half a f');
    const reopened = await DiskBlobStore.open(root);
    expect(files()).toStrictEqual([path.join(sha256.slice(0, 2), sha256)]);
    expect((await buffer(reopened.read(sha256))).toString()).toBe('a fox');
  });

  it('clears nothing at the start when others may be writing there', async () => {
    writeFileSync(path.join(root, 'incoming', 'half'), 'half a f');
    await DiskBlobStore.open(root, { shared: true });
    expect(files()).toStrictEqual([path.join('incoming', 'half')]);
  });

  it('removes by age what was left half-written', async () => {
    const now = new Date('2026-11-22T12:00:00Z');
    for (const [name, hours] of [
      ['old', 7],
      ['new', 5],
    ] as const) {
      const file = path.join(root, 'incoming', name);
      writeFileSync(file, 'half a f');
      const at = new Date(now.getTime() - hours * 3_600_000);
      utimesSync(file, at, at);
    }
    expect(await store.removeLeftovers(new Date(now.getTime() - 6 * 3_600_000))).toBe(1);
    expect(files()).toStrictEqual([path.join('incoming', 'new')]);
  });

  it('writes pictures for its own user only', async () => {
    const { sha256 } = await write(Buffer.from('a fox'));
    expect(statSync(path.join(root, sha256.slice(0, 2), sha256)).mode & 0o077).toBe(0);
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
    await store.check(600_000);
    expect(files()).toStrictEqual([]);
    folder.remove();
    await expect(store.check(1)).rejects.toMatchObject({ code: 'ENOENT' });
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
