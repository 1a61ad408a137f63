import type { Clock } from '../clock.js';
import type { PoolKey } from '../config/key-list.js';
import type { ProviderErrorInfo } from '../providers/provider.js';
import { Breaker, type BreakerState } from './breaker.js';
import { KeyStates, MAX_PARKING_MS, MAX_REST_MS, type ParkingReason } from './key-states.js';
import { RouteTraffic, type CallOutcome, type TrafficSummary } from './route-traffic.js';
import type { SharedMarks } from './shared-marks.js';

/** A route as calls see it. */
export interface RouteRef {
  readonly routeId: string;
  /** What its keys belong to: the same for all routes of one provider at one address. */
  readonly account: string;
  /** Empty where the route takes none. */
  readonly keys: readonly PoolKey[];
  /** Longest time of one call. */
  readonly timeoutMs: number;
}

/** Why a route can't be called now. */
export interface Block {
  readonly reason: 'paused' | 'busy' | ParkingReason;
  readonly untilMs: number;
}

/** Leave to make one call; `end` gives it back and tells how the call went. */
export interface Pass {
  readonly key: PoolKey | undefined;
  /** @param failure undefined when the call delivered something */
  end(failure: ProviderErrorInfo | undefined, durationMs: number): void;
}

interface RoutesParts {
  readonly clock: Clock;
  readonly wait: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  /** Calls on one route with one key that run at once, while nobody pushes back. */
  readonly maxRunning: number;
  readonly shared?: SharedMarks | undefined;
  /** Told when a route is paused or a key is parked: the operator may have to do something. */
  readonly onBlocked: (what: {
    readonly route: string;
    readonly key?: number;
    readonly reason: string;
    readonly until: Date;
  }) => void;
}

/** Stands for the key of a route that takes none. */
const NO_KEY = 'none';

/** Failures that speak against the route itself. */
const FAULTS: readonly ProviderErrorInfo['kind'][] = [
  'overloaded',
  'timeout',
  'connection',
  'bad_response',
  'model_unavailable',
];

/** The live routes: which can be called, with which key, how many calls at once, and how their calls went. */
export class Routes {
  readonly #parts: RoutesParts;
  readonly #breakers = new Map<string, Breaker>();
  readonly #traffic = new Map<string, RouteTraffic>();
  readonly #keys: KeyStates;

  constructor(parts: RoutesParts) {
    this.#parts = parts;
    this.#keys = new KeyStates(parts.maxRunning);
  }

