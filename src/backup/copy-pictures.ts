import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import PQueue from 'p-queue';
import { isBlobMissing } from '../files/blob-store.js';
import type { InspectableStore } from '../files/blob-inspection.js';
import { MANIFEST } from './manifest.js';

/** Pictures that are copied at once. */
const CONCURRENCY = 4;

/** How much was copied. */
export interface Copied {
  count: number;
  sizeBytes: number;
}

/**
 * Copies the pictures of a store into a folder, each compared with the hash that is its name; those that are there already are
 * left alone. Can run beside a gateway: what is removed meanwhile is left out.
 * @throws Error naming a picture whose bytes are not those of its name
 */
export async function copyPicturesOut(
  store: InspectableStore,
  folder: string,
  copied: Copied,
  onProgress: (so: Copied) => void,
): Promise<void> {
  const queue = new PQueue({ concurrency: CONCURRENCY });
  const failures: unknown[] = [];
  for await (const { sha256 } of store.listBlobs()) {
    if (sha256 === undefined) continue;
    if (failures.length > 0) break;
    await queue.onSizeLessThan(CONCURRENCY);
    void queue
      .add(async () => {
        const sizeBytes = await copyOut(store, sha256, folder);
        if (sizeBytes === undefined) return;
        copied.count += 1;
        copied.sizeBytes += sizeBytes;
        onProgress(copied);
      })
      .catch((error: unknown) => failures.push(error));
  }
  await queue.onIdle();
  if (failures.length > 0) throw failures[0];
}

/** @returns undefined where it was there already, or is gone */
async function copyOut(store: InspectableStore, sha256: string, folder: string): Promise<number | undefined> {
  const place = placeOf(folder, sha256);
  const there = await stat(place).catch(() => undefined);
  if (there !== undefined) return undefined;
  await mkdir(path.dirname(place), { recursive: true });
  const half = `${place}.half`;
  const file = await open(half, 'w', 0o600);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const chunk of store.read(sha256)) {
      if (!Buffer.isBuffer(chunk)) continue;
      hash.update(chunk);
      sizeBytes += chunk.length;
      await file.writeFile(chunk);
    }
    await file.sync();
  } catch (error) {
    await rm(half, { force: true });
    if (isBlobMissing(error)) return undefined;
    throw error;
  } finally {
    await file.close();
  }
  if (hash.digest('hex') !== sha256) {
    await rm(half, { force: true });
    throw new Error(`the picture ${sha256} is damaged in the store: see \`atelier storage check\``);
  }
  await rename(half, place);
  return sizeBytes;
}

/**
 * Copies the pictures of a backup into a store, each compared with its name.
 * @throws Error naming a damaged one
 */
export async function copyPicturesIn(
  folder: string,
  store: InspectableStore,
  copied: Copied,
  onProgress: (so: Copied) => void,
): Promise<void> {
  for (const group of (await readdir(folder)).sort()) {
    for (const name of (await readdir(path.join(folder, group))).sort()) {
      const writer = store.openWriter();
      for await (const chunk of createReadStream(path.join(folder, group, name))) {
        if (Buffer.isBuffer(chunk)) await writer.write(chunk);
      }
      const { sha256, sizeBytes } = await writer.finish((found) =>
        found === name
          ? Promise.resolve()
          : Promise.reject(new Error(`the picture ${name} is damaged in the backup; see ${MANIFEST}`)),
      );
      if (sha256 !== name) throw new Error(`the picture ${name} is damaged in the backup`);
      copied.count += 1;
      copied.sizeBytes += sizeBytes;
      onProgress(copied);
    }
  }
}

function placeOf(folder: string, sha256: string): string {
  return path.join(folder, sha256.slice(0, 2), sha256);
}
