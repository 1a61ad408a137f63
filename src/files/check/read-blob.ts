import { createHash } from 'node:crypto';
import type { BlobStore, StoredBlob } from '../blob-store.js';

/** What reading a blob from its first to its last byte shows. */
export type ReadBlob =
  | (StoredBlob & { readonly found: 'bytes' })
  | { readonly found: 'nothing' }
  /** The store has it and can't give it. */
  | { readonly found: 'unreadable'; readonly reason: string };

/** What a disk says of one file; everything else is about the store as a whole. */
const OF_ONE_FILE: readonly string[] = ['EIO', 'EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'EUCLEAN'];

/**
 * Reads and hashes a blob in small memory.
 * @throws when the store fails as a whole
 */
export async function readBlob(store: BlobStore, sha256: string): Promise<ReadBlob> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const chunk of store.read(sha256)) {
      if (!Buffer.isBuffer(chunk)) continue;
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return { found: 'nothing' };
    if (typeof code === 'string' && OF_ONE_FILE.includes(code)) return { found: 'unreadable', reason: code };
    throw error;
  }
  return { found: 'bytes', sha256: hash.digest('hex'), sizeBytes };
}
