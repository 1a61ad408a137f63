import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, openDownload, type Connection } from '../client.js';
import type { ExportedBytes } from './exported.js';

const TRIES = 3;
const FIRST_WAIT_MS = 500;

/** What came of a download: `gone`, it was deleted since it was listed; else why it failed. */
export type Downloaded = 'right' | 'gone' | { readonly problem: string };

/** Downloads to a file and compares the hash; what is broken off or wrong is tried again. */
export async function downloadVerified(
  connection: Connection,
  { source, sha256, sizeBytes }: ExportedBytes,
  target: string,
): Promise<Downloaded> {
  let problem = '';
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (tries > 0) await sleep(FIRST_WAIT_MS * tries);
    try {
      const hash = createHash('sha256');
      let received = 0;
      const body = Readable.fromWeb(await openDownload(connection, source));
      await pipeline(
        body,
        async function* (chunks: AsyncIterable<Uint8Array>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            received += chunk.byteLength;
            yield chunk;
          }
        },
        createWriteStream(target),
      );
      if (hash.digest('hex') === sha256) return 'right';
      problem = `the server sent other bytes than it says (${received} of ${sizeBytes})`;
    } catch (error) {
      if (isLocal(error)) throw error;
      if (error instanceof ApiError && error.status === 404) return 'gone';
      problem = error instanceof Error ? error.message : 'unknown error';
      // Nothing that passes by itself.
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) break;
    }
  }
  return { problem };
}

/** Whether a file has these bytes. */
export async function hasBytes(file: string, sha256: string): Promise<boolean> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) if (Buffer.isBuffer(chunk)) hash.update(chunk);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  return hash.digest('hex') === sha256;
}

/** A full or forbidden disk is not the server's fault, and is not better next time. */
function isLocal(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EISDIR'].includes(
    codeOf(error),
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
