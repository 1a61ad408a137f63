import { setInterval } from 'node:timers';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { createId } from '../ids.js';

/** Pictures of a process that ended without a word stop counting after this time. */
const LEASE_MS = 60_000;
const RENEW_EVERY_MS = 20_000;

/**
 * One sorted set per subject holds a lease per picture, ordered by its end. All subjects have room or none is taken.
 * Redis' own clock counts, so processes need not agree on the time.
 */
const TAKE = `
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local count = tonumber(ARGV[2])
for i, key in ipairs(KEYS) do
  redis.call('zremrangebyscore', key, '-inf', now)
  local used = redis.call('zcard', key)
  if used + count > tonumber(ARGV[i + 3]) then return {i, used} end
end
for _, key in ipairs(KEYS) do
  for n = 1, count do redis.call('zadd', key, now + ARGV[3], ARGV[1] .. ':' .. n) end
  redis.call('pexpire', key, ARGV[3])
end
return {0, 0}`;

/** Also brings back what a Redis that lost its memory has forgotten. */
const RENEW = `
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, key in ipairs(KEYS) do
  for n = 1, tonumber(ARGV[2]) do redis.call('zadd', key, now + ARGV[3], ARGV[1] .. ':' .. n) end
  redis.call('pexpire', key, ARGV[3])
end
return 1`;

const GIVE_BACK = `
for _, key in ipairs(KEYS) do
  for n = 1, tonumber(ARGV[2]) do redis.call('zrem', key, ARGV[1] .. ':' .. n) end
end
return 1`;

const takenSchema = z.tuple([z.number(), z.number()]);

/** Whose pictures are counted, and how many there may be. */
export interface FlightSubject {
  /** Names the counter. */
  readonly name: string;
  readonly limit: number;
}

export type Taken =
  | { readonly ok: true; readonly giveBack: () => void }
  | { readonly ok: false; readonly subject: FlightSubject; readonly used: number };

interface Flight {
  readonly id: string;
  readonly keys: readonly string[];
  readonly count: number;
}

/**
 * Counts pictures that are being made: in Redis for all processes, under leases that are renewed, else in this process.
 * This process always knows its own, and goes on with these while Redis is down.
 */
export class FlightCounter {
  readonly #redis: Redis | undefined;
  readonly #own = new Map<string, number>();
  readonly #flights = new Set<Flight>();
  readonly #renewing: NodeJS.Timeout | undefined;

  constructor(redis: Redis | undefined) {
    this.#redis = redis;
    if (redis === undefined) return;
    this.#renewing = setInterval(() => {
      this.renew();
    }, RENEW_EVERY_MS);
    this.#renewing.unref();
  }

  /** Takes room for `count` pictures with every subject, or with none. */
  async take(subjects: readonly FlightSubject[], count: number): Promise<Taken> {
    const keys = subjects.map(({ name }) => `atelier:flights:${name}`);
    const flight = { id: createId('req'), keys, count };
    const refused = (await this.#takeShared(flight, subjects)) ?? this.#findFull(flight, subjects);
    const [place, used] = refused;
    const subject = subjects[place - 1];
    if (subject !== undefined) return { ok: false, subject, used };
    this.#addOwn(flight, count);
    this.#flights.add(flight);
    return {
      ok: true,
      giveBack: () => {
        // Twice is as good as once.
        if (!this.#flights.delete(flight)) return;
        this.#addOwn(flight, -count);
        this.#tell(GIVE_BACK, flight);
      },
    };
  }

  /** Tells Redis of everything that is being made here; runs by itself. */
  renew(): void {
    for (const flight of this.#flights) this.#tell(RENEW, flight);
  }

  close(): void {
    clearInterval(this.#renewing);
  }

  /** @returns place (from 1) and use of the first subject without room, 0 if all have; undefined without Redis */
  async #takeShared(
    { id, keys, count }: Flight,
    subjects: readonly FlightSubject[],
  ): Promise<readonly [number, number] | undefined> {
    if (this.#redis?.status !== 'ready') return undefined;
    try {
      const limits = subjects.map(({ limit }) => limit);
      return takenSchema.parse(
        await this.#redis.eval(TAKE, keys.length, ...keys, id, count, LEASE_MS, ...limits),
      );
    } catch {
      // The connection tells its own losses; meanwhile this process counts for itself.
      return undefined;
    }
  }

  #findFull({ keys, count }: Flight, subjects: readonly FlightSubject[]): readonly [number, number] {
    for (const [index, key] of keys.entries()) {
      const used = this.#own.get(key) ?? 0;
      if (used + count > (subjects[index]?.limit ?? 0)) return [index + 1, used];
    }
    return [0, 0];
  }

  #addOwn({ keys }: Flight, change: number): void {
    for (const key of keys) {
      const count = (this.#own.get(key) ?? 0) + change;
      if (count === 0) this.#own.delete(key);
      else this.#own.set(key, count);
    }
  }

  #tell(script: string, { id, keys, count }: Flight): void {
    if (this.#redis?.status !== 'ready') return;
    this.#redis.eval(script, keys.length, ...keys, id, count, LEASE_MS).catch(() => {
      // What could not be renewed or given back ends with its lease.
    });
  }
}
