import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import { CallerCache } from './caller-cache.js';
import { hashSecret } from './key-store.js';

/** How long a browser stays signed in. */
export const SESSION_TTL_MS = 30 * 24 * 60 * 60 * 1000;

/** A session that is ended in another process is known here at most as much longer. */
const CACHE_TTL_MS = 3_000;
const MAX_CACHED_SESSIONS = 10_000;

/** Keys that one browser may be signed in with; the one that came first leaves for another. */
const MAX_KEYS = 20;

interface Remembered {
  readonly hash: string;
  readonly keyIds: readonly string[];
}

/**
 * Browsers that are signed in, each with one or several keys. Whether a key is still good is not known here: it is asked
 * at every call.
 */
export class SessionStore {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #cache: CallerCache<Remembered>;

  constructor(db: Db, clock: Clock, monotonicMs = () => performance.now()) {
    this.#db = db;
    this.#clock = clock;
    this.#cache = new CallerCache({ ttlMs: CACHE_TTL_MS, maxEntries: MAX_CACHED_SESSIONS, now: monotonicMs });
  }

  /**
   * Adds keys to what a browser is signed in with.
   * @param earlier the token that it had; it ends, so that a token which somebody else planted is worth nothing
   * @returns the token that it has from now on
   */
  async signIn(keyIds: readonly string[], earlier: string | undefined): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    const now = this.#clock().getTime();
    const expiresAt = now + SESSION_TTL_MS;
    await this.#db.transact(async (trx) => {
      const known =
        earlier === undefined
          ? []
          : await trx
              .deleteFrom('web_sessions')
              .where('token_hash', '=', hashSecret(earlier))
              .returningAll()
              .execute();
      const kept = known
        .filter((row) => row.expires_at > now && !keyIds.includes(row.key_id))
        .sort((a, b) => b.created_at - a.created_at)
        .slice(0, MAX_KEYS - keyIds.length);
      const rows = [
        // The first of them is the newest.
        ...keyIds.map((id, place) => ({ key_id: id, created_at: now - place, expires_at: expiresAt })),
        ...kept.map((row) => ({
          key_id: row.key_id,
          created_at: Math.min(row.created_at, now - keyIds.length),
          expires_at: row.expires_at,
        })),
      ];
      await trx
        .insertInto('web_sessions')
        .values(rows.map((row) => ({ ...row, token_hash: hashSecret(token) })))
        .execute();
    });
    if (earlier !== undefined) this.#forget(earlier);
    return token;
  }

  /** Ids of the keys that a browser is signed in with, the newest first. Remembered for some seconds. */
  async findKeyIds(token: string): Promise<readonly string[]> {
    const hash = hashSecret(token);
    const found = await this.#cache.find(hash, () => this.#load(hash));
    return found?.keyIds ?? [];
  }

  /** @param keyId undefined: all of them */
  async signOut(token: string, keyId: string | undefined): Promise<void> {
    const ended = this.#db.kysely.deleteFrom('web_sessions').where('token_hash', '=', hashSecret(token));
    await (keyId === undefined ? ended : ended.where('key_id', '=', keyId)).execute();
    this.#forget(token);
  }

  /** Removes what has had its time. */
  async removeOld(): Promise<void> {
    await this.#db.kysely
      .deleteFrom('web_sessions')
      .where('expires_at', '<=', this.#clock().getTime())
      .execute();
  }

  #forget(token: string): void {
    const hash = hashSecret(token);
    this.#cache.forget((known) => known.hash === hash);
  }

  async #load(hash: string): Promise<Remembered | undefined> {
    const rows = await this.#db.kysely
      .selectFrom('web_sessions')
      .select('key_id')
      .where('token_hash', '=', hash)
      .where('expires_at', '>', this.#clock().getTime())
      .orderBy('created_at', 'desc')
      .orderBy('key_id')
      .execute();
    return rows.length === 0 ? undefined : { hash, keyIds: rows.map((row) => row.key_id) };
  }
}
