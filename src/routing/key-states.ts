import type { PoolKey } from '../config/key-list.js';
import { AdaptiveLimit } from './adaptive-limit.js';

/** How long a key is parked that was refused or is out of credit; twice as long each time. */
const FIRST_PARKING_MS = 30_000;
export const MAX_PARKING_MS = 600_000;
/** A provider that wants a longer rest is not waited for. */
export const MAX_REST_MS = 30_000;

export type ParkingReason = 'authentication' | 'out_of_credit';

/** What is known of one key of a pool, for all routes that use it. */
export interface KeyState {
  parkedUntil: number | undefined;
  parkedFor: ParkingReason | undefined;
  /** How often it was parked in a row. */
  parkings: number;
  /** Asked by the provider not to call before. */
  restUntil: number;
}

/** Which keys can be used now. Times are milliseconds of one clock. */
export class KeyStates {
  readonly #states = new Map<string, KeyState>();
  readonly #limits = new Map<string, AdaptiveLimit>();
  readonly #maxRunning: number;

  constructor(maxRunning: number) {
    this.#maxRunning = maxRunning;
  }

  /** @param account where the key belongs: keys of two providers are never the same */
  get(account: string, keyId: string): KeyState {
    const name = `${account}:${keyId}`;
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    const state = { parkedUntil: undefined, parkedFor: undefined, parkings: 0, restUntil: 0 };
    this.#states.set(name, state);
    return state;
  }

  limitOf(routeId: string, keyId: string): AdaptiveLimit {
    const name = `${routeId}:${keyId}`;
    const known = this.#limits.get(name);
    if (known !== undefined) return known;
    const limit = new AdaptiveLimit(this.#maxRunning);
    this.#limits.set(name, limit);
    return limit;
  }

  isParked(account: string, keyId: string, now: number): boolean {
    return (this.get(account, keyId).parkedUntil ?? 0) > now;
  }

  /** @returns until when */
  park(account: string, keyId: string, reason: ParkingReason, now: number): number {
    const state = this.get(account, keyId);
    state.parkedUntil = now + Math.min(MAX_PARKING_MS, FIRST_PARKING_MS * 2 ** state.parkings);
    state.parkedFor = reason;
    state.parkings += 1;
    return state.parkedUntil;
  }

  /** @returns whether it had been parked */
  unpark(account: string, keyId: string): boolean {
    const state = this.get(account, keyId);
    const was = state.parkedUntil !== undefined;
    state.parkedUntil = undefined;
    state.parkedFor = undefined;
    state.parkings = 0;
    return was;
  }

  rest(account: string, keyId: string, untilMs: number): void {
    const state = this.get(account, keyId);
    state.restUntil = Math.max(state.restUntil, untilMs);
  }

  reset(): void {
    this.#states.clear();
  }

  /**
   * Picks a key at random by weight: among those that rest least and have a free place, else among those that rest least.
   * @param random from 0 to 1
   */
  pick(
    account: string,
    routeId: string,
    keys: readonly PoolKey[],
    now: number,
    random: number,
  ): PoolKey | undefined {
    const awake = keys.filter(({ id }) => this.get(account, id).restUntil <= now);
    const free = awake.filter(({ id }) => this.limitOf(routeId, id).isFree);
    return pickByWeight(free.length > 0 ? free : awake.length > 0 ? awake : keys, random);
  }
}

function pickByWeight(keys: readonly PoolKey[], random: number): PoolKey | undefined {
  const total = keys.reduce((sum, { weight }) => sum + weight, 0);
  let left = random * total;
  for (const key of keys) {
    left -= key.weight;
    if (left < 0) return key;
  }
  return keys.at(-1);
}
