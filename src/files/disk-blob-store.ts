import { randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, link, mkdir, readdir, rm, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import {
  ASIDE_FOLDER,
  asideName,
  hashOfName,
  removeUnfinished,
  type InspectableStore,
  type ListedBlob,
  type StoredThing,
  type UnfinishedWrite,
} from './blob-inspection.js';
import type { BlobWriter, ByteRange } from './blob-store.js';
import { DiskBlobWriter, isMissing, syncFolder, tryWrite } from './disk-blob-writer.js';

/**
 * Blobs in a local folder, named by the SHA-256 of their bytes. A blob is written beside, synced and renamed, so that
 * whatever stands under its final name is whole, also after a crash at any byte.
 */
export class DiskBlobStore implements InspectableStore {
  readonly #root: string;
  readonly #incoming: string;

  private constructor(root: string) {
    this.#root = root;
    this.#incoming = path.join(root, 'incoming');
  }

  /**
   * Opens the folder and clears what an earlier process left half-written.
   * @param options shared: other processes may be writing there, so that nothing is cleared
   */
  static async open(root: string, options: { readonly shared?: boolean } = {}): Promise<DiskBlobStore> {
    const store = new DiskBlobStore(root);
    await mkdir(store.#incoming, { recursive: true });
    if (options.shared !== true) {
      for (const name of await readdir(store.#incoming))
        await rm(path.join(store.#incoming, name), { force: true });
    }
    return store;
  }

  openWriter(): BlobWriter {
    return new DiskBlobWriter(path.join(this.#incoming, randomUUID()), (sha256) => this.#pathOf(sha256));
  }

  read(sha256: string, range?: ByteRange): Readable {
    return createReadStream(this.#pathOf(sha256), {
      highWaterMark: 64 * 1024,
      ...(range === undefined ? {} : { start: range.start, end: range.end }),
    });
  }

  async has(sha256: string): Promise<boolean> {
    try {
      return (await stat(this.#pathOf(sha256))).isFile();
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async delete(sha256: string): Promise<void> {
    try {
      await unlink(this.#pathOf(sha256));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async check(sizeBytes: number): Promise<void> {
    await tryWrite(path.join(this.#incoming, `probe-${randomUUID()}`), sizeBytes);
  }

  async removeLeftovers(before: Date): Promise<number> {
    return removeUnfinished(this, before);
  }

  async *listBlobs(): AsyncGenerator<ListedBlob> {
    // One of 256 folders in memory at a time.
    for (const folder of await this.#names('.', /^[0-9a-f]{2}$/)) {
      for await (const thing of this.#list(folder)) {
        yield { ...thing, sha256: hashOfName(folder, path.basename(thing.name)) };
      }
    }
  }

  async findBlob(sha256: string): Promise<ListedBlob | undefined> {
    const found = await this.#look(path.join(sha256.slice(0, 2), sha256));
    return found === undefined ? undefined : { ...found, sha256 };
  }

  async *listUnfinished(): AsyncGenerator<UnfinishedWrite> {
    for await (const thing of this.#list('incoming')) {
      // Its writer, or another process's sweep, may be first.
      yield { ...thing, remove: () => rm(path.join(this.#root, thing.name), { force: true }) };
    }
  }

  listAside(): AsyncIterable<StoredThing> {
    return this.#list(ASIDE_FOLDER);
  }

  async copyAside(sha256: string, now: Date): Promise<string | undefined> {
    const name = asideName(sha256, now);
    const [from, to] = [this.#pathOf(sha256), path.join(this.#root, name)];
    await mkdir(path.dirname(to), { recursive: true });
    try {
      // A second name for the same bytes; not every file system has those.
      await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_EXCL));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    await syncFolder(path.dirname(to));
    await syncFolder(this.#root);
    return name;
  }

  close(): void {
    // Files are open only while they are read or written.
  }

  async *#list(folder: string): AsyncGenerator<StoredThing> {
    for (const name of await this.#names(folder, /./s)) {
      const thing = await this.#look(path.join(folder, name));
      if (thing !== undefined) yield thing;
    }
  }

  async #names(folder: string, wanted: RegExp): Promise<readonly string[]> {
    try {
      return (await readdir(path.join(this.#root, folder))).filter((name) => wanted.test(name)).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  async #look(name: string): Promise<StoredThing | undefined> {
    try {
      const { size, mtime } = await stat(path.join(this.#root, name));
      return { name, sizeBytes: size, modifiedAt: mtime };
    } catch (error) {
      // Gone since the folder was listed.
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  #pathOf(sha256: string): string {
    return path.join(this.#root, sha256.slice(0, 2), sha256);
  }
}
