import { createHash } from 'node:crypto';
import { AppError } from '../errors.js';
import type { FailureCounter } from '../limits/failure-counter.js';
import { countedAddress } from '../net/client-addresses.js';

const KNOWN_TTL_MS = 60 * 60 * 1000;
const MAX_KNOWN = 10_000;

/** One bearer as it came in. */
export interface GivenKey {
  readonly address: string;
  readonly secret: string;
  /** Chosen by somebody rather than made by chance, so that guessing it is thinkable. */
  readonly canBeGuessed: boolean;
}

interface Options {
  readonly counter: FailureCounter;
  /** Wrong keys that an address may send within a minute; 0: as many as it likes. */
  readonly max: number;
  /** Told once a minute of an address that has sent too many. */
  readonly onTooMany: (address: string) => void;
  /** Milliseconds that only ever grow. */
  readonly now?: () => number;
}

/**
 * Limits wrong keys by address. Right keys are not kept waiting by what others at their address do: one that was made here
 * is looked up in any case, since nobody guesses 238 random bits, and one that somebody chose passes where it has passed
 * within the last hour. Only a chosen key that is new at its address waits, until the minute has ended.
 */
export class FailedKeys {
  readonly #counter: FailureCounter;
  readonly #max: number;
  readonly #onTooMany: Options['onTooMany'];
  readonly #now: () => number;
  /** Chosen keys that were right, with their address, by a hash of both; the least recently used first. */
  readonly #known = new Map<string, number>();
  /** The same while they are being looked up. */
  readonly #trying = new Map<string, Promise<unknown>>();

  constructor({ counter, max, onTooMany, now = () => performance.now() }: Options) {
    this.#counter = counter;
    this.#max = max;
    this.#onTooMany = onTooMany;
    this.#now = now;
  }

  /**
   * @param find looks the key up; undefined where it is wrong
   * @returns what `find` gives
   * @throws AppError rate_limit_exceeded instead of `undefined` after too many wrong keys from the address
   */
  async find<T>(given: GivenKey, find: () => Promise<T | undefined>): Promise<T | undefined> {
    if (this.#max === 0) return find();
    if (given.canBeGuessed) return this.#findChosen(given, find);
    const found = await find();
    if (found === undefined) await this.#count(given);
    return found;
  }

  /** Counts before it looks, so that guesses that come at once are not all looked up before the first is counted. */
  async #findChosen<T>(given: GivenKey, find: () => Promise<T | undefined>): Promise<T | undefined> {
    const pair = createHash('sha256').update(`${given.address} ${given.secret}`).digest('base64');
    // A right key that comes for the first time, and many times at once, is counted once.
    const running = this.#trying.get(pair);
    if (running !== undefined) await running;
    if (this.#isKnown(pair)) {
      const found = await find();
      if (found === undefined) {
        this.#known.delete(pair);
        await this.#count(given);
      }
      return found;
    }
    const trying = this.#count(given)
      .then(find)
      .then((found) => {
        // Before anybody who waits goes on.
        if (found !== undefined) this.#remember(pair);
        return found;
      });
    const settled = trying.catch(() => {
      // Whoever sent it is told; the others only wait for the end.
    });
    this.#trying.set(pair, settled);
    try {
      const found = await trying;
      if (found !== undefined) await this.#counter.takeBack(countedAddress(given.address));
      return found;
    } finally {
      if (this.#trying.get(pair) === settled) this.#trying.delete(pair);
    }
  }

  async #count({ address }: GivenKey): Promise<void> {
    const { failures, resetMs } = await this.#counter.count(countedAddress(address));
    if (failures <= this.#max) return;
    if (failures === this.#max + 1) this.#onTooMany(address);
    throw new AppError('rate_limit_exceeded', {
      message: `More than ${this.#max} wrong keys came from this address within a minute. Correct the key, and wait for the minute to end.`,
      retryAfterMs: resetMs,
    });
  }

  #isKnown(pair: string): boolean {
    const at = this.#known.get(pair);
    if (at === undefined) return false;
    if (this.#now() - at >= KNOWN_TTL_MS) {
      this.#known.delete(pair);
      return false;
    }
    this.#remember(pair);
    return true;
  }

  #remember(pair: string): void {
    this.#known.delete(pair);
    this.#known.set(pair, this.#now());
    if (this.#known.size <= MAX_KNOWN) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
