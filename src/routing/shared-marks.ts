import type { Redis } from 'ioredis';
import { z } from 'zod';

/** How old what this process knows of the others may be. */
const MAX_AGE_MS = 1_000;

/** That a route is paused or a key is parked. */
const markSchema = z.object({
  /** Unix milliseconds. */
  until: z.number(),
  /** How often in a row. */
  times: z.number(),
  reason: z.string(),
});
export type Mark = z.output<typeof markSchema>;

/**
 * What replicas tell each other of paused routes and parked keys, over Redis. It is advice: when Redis is down, each process
 * goes by what it has seen itself.
 */
export class SharedMarks {
  readonly #redis: Redis;
  readonly #hash: string;
  readonly #onFailed: (error: unknown) => void;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<ReadonlyMap<string, Mark>> | undefined;

  /**
   * @param installation tells installations apart that share one Redis
   * @param onFailed told of what could not be read or written; nothing depends on it
   */
  constructor(redis: Redis, installation: string, onFailed: (error: unknown) => void) {
    this.#redis = redis;
    this.#hash = `atelier:routing:${installation}`;
    this.#onFailed = onFailed;
  }

  /** The marks of all processes when they were read last; undefined while that is fresh. */
  async refresh(nowMs: number): Promise<ReadonlyMap<string, Mark> | undefined> {
    if (nowMs - this.#readAt < MAX_AGE_MS) return undefined;
    this.#reading ??= this.#read(nowMs).finally(() => {
      this.#reading = undefined;
      this.#readAt = nowMs;
    });
    return this.#reading;
  }

  set(name: string, mark: Mark): void {
    this.#redis.hset(this.#hash, name, JSON.stringify(mark)).catch(this.#onFailed);
  }

  remove(...names: readonly string[]): void {
    if (names.length > 0) this.#redis.hdel(this.#hash, ...names).catch(this.#onFailed);
  }

  clear(): void {
    this.#redis.del(this.#hash).catch(this.#onFailed);
  }

  async #read(nowMs: number): Promise<ReadonlyMap<string, Mark>> {
    const marks = new Map<string, Mark>();
    try {
      const past: string[] = [];
      for (const [name, text] of Object.entries(await this.#redis.hgetall(this.#hash))) {
        const mark = markSchema.safeParse(parseJson(text));
        if (mark.success && mark.data.until > nowMs) marks.set(name, mark.data);
        else past.push(name);
      }
      this.remove(...past);
    } catch (error) {
      this.#onFailed(error);
    }
    return marks;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever else wrote there: it is removed.
    return undefined;
  }
}
