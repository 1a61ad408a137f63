/** An installation as a backup has it, in a place where nothing is yet. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { databasePlace, storagePlace, storeCredentials } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { inspectDatabase } from '../db/inspect.js';
import { lockDatabase } from '../db/process-lock.js';
import { compareSchema } from '../db/schema-state.js';
import type { InspectableStore } from '../files/blob-inspection.js';
import { openBlobStore } from '../files/open-blob-store.js';
import { copyPicturesIn, type Copied } from './copy-pictures.js';
import { PICTURES, readManifest, verifyPart, type Manifest } from './manifest.js';
import { runPostgresTool } from './postgres-tools.js';

export interface RestoreOptions {
  /** Of the place that is restored into. */
  readonly config: Config;
  readonly folder: string;
  /** Where `pg_restore` is looked for, as PATH has it. */
  readonly toolPath: string;
  readonly onProgress: (so: Copied) => void;
}

/**
 * Restores a backup: checks all of it that the manifest describes, then the pictures, and the database last. What broke off can
 * be repeated after the pictures were removed.
 * @throws Error before anything is written where the backup is damaged or does not fit, or the place is in use
 */
export async function restore({ config, folder, toolPath, onProgress }: RestoreOptions): Promise<Manifest> {
  const manifest = await readManifest(folder);
  const place = databasePlace(config);
  const { database, secret, pictures } = manifest;
  if (database.kind !== place.dialect) {
    throw new Error(
      `the backup is of ${nameOf(database.kind)}, and DATABASE_URL is ${nameOf(place.dialect)}: they can't be changed into each other`,
    );
  }
  const { unknown } = compareSchema(database.schema === '' ? [] : [database.schema]);
  if (unknown.length > 0) {
    throw new Error(
      `the backup was made by ${manifest.atelier}, which is later than this version: restore it with that one`,
    );
  }
  await verifyPart(folder, database);
  if (secret !== undefined) await verifyPart(folder, secret);
  const secretFile = path.resolve(config.ATELIER_DATA_DIR, 'secret');
  if (secret !== undefined && config.ATELIER_SECRET === undefined && existsSync(secretFile)) {
    throw new Error(
      `${secretFile} is there already: links and webhooks of the backup need the one of the backup`,
    );
  }
  if (place.dialect === 'sqlite' && existsSync(place.file)) {
    throw new Error(`${place.file} is there already: a backup is restored into an empty place only`);
  }
  if (place.dialect === 'postgres') await requireEmptyDatabase(config);
  const storage = storagePlace(config);
  if (pictures.kind === 'referred' && storage.kind !== 's3') {
    throw new Error(
      `the pictures of the backup are in the bucket ${pictures.bucket}: set STORAGE_URL to it, or to a copy of it`,
    );
  }

  const unlock = place.dialect === 'sqlite' ? lockDatabase(place.file) : () => {};
  const store = await openBlobStore(storage, { credentials: storeCredentials(config), shared: true });
  try {
    if (pictures.kind === 'copied') {
      await requireEmptyStore(store);
      const copied: Copied = { count: 0, sizeBytes: 0 };
      await copyPicturesIn(path.join(folder, PICTURES), store, copied, onProgress);
      if (copied.count !== pictures.count) {
        throw new Error(`the backup has ${copied.count} pictures, and should have ${pictures.count}`);
      }
    }
    if (secret !== undefined && config.ATELIER_SECRET === undefined) {
      await mkdir(path.dirname(secretFile), { recursive: true });
      // Keeps its mode.
      await copyFile(path.join(folder, secret.file), secretFile);
    }
    const source = path.join(folder, database.file);
    if (place.dialect === 'sqlite') {
      const half = `${place.file}.half`;
      await rm(half, { force: true });
      await copyFile(source, half);
      await rename(half, place.file);
    } else {
      const words = ['--no-owner', '--no-privileges', '--exit-on-error', '--single-transaction'];
      const name = decodeURIComponent(new URL(place.url).pathname.slice(1));
      await runPostgresTool('pg_restore', [...words, `--dbname=${name}`, source], place.url, toolPath);
    }
  } finally {
    store.close();
    unlock();
  }
  return manifest;
}

function nameOf(kind: 'sqlite' | 'postgres'): string {
  return kind === 'sqlite' ? 'SQLite' : 'PostgreSQL';
}

async function requireEmptyDatabase(config: Config): Promise<void> {
  const database = await inspectDatabase(databasePlace(config));
  try {
    if ((await database.readMigrations()).length > 0) {
      throw new Error('DATABASE_URL names a database in use: a backup is restored into an empty one only');
    }
  } finally {
    await database.close();
  }
}

async function requireEmptyStore(store: InspectableStore): Promise<void> {
  for await (const blob of store.listBlobs()) {
    throw new Error(
      `there are pictures already (${blob.name}): a backup is restored into an empty place only`,
    );
  }
}
