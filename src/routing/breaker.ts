/** Failures of the last minute that open a breaker: at least so many, and at least this share of the calls. */
const WINDOW_MS = 60_000;
const MIN_FAILURES = 5;
const FAILURE_SHARE = 0.5;
const MAX_SAMPLES = 100;
/** How long a breaker stays open; twice as long each time that a probe fails. */
const FIRST_PAUSE_MS = 10_000;
const MAX_PAUSE_MS = 300_000;

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Whether a call may go, and whether it is the one that probes. Without it: when to ask again. */
export type Entry =
  { readonly may: true; readonly probe: boolean } | { readonly may: false; readonly untilMs: number };

/**
 * Keeps calls away from a route that fails. After its pause one call probes; the others go on waiting until that one has
 * ended, in whatever way. A probe that never ends counts no longer than a call can take, so that nobody waits for it for good.
 * Times are milliseconds of one clock.
 */
export class Breaker {
  #samples: { readonly at: number; readonly failed: boolean }[] = [];
  #openUntil: number | undefined;
  #pauses = 0;
  #probe: { readonly until: number } | undefined;

  state(now: number): BreakerState {
    if (this.#openUntil === undefined) return 'closed';
    return now < this.#openUntil ? 'open' : 'half-open';
  }

  /** When the pause ends, if there is one. */
  get openUntilMs(): number | undefined {
    return this.#openUntil;
  }

  /** How often the pause was begun in a row. */
  get pauses(): number {
    return this.#pauses;
  }

  /** Without taking the place of a probe: whether a call could go now. */
  look(now: number): Entry {
    if (this.#openUntil === undefined) return { may: true, probe: false };
    if (now < this.#openUntil) return { may: false, untilMs: this.#openUntil };
    const { until } = this.#probe ?? { until: now };
    return now < until ? { may: false, untilMs: until } : { may: true, probe: true };
  }

  /** @param callMs longest time of a call */
  enter(now: number, callMs: number): Entry {
    const entry = this.look(now);
    if (entry.may && entry.probe) this.#probe = { until: now + callMs };
    return entry;
  }

  /** The route answered, whatever it said. */
  succeed(now: number): void {
    this.#probe = undefined;
    this.#note(now, false);
    if (this.state(now) === 'open') return;
    this.#openUntil = undefined;
    this.#pauses = 0;
  }

  /** @returns true when this opened it */
  fail(now: number, probe: boolean): boolean {
    if (probe) this.#probe = undefined;
    this.#note(now, true);
    if (probe) return this.#open(now);
    if (this.#openUntil !== undefined) return false;
    const failures = this.#samples.filter(({ failed }) => failed).length;
    if (failures < MIN_FAILURES || failures < this.#samples.length * FAILURE_SHARE) return false;
    return this.#open(now);
  }

  /** The call says nothing about the route; another one may probe. */
  release(probe: boolean): void {
    if (probe) this.#probe = undefined;
  }

  /** Takes over what another process found, whose clock may be another one. */
  openAs(until: number, pauses: number, now: number): void {
    const untilMs = Math.min(until, now + MAX_PAUSE_MS);
    if (this.#openUntil !== undefined && this.#openUntil >= untilMs) return;
    this.#openUntil = untilMs;
    this.#pauses = Math.max(this.#pauses, pauses);
  }

  reset(): void {
    this.#samples = [];
    this.#openUntil = undefined;
    this.#pauses = 0;
    this.#probe = undefined;
  }

  #open(now: number): true {
    this.#openUntil = now + Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#pauses);
    this.#pauses += 1;
    this.#samples = [];
    return true;
  }

  #note(now: number, failed: boolean): void {
    this.#samples.push({ at: now, failed });
    this.#samples = this.#samples.filter(({ at }) => now - at <= WINDOW_MS).slice(-MAX_SAMPLES);
  }
}
