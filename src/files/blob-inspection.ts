import type { BlobStore } from './blob-store.js';

/** Something that stands in a store. */
export interface StoredThing {
  /** Where, from the store's root. */
  readonly name: string;
  readonly sizeBytes: number;
  /** When it was written, or begun. */
  readonly modifiedAt: Date;
}

/** A write that has not ended; its writer may have died. */
export interface UnfinishedWrite extends StoredThing {
  /** Harmless when it has ended, or was removed by somebody else. */
  remove(): Promise<void>;
}

/** What stands where blobs stand. */
export interface ListedBlob extends StoredThing {
  /** Hexadecimal, as its name says; undefined: no blob, somebody else put it there. */
  readonly sha256: string | undefined;
}

/** A store as a check of it sees it: by what is there. Lists are read in pages, so that they need little memory. */
export interface InspectableStore extends BlobStore {
  /** Blobs by ascending hash. What comes or goes meanwhile may be listed or not. */
  listBlobs(): AsyncIterable<ListedBlob>;
  /** One blob, as it is now. */
  findBlob(sha256: string): Promise<ListedBlob | undefined>;
  /** What writers are writing, or left half-written when they died: see `removeLeftovers`. */
  listUnfinished(): AsyncIterable<UnfinishedWrite>;
  /** What `copyAside` has put aside. */
  listAside(): AsyncIterable<StoredThing>;
  /**
   * Copies a blob to a place where nobody looks for it and nothing removes it.
   * @param now part of its name there
   * @returns that name; undefined: there is no such blob
   */
  copyAside(sha256: string, now: Date): Promise<string | undefined>;
  /** Gives back what it holds open; it must not be used any more. */
  close(): void;
}

/** Folder of damaged blobs that a check has put aside. */
export const ASIDE_FOLDER = 'quarantine';

/** Name of a blob there. */
export function asideName(sha256: string, now: Date): string {
  return `${ASIDE_FOLDER}/${sha256}-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`;
}

/** The hash of a blob by its last name and that of its folder; undefined: neither is ours. */
export function hashOfName(folder: string, name: string): string | undefined {
  return /^[0-9a-f]{64}$/.test(name) && name.startsWith(folder) && folder.length === 2 ? name : undefined;
}

/** `BlobStore.removeLeftovers` for stores that can list them. */
export async function removeUnfinished(store: InspectableStore, before: Date): Promise<number> {
  let removed = 0;
  for await (const write of store.listUnfinished()) {
    if (write.modifiedAt >= before) continue;
    await write.remove();
    removed += 1;
  }
  return removed;
}
