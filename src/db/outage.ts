/** What it means that the database is gone for a while, and how long who waits for it. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** The server ends, restarts, is not ready yet, has no room on its disk or for another connection, or only reads. */
const SERVER_CODES = new Set(['57P01', '57P02', '57P03', '57P05', '53100', '53300', '25006']);
/** What the system says of connections that broke or can't be made. */
const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
]);
/** SQLite's disk is full, fails, or may only be read. */
const SQLITE_CODES = /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN)/;
/** The client has no codes for these. */
const CLIENT_MESSAGES = [
  /^Connection terminated/,
  /not queryable/,
  /^timeout exceeded when trying to connect$/,
  /^Query read timeout$/,
  /^timeout expired$/,
];

/** How long what must not be lost waits for the database. */
export const LONG_PATIENCE_MS = 60 * 60 * 1000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
/** How often one of those that wait for a connection looks whether there is one again. */
const PROBE_EVERY_MS = 200;

/** The answer to a commit was lost: whether it happened is only known to who looks. */
export class CommitUnknown extends Error {
  constructor(cause: unknown) {
    super('the connection to the database broke while a transaction was committed', { cause });
    this.name = 'CommitUnknown';
  }
}

/** Whether an error says that the database can't be reached now, and nothing about what was asked of it. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof CommitUnknown) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error instanceof pg.DatabaseError) return SERVER_CODES.has(code) || code.startsWith('08');
  return (
    SYSTEM_CODES.has(code) ||
    SQLITE_CODES.test(code) ||
    CLIENT_MESSAGES.some((message) => message.test(error.message))
  );
}

/**
 * Does something again and again until the database is there to take it.
 * @param work does the same when it is done twice
 * @param maxMs how long at most; then its error is thrown
 * @param stop ends the waiting too
 */
export async function doPatiently<T>(work: () => Promise<T>, maxMs: number, stop: AbortSignal): Promise<T> {
  const startMs = performance.now();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isOutage(error) || stop.aborted || performance.now() - startMs > maxMs) throw error;
      await sleep(pauseMs, undefined, { signal: stop }).catch(() => {
        // Stopped: tried once more.
      });
    }
  }
}

/**
 * Makes connections through short outages: who needs one while there is none waits, all of them for one who looks. Once
 * an outage lasts longer than `patienceMs` nobody waits any more, also not for a server that takes connections and says
 * nothing, until somebody got a connection.
 */
export class PatientConnector<C> {
  readonly #connect: () => Promise<C>;
  readonly #release: (connection: C) => void;
  readonly #patienceMs: number;
  #gone: { readonly sinceMs: number; readonly error: unknown } | undefined;
  #looking: Promise<void> | undefined;
  readonly #inLine = new Set<(error: unknown) => void>();

  constructor(connect: () => Promise<C>, release: (connection: C) => void, patienceMs: number) {
    this.#connect = connect;
    this.#release = release;
    this.#patienceMs = patienceMs;
  }

  /** @throws whatever connecting throws, once that is no outage or lasts too long */
  async connect(): Promise<C> {
    for (;;) {
      await this.#untilBack();
      try {
        const connection = await this.#connectUnlessGone();
        this.#gone = undefined;
        return connection;
      } catch (error) {
        if (!isOutage(error)) throw error;
        this.#noteGone(error);
      }
    }
  }

  /** Whoever stands in line for a connection when nobody waits any more is not kept, either. */
  #connectUnlessGone(): Promise<C> {
    return new Promise((resolve, reject) => {
      let isRefused = false;
      const refuse = (error: unknown) => {
        isRefused = true;
        reject(error instanceof Error ? error : new Error('there is no connection', { cause: error }));
      };
      this.#inLine.add(refuse);
      this.#connect()
        .then(
          (connection) => {
            if (isRefused) this.#release(connection);
            else resolve(connection);
          },
          (error: unknown) => {
            refuse(error);
          },
        )
        .finally(() => this.#inLine.delete(refuse));
    });
  }

  #noteGone(error: unknown): void {
    if (this.#gone !== undefined) return;
    const gone = { sinceMs: performance.now(), error };
    this.#gone = gone;
    const refuseAll = () => {
      if (this.#gone !== gone) return;
      for (const refuse of this.#inLine) refuse(error);
    };
    setTimeout(refuseAll, this.#patienceMs).unref();
  }

  async #untilBack(): Promise<void> {
    while (this.#gone !== undefined) {
      const { sinceMs, error } = this.#gone;
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
      const leftMs = this.#patienceMs - (performance.now() - sinceMs);
      // Whoever looks may stand in line for long. A server that is back is found within the shorter time.
      await Promise.race([this.#looking, sleep(Math.max(leftMs, 2 * PROBE_EVERY_MS))]);
      if (leftMs <= 0 && this.#isGone()) throw error;
    }
  }

  /** Asked anew after a pause: somebody may have found it. */
  #isGone(): boolean {
    return this.#gone !== undefined;
  }

  async #look(): Promise<void> {
    await sleep(PROBE_EVERY_MS);
    try {
      this.#release(await this.#connect());
      this.#gone = undefined;
    } catch {
      // Still gone: whoever waits has the error of the first who found it so.
    }
  }
}
