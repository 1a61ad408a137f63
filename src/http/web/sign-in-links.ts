import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.js';

const TTL_MS = 15 * 60 * 1000;

interface Link {
  readonly keyIds: readonly string[];
  readonly expiresAt: number;
}

/** Links that sign a browser in once, for who starts the server on the machine in front of them. Known to this process only. */
export class SignInLinks {
  readonly #clock: Clock;
  readonly #links = new Map<string, Link>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Makes a link. Its token stands behind `#`, which browsers keep to themselves: neither logs nor proxies see it.
   * @param url of the server, without a slash at its end
   */
  create(url: string, keyIds: readonly string[]): string {
    const token = randomBytes(32).toString('base64url');
    this.#links.set(digest(token), { keyIds, expiresAt: this.#clock().getTime() + TTL_MS });
    return `${url}/#sign-in=${token}`;
  }

  /** Ids of the keys that a link stands for, once. undefined for one that was used, is too old, or never was. */
  take(token: string): readonly string[] | undefined {
    const link = this.#links.get(digest(token));
    this.#links.delete(digest(token));
    return link === undefined || link.expiresAt <= this.#clock().getTime() ? undefined : link.keyIds;
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
