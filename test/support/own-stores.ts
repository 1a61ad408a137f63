import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { access, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase } from './postgres.js';
import { findTestS3 } from './s3-server.js';
import { findTestServices } from './test-services.js';

/** Where a gateway keeps its state: SQLite, disk and memory, or PostgreSQL, S3 and Redis, there with one gateway or with two. */
export type StoresName = 'embedded' | 'shared' | 'cluster';

/** Stores of their own for one gateway, or for several that share them. */
export interface OwnStores {
  /** All of them as settings, the data folder included. */
  readonly env: Readonly<Record<string, string>>;
  readonly blobs: StoredBlobs;
  /** All that the database holds, as it holds it: files, or the text of all rows by table. */
  readonly readDatabase: () => Promise<readonly Buffer[]>;
  remove(): Promise<void>;
}

/** The stored bytes themselves, behind the gateway's back. */
export interface StoredBlobs {
  has(sha256: string): Promise<boolean>;
  remove(sha256: string): Promise<void>;
  /** Puts other bytes in its place. */
  spoil(sha256: string, bytes: Uint8Array): Promise<void>;
  /** Uploads that were begun and not ended. */
  readonly halves: () => Promise<readonly string[]>;
}

const SECRET = 'a-secret-of-the-tests-that-signs-their-links';

/** What a whole run of the suite is on: `TEST_STORES=shared npx vitest run test/e2e`. */
export function storesOfRun(): StoresName {
  const name = process.env['TEST_STORES'];
  return name === 'shared' || name === 'cluster' ? name : 'embedded';
}

/** Makes empty stores. */
export async function createOwnStores(name: StoresName = storesOfRun()): Promise<OwnStores> {
  const folder = mkdtempSync(path.join(tmpdir(), 'atelier-test-'));
  const removeFolder = () => {
    rmSync(folder, { recursive: true, force: true });
  };
  if (name === 'embedded') {
    return {
      env: { ATELIER_DATA_DIR: folder },
      blobs: blobsOnDisk(path.join(folder, 'blobs')),
      readDatabase: () =>
        Promise.resolve(
          filesIn(folder)
            .filter((file) => path.basename(file).startsWith('atelier.sqlite'))
            .map((file) => readFileSync(file)),
        ),
      remove: () => {
        removeFolder();
        return Promise.resolve();
      },
    };
  }
  // A database is used again by the next test; what is counted in Redis by installation must not be.
  const database = await createTestDatabase();
  const s3 = findTestS3();
  return {
    env: {
      ATELIER_DATA_DIR: folder,
      ATELIER_SECRET: SECRET,
      DATABASE_URL: `${database.url}?application_name=${path.basename(folder)}`,
      REDIS_URL: findTestServices().redis,
      STORAGE_URL: s3.url,
      AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
    },
    blobs: {
      has: async (sha256) => (await s3.listKeys()).some((key) => key.includes(sha256)),
      remove: async (sha256) => {
        for (const key of await s3.listKeys()) if (key.includes(sha256)) await s3.removeKey(key);
      },
      spoil: (sha256, bytes) => s3.putKey(`blobs/${sha256.slice(0, 2)}/${sha256}`, bytes),
      halves: s3.listUploads,
    },
    readDatabase: database.read,
    remove: async () => {
      await database.drop();
      // What was stored stays: nobody else has the prefix, and scripts/test-s3.sh empties a server that grows large.
      s3.client.destroy();
      removeFolder();
    },
  };
}

function blobsOnDisk(folder: string): StoredBlobs {
  const incoming = path.join(folder, 'incoming');
  const fileOf = (sha256: string) => path.join(folder, sha256.slice(0, 2), sha256);
  return {
    has: (sha256) =>
      access(fileOf(sha256)).then(
        () => true,
        () => false,
      ),
    remove: (sha256) => rm(fileOf(sha256)),
    spoil: (sha256, bytes) => writeFile(fileOf(sha256), bytes),
    halves: () => Promise.resolve([...new Set([...filesIn(incoming), ...openFiles(incoming)])]),
  };
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder).map((name) => path.join(folder, name));
}

/** Also files without a name any more. */
function openFiles(folder: string): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const name = readlinkSync(`/proc/self/fd/${fd}`);
      return name.startsWith(folder) ? [name] : [];
    } catch {
      // Closed since the folder was listed.
      return [];
    }
  });
}
