/** Whether pictures can be stored, read and removed, what room is left, and whether Redis answers. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { databasePlace, storagePlace, storeCredentials } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { openBlobStore } from '../files/open-blob-store.js';
import type { Finding } from './finding.js';

const PROBE_BYTES = 1_024;
const GIB = 1024 ** 3;
const LITTLE_BYTES = 5 * GIB;
const TOO_LITTLE_BYTES = 0.5 * GIB;

/** Writes a small blob, reads it back and removes it. Nothing of it stays. */
export async function checkPictures(config: Config): Promise<readonly Finding[]> {
  const part = 'pictures';
  const place = storagePlace(config);
  const name = place.kind === 'disk' ? place.folder : `bucket ${place.bucket}`;
  if (place.kind === 'disk' && !existsSync(place.folder)) {
    return [{ part, state: 'warn', what: `there is no ${place.folder} yet; the first start makes it` }];
  }
  const store = await openBlobStore(place, { credentials: storeCredentials(config), shared: true });
  try {
    const bytes = randomBytes(PROBE_BYTES);
    const writer = store.openWriter();
    await writer.write(bytes);
    const { sha256 } = await writer.finish(() => Promise.resolve());
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of store.read(sha256)) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
      if (!Buffer.concat(chunks).equals(bytes)) {
        const what = `${name} gave other bytes back than were written`;
        return [{ part, state: 'fail', what, mend: 'look for what stands between, such as a cache' }];
      }
    } finally {
      await store.delete(sha256);
    }
    if (await store.has(sha256)) {
      const what = `${name} keeps what was removed`;
      return [{ part, state: 'fail', what, mend: 'give the key the right to delete objects' }];
    }
    return [{ part, state: 'ok', what: `${name} stores, gives back and removes` }];
  } finally {
    store.close();
  }
}

/** Room on the disks that the settings name. */
export async function checkDisk(config: Config): Promise<readonly Finding[]> {
  const [database, storage] = [databasePlace(config), storagePlace(config)];
  const folders = [
    path.resolve(config.ATELIER_DATA_DIR),
    ...(database.dialect === 'sqlite' ? [path.dirname(database.file)] : []),
    ...(storage.kind === 'disk' ? [storage.folder] : []),
  ];
  const seen = new Set<string>();
  const findings: Finding[] = [];
  for (const folder of folders) {
    const there = nearestExisting(folder);
    const { type, bsize, blocks, bavail } = await statfs(there);
    const disk = `${type}:${blocks}:${bsize}`;
    if (seen.has(disk)) continue;
    seen.add(disk);
    findings.push(roomOf(there, bavail * bsize));
  }
  return findings;
}

/** @param freeBytes what a process without special rights may still write */
export function roomOf(folder: string, freeBytes: number): Finding {
  const part = 'disk';
  const what = `${(freeBytes / GIB).toFixed(1)} GiB are free at ${folder}`;
  if (freeBytes >= LITTLE_BYTES) return { part, state: 'ok', what };
  const state = freeBytes < TOO_LITTLE_BYTES ? 'fail' : 'warn';
  return { part, state, what, mend: 'make room, or move the pictures into a bucket (STORAGE_URL)' };
}

function nearestExisting(folder: string): string {
  for (let there = folder; ; there = path.dirname(there)) {
    if (existsSync(there) || path.dirname(there) === there) return there;
  }
}

/** Asks Redis for a sign of life, where the settings name one. */
export async function checkRedis(config: Config): Promise<readonly Finding[]> {
  const part = 'Redis';
  if (config.REDIS_URL === undefined) {
    return config.DATABASE_URL !== undefined && databasePlace(config).dialect === 'postgres'
      ? [
          {
            part,
            state: 'warn',
            what: 'is not set: each process counts limits for itself',
            mend: 'set REDIS_URL where several processes run',
          },
        ]
      : [];
  }
  const { connectRedis } = await import('../limits/redis.js');
  let reason = 'it does not answer';
  const redis = await connectRedis(config.REDIS_URL, {
    onLost: (error) => {
      reason = error?.message === undefined || error.message === '' ? reason : error.message;
    },
    onBack: () => {},
  });
  try {
    await redis.client.ping();
    return [{ part, state: 'ok', what: 'answers' }];
  } catch {
    // The connection tells why; the command only that there is none.
    return [{ part, state: 'fail', what: reason, mend: 'check REDIS_URL, and that Redis runs' }];
  } finally {
    await redis.close();
  }
}
