import type { InspectableStore } from './blob-inspection.js';
import { DiskBlobStore } from './disk-blob-store.js';
import type { S3Credentials } from './s3-bucket.js';
import type { StoragePlace } from '../config/storage-url.js';

export interface BlobStoreOptions {
  /** Needed in a bucket. */
  readonly credentials: S3Credentials | undefined;
  /** True: other processes write into the same store. */
  readonly shared: boolean;
}

/**
 * Opens the store that STORAGE_URL names.
 * @throws Error when it cannot be used: a bucket is missing, or refuses the keys
 */
export async function openBlobStore(
  place: StoragePlace,
  options: BlobStoreOptions,
): Promise<InspectableStore> {
  if (place.kind === 'disk') return DiskBlobStore.open(place.folder, { shared: options.shared });
  if (options.credentials === undefined) {
    throw new Error('STORAGE_URL names a bucket: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set');
  }
  // Loaded only where it is wanted: the client costs start-up time and memory.
  const { S3BlobStore } = await import('./s3-blob-store.js');
  return S3BlobStore.open(place, options.credentials);
}
