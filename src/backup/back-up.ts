/** A copy of everything that an installation knows, made while it runs. */
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, open, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import SqliteClient from 'better-sqlite3';
import { databasePlace, storagePlace, storeCredentials, type DatabasePlace } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { inspectDatabase } from '../db/inspect.js';
import { openBlobStore } from '../files/open-blob-store.js';
import { VERSION } from '../version.js';
import { copyPicturesOut, type Copied } from './copy-pictures.js';
import {
  describePart,
  MANIFEST,
  PICTURES,
  POSTGRES_DUMP,
  SECRET_COPY,
  SQLITE_COPY,
  type Manifest,
} from './manifest.js';
import { runPostgresTool } from './postgres-tools.js';

/** More pages than any database has: copied in one go, no writer can make the copy begin anew. */
const ALL_PAGES = 2 ** 31 - 1;

export interface BackUpOptions {
  readonly config: Config;
  /** Absent or empty. */
  readonly folder: string;
  /** Whether pictures in a bucket are copied too; those on disk always are. */
  readonly copyBucket: boolean;
  /** Where `pg_dump` is looked for, as PATH has it. */
  readonly toolPath: string;
  readonly onProgress: (so: Copied) => void;
}

/**
 * Makes a backup beside a running gateway. Pictures are copied, then the database as it is at one moment, then the pictures
 * that had come by then: what the copy of the database refers to is there.
 * @throws Error before anything is written where the folder is in use, or there is nothing to back up
 */
export async function backUp(options: BackUpOptions): Promise<Manifest> {
  const { config, folder, onProgress } = options;
  const place = databasePlace(config);
  if (place.dialect === 'sqlite' && !existsSync(place.file)) {
    throw new Error(`there is no database ${place.file} (set ATELIER_DATA_DIR or DATABASE_URL)`);
  }
  await makeEmptyFolder(folder);
  const storage = storagePlace(config);
  const copies = storage.kind === 'disk' || options.copyBucket;
  const copied: Copied = { count: 0, sizeBytes: 0 };
  const pictures = path.join(folder, PICTURES);
  const store = await openBlobStore(storage, { credentials: storeCredentials(config), shared: true });
  try {
    if (copies) {
      await mkdir(pictures, { mode: 0o700 });
      await copyPicturesOut(store, pictures, copied, onProgress);
    }
    const database = await copyDatabase(place, folder, options.toolPath);
    if (copies) await copyPicturesOut(store, pictures, copied, onProgress);
    const secret = await copySecret(config, folder);
    const manifest: Manifest = {
      format: 'atelier-backup',
      version: 1,
      made_at: new Date().toISOString(),
      atelier: VERSION,
      database,
      ...(secret === undefined ? {} : { secret }),
      pictures:
        storage.kind === 'disk' || copies
          ? { kind: 'copied', count: copied.count, size_bytes: copied.sizeBytes }
          : { kind: 'referred', bucket: storage.bucket, prefix: storage.prefix },
    };
    await writeLast(path.join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  } finally {
    store.close();
  }
}

/** It holds prompts, pictures and secrets: nobody else may read it. */
async function makeEmptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) {
    throw new Error(`${folder} is not empty: a backup is written into a new folder only`);
  }
}

async function copyDatabase(
  place: DatabasePlace,
  folder: string,
  toolPath: string,
): Promise<Manifest['database']> {
  const file = place.dialect === 'sqlite' ? SQLITE_COPY : POSTGRES_DUMP;
  const copy = path.join(folder, file);
  if (place.dialect === 'sqlite') await copySqlite(place.file, copy);
  else {
    // Owners and rights are those of whoever restores it.
    const words = ['--format=custom', '--no-owner', '--no-privileges', `--file=${copy}`];
    await runPostgresTool('pg_dump', words, place.url, toolPath);
  }
  await chmod(copy, 0o600);
  return {
    kind: place.dialect,
    // The copy may only be older than this, by a migration that runs right now; then its own table tells.
    schema: await lastMigration(place.dialect === 'sqlite' ? { dialect: 'sqlite', file: copy } : place),
    ...(await describePart(folder, file)),
  };
}

async function copySqlite(file: string, copy: string): Promise<void> {
  const source = new SqliteClient(file, { readonly: true, fileMustExist: true });
  try {
    await source.backup(copy, { progress: () => ALL_PAGES });
  } finally {
    source.close();
  }
  const made = new SqliteClient(copy);
  try {
    // One file, that can be copied further; as the source it would have a log beside it.
    made.pragma('journal_mode = DELETE');
    const check = made.pragma('quick_check', { simple: true });
    if (check !== 'ok') throw new Error(`the copy of the database is damaged: ${String(check)}`);
  } finally {
    made.close();
  }
}

async function lastMigration(place: DatabasePlace): Promise<string> {
  const database = await inspectDatabase(place);
  try {
    return (await database.readMigrations()).at(-1) ?? '';
  } finally {
    await database.close();
  }
}

async function copySecret(config: Config, folder: string): Promise<Manifest['secret']> {
  const file = path.resolve(config.ATELIER_DATA_DIR, 'secret');
  if (config.ATELIER_SECRET !== undefined || !existsSync(file)) return undefined;
  await copyFile(file, path.join(folder, SECRET_COPY));
  await chmod(path.join(folder, SECRET_COPY), 0o600);
  return describePart(folder, SECRET_COPY);
}

async function writeLast(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  const written = await open(file, 'r+');
  await written.sync();
  await written.close();
}
