import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import { databasePlace, storagePlace, storeCredentials } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { Db } from '../db/database.js';
import { BlobRecords } from '../files/blob-records-store.js';
import { openBlobStore } from '../files/open-blob-store.js';
import { PictureStore } from '../files/picture-store.js';
import { RecentBlobs } from '../files/recent-blobs.js';
import { finishRemovals } from '../files/retention.js';
import { StoreHealth } from '../files/store-health.js';
import type { Metrics } from '../telemetry/metrics.js';

interface PictureStores {
  readonly blobs: RecentBlobs;
  readonly records: BlobRecords;
  readonly health: StoreHealth;
  readonly pictures: PictureStore;
}

/** Opens the store of pictures and what watches over it, and ends removals that a process before this one had begun. */
export async function openPictureStores(
  config: Config,
  db: Db,
  world: { readonly clock: Clock; readonly metrics: Metrics; readonly logger: Logger },
): Promise<PictureStores> {
  const { clock, metrics, logger } = world;
  const blobs = new RecentBlobs(
    await openBlobStore(storagePlace(config), {
      credentials: storeCredentials(config),
      shared: databasePlace(config).dialect === 'postgres',
    }),
    config.ATELIER_RECENT_BYTES,
  );
  const records = new BlobRecords(db, clock);
  await finishRemovals(records, blobs);
  const health = new StoreHealth(
    (sizeBytes) => blobs.check(sizeBytes),
    (error) => {
      metrics.notStored();
      logger.error({ err: error }, 'the store did not take a picture; until it does, none is bought');
    },
  );
  const pictures = new PictureStore(blobs, records, config.ATELIER_MAX_IMAGE_BYTES, {
    health,
    onStored: (sizeBytes, startMs) => {
      metrics.stored(sizeBytes, startMs);
    },
  });
  return { blobs, records, health, pictures };
}