  /** Why no call could go to this route now, if so. */
  findBlock({ routeId, account, keys }: RouteRef): Block | undefined {
    const now = this.#now();
    const entry = this.#breaker(routeId).look(now);
    if (!entry.may) return { reason: 'paused', untilMs: entry.untilMs };
    if (keys.length === 0 || keys.some(({ id }) => !this.#keys.isParked(account, id, now))) return undefined;
    const states = keys.map(({ id }) => this.#keys.get(account, id));
    const [soonest] = states.sort((a, b) => (a.parkedUntil ?? 0) - (b.parkedUntil ?? 0));
    return { reason: soonest?.parkedFor ?? 'authentication', untilMs: soonest?.parkedUntil ?? now };
  }

  /** Whether a key other than this one could be used at once. */
  hasOtherKey({ account, keys }: RouteRef, keyId: string | undefined): boolean {
    const now = this.#now();
    return keys.some(
      ({ id }) =>
        id !== keyId &&
        !this.#keys.isParked(account, id, now) &&
        this.#keys.get(account, id).restUntil <= now,
    );
  }

  /**
   * Waits until a call may go to the route.
   * @param keyId the key that it has to go with, if only one will do
   * @throws the signal's reason when it fires first
   */
  async enter(ref: RouteRef, signal: AbortSignal, keyId?: string): Promise<Pass | Block> {
    await this.#hear();
    const block = this.findBlock(ref);
    if (block !== undefined) return block;
    const { routeId, account } = ref;
    const now = this.#now();
    const usable = ref.keys.filter(({ id }) => !this.#keys.isParked(account, id, now));
    const key =
      ref.keys.find(({ id }) => id === keyId) ??
      this.#keys.pick(account, routeId, usable, now, this.#parts.random());
    const id = key?.id ?? NO_KEY;
    const restMs = Math.min(MAX_REST_MS, this.#keys.get(account, id).restUntil - now);
    if (restMs > 0) await this.#parts.wait(restMs, signal);
    const limit = this.#keys.limitOf(routeId, id);
    const token = await limit.acquire(signal);
    const entry = this.#breaker(routeId).enter(this.#now(), ref.timeoutMs);
    if (!entry.may) {
      limit.release('other', token);
      return { reason: 'paused', untilMs: entry.untilMs };
    }
    return {
      key,
      end: (failure, durationMs) => {
        limit.release(pushback(failure), token);
        this.#judgeRoute(routeId, failure, entry.probe);
        this.#judgeKey(ref, key, failure);
        this.#note(routeId, failure, durationMs);
      },
    };
  }

  /** Puts routes of one model into an order; equals stay as they are. */
  compare(a: string, b: string, order: 'health' | 'latency'): number {
    const [first, second] = [this.#summary(a), this.#summary(b)];
    if (order === 'latency') return (first.latencyP50Ms ?? 0) - (second.latencyP50Ms ?? 0);
    return this.#illness(b, second) === this.#illness(a, first)
      ? 0
      : this.#illness(a, first) - this.#illness(b, second);
  }

  /** How a route is, for the operator. */
  describe({ routeId, account, keys }: RouteRef) {
    const now = this.#now();
    const breaker = this.#breaker(routeId);
    return {
      state: breaker.state(now),
      pausedUntilMs: breaker.state(now) === 'open' ? breaker.openUntilMs : undefined,
      traffic: this.#summary(routeId),
      keys: (keys.length === 0 ? [undefined] : keys).map((key) => {
        const id = key?.id ?? NO_KEY;
        const state = this.#keys.get(account, id);
        const limit = this.#keys.limitOf(routeId, id);
        const parked = (state.parkedUntil ?? 0) > now;
        return {
          number: key?.number,
          weight: key?.weight,
          state: parked
            ? ('parked' as const)
            : state.restUntil > now
              ? ('resting' as const)
              : ('ready' as const),
          reason: parked ? state.parkedFor : undefined,
          untilMs: parked ? state.parkedUntil : state.restUntil > now ? state.restUntil : undefined,
          running: limit.running,
          waiting: limit.waiting,
          limit: limit.limit,
        };
      }),
    } satisfies RouteStatus;
  }

  /** Ends all pauses and parkings: the operator knows that what was wrong is mended. */
  reset(): void {
    for (const breaker of this.#breakers.values()) breaker.reset();
    this.#keys.reset();
    this.#parts.shared?.clear();
  }

  #judgeRoute(routeId: string, failure: ProviderErrorInfo | undefined, probe: boolean): void {
    const breaker = this.#breaker(routeId);
    const now = this.#now();
    const kind = failure?.kind;
    if (kind === 'cancelled' || kind === 'authentication' || kind === 'out_of_credit') {
      breaker.release(probe);
      return;
    }
    if (kind === undefined || !FAULTS.includes(kind)) {
      if (breaker.state(now) !== 'closed') this.#parts.shared?.remove(`route:${routeId}`);
      breaker.succeed(now);
      return;
    }
    if (!breaker.fail(now, probe)) return;
    const until = breaker.openUntilMs ?? now;
    this.#parts.shared?.set(`route:${routeId}`, { until, times: breaker.pauses, reason: kind });
    this.#parts.onBlocked({ route: routeId, reason: kind, until: new Date(until) });
  }

  #judgeKey(
    { routeId, account }: RouteRef,
    key: PoolKey | undefined,
    failure: ProviderErrorInfo | undefined,
  ): void {
    const now = this.#now();
    if (failure?.kind === 'rate_limited' && failure.retryAfterMs !== undefined) {
      this.#keys.rest(account, key?.id ?? NO_KEY, now + Math.min(MAX_REST_MS, failure.retryAfterMs));
    }
    if (key === undefined) return;
    const name = `key:${account}:${key.id}`;
    if (failure === undefined) {
      if (this.#keys.unpark(account, key.id)) this.#parts.shared?.remove(name);
      return;
    }
    if (failure.kind !== 'authentication' && failure.kind !== 'out_of_credit') return;
    // Calls that ran beside the one that found it out say nothing new.
    if (this.#keys.isParked(account, key.id, now)) return;
    const until = this.#keys.park(account, key.id, failure.kind, now);
    const times = this.#keys.get(account, key.id).parkings;
    this.#parts.shared?.set(name, { until, times, reason: failure.kind });
    this.#parts.onBlocked({ route: routeId, key: key.number, reason: failure.kind, until: new Date(until) });
  }

  #note(routeId: string, failure: ProviderErrorInfo | undefined, durationMs: number): void {
    const outcome = outcomeOf(failure);
    if (outcome === undefined) return;
    const known = this.#traffic.get(routeId) ?? new RouteTraffic();
    this.#traffic.set(routeId, known);
    known.note(outcome, durationMs, this.#now(), failure?.kind);
  }

  /** Takes over what other processes have found since. */
  async #hear(): Promise<void> {
    const marks = await this.#parts.shared?.refresh(this.#now());
    for (const [name, mark] of marks ?? []) {
      const [kind, ...rest] = name.split(':');
      if (kind === 'route') this.#breaker(rest.join(':')).openAs(mark.until, mark.times, this.#now());
      if (kind === 'key') {
        const state = this.#keys.get(rest.slice(0, -1).join(':'), rest.at(-1) ?? '');
        const until = Math.min(mark.until, this.#now() + MAX_PARKING_MS);
        state.parkedUntil = Math.max(state.parkedUntil ?? 0, until);
        state.parkedFor ??= mark.reason === 'out_of_credit' ? 'out_of_credit' : 'authentication';
        state.parkings = Math.max(state.parkings, mark.times);
      }
    }
  }

  /** The larger, the later it is tried: paused routes last, the others by how many calls fail, in steps of a twentieth. */
  #illness(routeId: string, { successRate = 1 }: TrafficSummary): number {
    const open = this.#breaker(routeId).state(this.#now()) === 'open';
    return open ? 100 : Math.round((1 - successRate) * 20);
  }

  #summary(routeId: string): TrafficSummary {
    return (this.#traffic.get(routeId) ?? new RouteTraffic()).summary(this.#now());
  }

  #breaker(routeId: string): Breaker {
    const known = this.#breakers.get(routeId) ?? new Breaker();
    this.#breakers.set(routeId, known);
    return known;
  }

  #now(): number {
    return this.#parts.clock().getTime();
  }
}

/** A route and its keys at one moment. Times are Unix milliseconds. */
export interface RouteStatus {
  readonly state: BreakerState;
  readonly pausedUntilMs: number | undefined;
  readonly traffic: TrafficSummary;
  readonly keys: readonly {
    /** Its place in the list, from 1; undefined where the route takes no key. */
    readonly number: number | undefined;
    readonly weight: number | undefined;
    readonly state: 'ready' | 'resting' | 'parked';
    readonly reason: ParkingReason | undefined;
    readonly untilMs: number | undefined;
    readonly running: number;
    readonly waiting: number;
    readonly limit: number;
  }[];
}

function pushback(failure: ProviderErrorInfo | undefined): 'answered' | 'pushed-back' | 'other' {
  if (failure === undefined) return 'answered';
  return failure.kind === 'rate_limited' || failure.kind === 'overloaded' ? 'pushed-back' : 'other';
}

function outcomeOf(failure: ProviderErrorInfo | undefined): CallOutcome | undefined {
  switch (failure?.kind) {
    case undefined:
      return 'delivered';
    case 'cancelled':
      return undefined;
    case 'moderated':
    case 'invalid_request':
      return 'refused';
    case 'rate_limited':
      return 'limited';
    default:
      return 'failed';
  }
}
