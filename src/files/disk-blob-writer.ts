import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BlobWriter, StoredBlob } from './blob-store.js';
import { Slabs } from '../slabs.js';

/** Writes are gathered to this size, so that small chunks don't each cost a system call. */
const BUFFERS = new Slabs(256 * 1024);

const NO_DESCRIPTOR = new Set(['EMFILE', 'ENFILE']);
const DESCRIPTOR_PATIENCE_MS = 20_000;

/** Writes one blob beside its place, and puts it there when all of it is durable. */
export class DiskBlobWriter implements BlobWriter {
  readonly #temporary: string;
  readonly #pathOf: (sha256: string) => string;
  readonly #hash = createHash('sha256');
  #buffer: Buffer | undefined;
  #bufferedBytes = 0;
  #sizeBytes = 0;
  #handle: FileHandle | undefined;
  #done = false;

  constructor(temporary: string, pathOf: (sha256: string) => string) {
    this.#temporary = temporary;
    this.#pathOf = pathOf;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    this.#sizeBytes += chunk.byteLength;
    for (let from = 0; from < chunk.byteLength;) {
      this.#buffer ??= BUFFERS.take();
      const part = chunk.subarray(from, from + this.#buffer.length - this.#bufferedBytes);
      this.#buffer.set(part, this.#bufferedBytes);
      this.#bufferedBytes += part.byteLength;
      from += part.byteLength;
      if (this.#bufferedBytes === this.#buffer.length) await this.#flush();
    }
  }

  async finish(beforeVisible: (sha256: string, sizeBytes: number) => Promise<void>): Promise<StoredBlob> {
    await this.#flush();
    this.#releaseBuffer();
    const handle = await this.#open();
    await handle.sync();
    await handle.close();
    this.#handle = undefined;
    const sha256 = this.#hash.digest('hex');
    await beforeVisible(sha256, this.#sizeBytes);
    const final = this.#pathOf(sha256);
    await this.#moveTo(final);
    this.#done = true;
    await syncFolder(path.dirname(final));
    return { sha256, sizeBytes: this.#sizeBytes };
  }

  async discard(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    try {
      // Waits for what is being written.
      await handle?.close();
    } finally {
      this.#releaseBuffer();
      if (!this.#done) await rm(this.#temporary, { force: true });
      this.#done = true;
    }
  }

  /** The folder is there but for the first blob in it. */
  async #moveTo(final: string): Promise<void> {
    try {
      await rename(this.#temporary, final);
    } catch (error) {
      if (!isMissing(error)) throw error;
      const folder = path.dirname(final);
      await mkdir(folder, { recursive: true });
      await syncFolder(path.dirname(folder));
      await rename(this.#temporary, final);
    }
  }

  async #flush(): Promise<void> {
    if (this.#buffer === undefined || this.#bufferedBytes === 0) return;
    const handle = await this.#open();
    await writeAll(handle, this.#buffer.subarray(0, this.#bufferedBytes));
    this.#bufferedBytes = 0;
  }

  /** Only when no write is under way: the next user changes it. */
  #releaseBuffer(): void {
    if (this.#buffer !== undefined) BUFFERS.giveBack(this.#buffer);
    this.#buffer = undefined;
    this.#bufferedBytes = 0;
  }

  async #open(): Promise<FileHandle> {
    this.#handle ??= await openPatiently(this.#temporary, 'wx');
    return this.#handle;
  }
}

/** A nearly full disk takes a part and says so; the next write then fails with the reason. */
async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let from = 0; from < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, from);
    if (bytesWritten === 0) throw new Error('the disk takes no more bytes');
    from += bytesWritten;
  }
}

/** Finds out whether a file of so many bytes could be kept. A full disk takes names, and some tell of it only when bytes are synced. */
export async function tryWrite(file: string, sizeBytes: number): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    const nothing = Buffer.alloc(Math.min(sizeBytes, BUFFERS.slabBytes));
    for (let left = sizeBytes; left > 0; left -= nothing.length) {
      await writeAll(handle, nothing.subarray(0, left));
    }
    await handle.sync();
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}

/** Waits while the process has no descriptor left: they come back as connections end, and what is to be stored may be paid for. */
async function openPatiently(file: string, flags: 'r' | 'wx'): Promise<FileHandle> {
  const startMs = performance.now();
  for (;;) {
    try {
      return await open(file, flags, 0o600);
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && NO_DESCRIPTOR.has(String(error.code));
      if (!isFull || performance.now() - startMs > DESCRIPTOR_PATIENCE_MS) throw error;
      await sleep(50);
    }
  }
}

/** A rename is durable only once its folder is synced. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await openPatiently(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** True for the answer that there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
