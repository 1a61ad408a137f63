import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ReadableStream } from 'node:stream/web';
import { CliError, openLink, UnreachableError, type Connection } from '../client.js';

/** Makes names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Saves what stands behind a link. Under its final name a file is whole and durable.
 * @returns its SHA-256 (hex) and length
 * @throws UnreachableError when the bytes broke off or are not those that the server announced
 */
export async function saveLink(
  connection: Connection,
  url: string,
  target: string,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const { body, sha256: announced } = await openLink(connection, url);
  const place = `${target}.part`;
  await mkdir(path.dirname(target), { recursive: true });
  const handle = await open(place, 'w');
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of chunksOf(body)) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await handle.appendFile(chunk);
    }
    await handle.sync();
  } catch (error) {
    throw isLocal(error) ? error : new UnreachableError('a picture broke off while it was downloaded');
  } finally {
    await handle.close();
  }
  const sha256 = hash.digest('hex');
  if (announced !== undefined && announced !== sha256) {
    await rm(place, { force: true });
    throw new UnreachableError('a picture came with other bytes than the server announced');
  }
  await rename(place, target);
  await syncFolder(path.dirname(target));
  return { sha256, bytes };
}

async function* chunksOf(body: ReadableStream<unknown>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    if (piece.value instanceof Uint8Array) yield piece.value;
  }
}

/** A full or forbidden disk; fetch's own failures have no code. */
function isLocal(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

/**
 * Takes a folder for this process alone, so that two don't work on one run.
 * @returns gives it back
 * @throws CliError when a living process has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = path.join(folder, '.atelier-run.lock');
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
        throw new CliError(`${folder} can't be written: ${error instanceof Error ? error.message : ''}`);
      }
    }
    const owner = Number(await readFile(file, 'utf8').catch(() => ''));
    if (isAlive(owner)) {
      throw new CliError(
        `process ${owner} works in ${folder}; wait for it (if it is none of ours, delete ${file})`,
      );
    }
    // Its process was killed.
    await rm(file, { force: true });
  }
  throw new CliError(`another process began to work in ${folder}`);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process lives, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
