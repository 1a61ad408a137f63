/** A folder whose disk a test fills, and empties again. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setLimit } from './fault-gateway.js';

export interface SmallDisk {
  readonly folder: string;
  /** From now on the process can't write a byte more there. */
  fill(pid: number): Promise<void>;
  empty(pid: number): Promise<void>;
  remove(): void;
}

/** Whether this system lets a test mount something; in containers it often doesn't. */
export const MAY_MOUNT = tryMount();

/** A file system of its own, which is really full: needs `MAY_MOUNT`. */
export function mountSmallDisk(): SmallDisk & { setReadOnly(isReadOnly: boolean): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'atelier-small-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder]);
  const ballast = path.join(folder, 'ballast');
  return {
    folder,
    fill: () => {
      const file = openSync(ballast, 'w');
      try {
        for (const bytes of [1024 * 1024, 4096, 1]) writeAllOf(file, bytes);
      } finally {
        closeSync(file);
      }
      return Promise.resolve();
    },
    empty: () => {
      rmSync(ballast);
      return Promise.resolve();
    },
    setReadOnly: (isReadOnly) => {
      execFileSync('mount', ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, folder]);
    },
    remove: () => {
      // Lazily: a process that still ends may have a file open.
      execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An ordinary folder: the system lets the process write to no file any more. Works everywhere, and for all its files at once. */
export function limitSmallDisk(): SmallDisk {
  const folder = mkdtempSync(path.join(tmpdir(), 'atelier-small-'));
  return {
    folder,
    fill: (pid) => setLimit(pid, 'fsize', 0),
    empty: (pid) => setLimit(pid, 'fsize', 'unlimited'),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function writeAllOf(file: number, bytes: number): void {
  try {
    for (;;) writeSync(file, Buffer.alloc(bytes));
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOSPC') throw error;
  }
}

function tryMount(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'atelier-mount-'));
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
