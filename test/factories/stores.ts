import path from 'node:path';
import { Ledger, type Account } from '../../src/credits/ledger-store.js';
import { fromCredits } from '../../src/credits/microcredits.js';
import { openSqlite, type Db } from '../../src/db/database.js';
import { openPostgres } from '../../src/db/postgres.js';
import type { InspectableStore } from '../../src/files/blob-inspection.js';
import { BlobRecords } from '../../src/files/blob-records-store.js';
import { DiskBlobStore } from '../../src/files/disk-blob-store.js';
import { FileStore } from '../../src/files/file-store.js';
import { PictureStore } from '../../src/files/picture-store.js';
import { createId } from '../../src/ids.js';
import { GenerationStore } from '../../src/images/generation-store.js';
import type { StoredImage } from '../../src/providers/provider.js';
import { SessionStore } from '../../src/workspaces/session-store.js';
import { WorkspaceStore } from '../../src/workspaces/workspace-store.js';
import { createOrigin } from './image-origin.js';
import { createTestDatabase } from '../support/postgres.js';
import { createTestFolder } from './temporary-folder.js';

/** What every store is tested on, from the same files. */
export const DATABASES = ['sqlite', 'postgres'] as const;
export type DatabaseName = (typeof DATABASES)[number];

/** Noon of the day that all test data is set on. */
export const NOON = new Date('2026-11-22T12:00:00Z');

export interface TestStores {
  readonly folder: string;
  /** Where the database is, for other processes: a file path or a URL. */
  readonly place: string;
  readonly blobFolder: string;
  /** What the stores take for the present; assign to move it. */
  readonly clock: { now: Date };
  readonly db: Db;
  readonly ledger: Ledger;
  readonly workspaces: WorkspaceStore;
  readonly sessions: SessionStore;
  readonly generations: GenerationStore;
  readonly blobs: InspectableStore;
  readonly records: BlobRecords;
  readonly pictures: PictureStore;
  readonly files: FileStore;
  /** Makes a workspace. @returns its live account */
  createAccount(credits: number): Promise<Account>;
  /** Records a delivered picture that refers to a stored blob until `expiresAt`. @returns its id */
  recordImage(account: Account, stored: StoredImage, expiresAt: Date): Promise<string>;
  close(): Promise<void>;
}

/** A database with its schema that nobody else uses. */
export interface OwnDatabase {
  /** For other processes: a file path or a URL. */
  readonly place: string;
  readonly db: Db;
  close(): Promise<void>;
}

/** Opens a database below `folder`, or a new one on the test server. */
export async function openOwnDatabase(database: DatabaseName, folder: string): Promise<OwnDatabase> {
  if (database === 'sqlite') {
    const place = path.join(folder, 'atelier.sqlite');
    const db = await openSqlite(place);
    return { place, db, close: () => db.close() };
  }
  const own = await createTestDatabase();
  const db = await openPostgres(own.url, { onConnectionLost: () => {} });
  return {
    place: own.url,
    db,
    close: async () => {
      await db.close();
      await own.drop();
    },
  };
}

/** All stores on a database and a folder of their own. */
export async function openTestStores(
  options: {
    readonly database?: DatabaseName;
    readonly maxImageBytes?: number;
    /** Else a folder. */
    readonly blobs?: InspectableStore;
  } = {},
): Promise<TestStores> {
  const folder = createTestFolder();
  const clock = { now: NOON };
  const time = () => clock.now;
  const own = await openOwnDatabase(options.database ?? 'sqlite', folder.path);
  const { db } = own;
  const ledger = new Ledger(db, time);
  const workspaces = new WorkspaceStore(db, ledger, time);
  const generations = new GenerationStore(db, ledger, time, {
    processId: 'process-of-the-tests',
    leaseMs: 30_000,
  });
  const blobFolder = path.join(folder.path, 'blobs');
  const blobs = options.blobs ?? (await DiskBlobStore.open(blobFolder));
  const records = new BlobRecords(db, time);
  const pictures = new PictureStore(blobs, records, options.maxImageBytes ?? 1024 * 1024);
  return {
    folder: folder.path,
    place: own.place,
    blobFolder,
    clock,
    db,
    ledger,
    workspaces,
    sessions: new SessionStore(own.db, time),
    generations,
    blobs,
    records,
    pictures,
    files: new FileStore(db, time),
    createAccount: async (credits) => {
      const workspaceId = await workspaces.create('tests', fromCredits(credits));
      return { workspaceId, mode: 'live' };
    },
    recordImage: async (account, stored, expiresAt) => {
      const id = createId('gen');
      const imageId = createId('img');
      const picture = stored.picture ?? {
        mimeType: 'image/png',
        width: 1,
        height: 1,
        hasAlpha: false,
        complete: true,
        c2pa: false,
      };
      await generations.start({
        id,
        ...account,
        keyId: 'key_test',
        operation: 'generate',
        model: 'painter-1',
        requestJson: '{}',
        hold: 0,
        begin: 'sent',
        edit: undefined,
      });
      await generations.end({
        id,
        status: 'succeeded',
        result: undefined,
        error: undefined,
        images: [
          {
            id: imageId,
            position: 0,
            finished: {
              ...stored,
              picture,
              received: { width: 1, height: 1 },
              adjustments: [],
              origin: createOrigin(),
            },
            revisedPrompt: undefined,
            seed: undefined,
            continuationSha256: undefined,
            charged: 0,
          },
        ],
        attempts: [],
        imagesExpireAt: expiresAt,
      });
      return imageId;
    },
    close: async () => {
      await own.close();
      folder.remove();
    },
  };
}
