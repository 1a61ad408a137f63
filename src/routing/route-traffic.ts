import type { ProviderErrorKind } from '../providers/provider.js';

const WINDOW_MS = 15 * 60 * 1000;
const MAX_SAMPLES = 200;

/** How a call ended, as far as it tells something about the route. */
export type CallOutcome = 'delivered' | 'refused' | 'limited' | 'failed';

/** What the calls of the last quarter of an hour were like. Times are milliseconds. */
export interface TrafficSummary {
  readonly calls: number;
  readonly delivered: number;
  /** Refused by the content policy or as invalid: no fault of the route. */
  readonly refused: number;
  readonly limited: number;
  readonly failed: number;
  /** Delivered among those that were not refused; undefined without any. */
  readonly successRate: number | undefined;
  readonly latencyP50Ms: number | undefined;
  readonly latencyP95Ms: number | undefined;
  readonly lastDeliveredAt: number | undefined;
  readonly lastFailure: { readonly kind: ProviderErrorKind; readonly at: number } | undefined;
}

/** The last calls of one route. */
export class RouteTraffic {
  #samples: { readonly at: number; readonly outcome: CallOutcome; readonly durationMs: number }[] = [];
  #lastDeliveredAt: number | undefined;
  #lastFailure: { readonly kind: ProviderErrorKind; readonly at: number } | undefined;

  /** @param kind of the failure, if it was one */
  note(outcome: CallOutcome, durationMs: number, at: number, kind: ProviderErrorKind | undefined): void {
    this.#samples.push({ at, outcome, durationMs });
    this.#samples = this.#recent(at).slice(-MAX_SAMPLES);
    if (outcome === 'delivered') this.#lastDeliveredAt = at;
    if (kind !== undefined) this.#lastFailure = { kind, at };
  }

  summary(now: number): TrafficSummary {
    const recent = this.#recent(now);
    const count = (outcome: CallOutcome) => recent.filter((sample) => sample.outcome === outcome).length;
    const [delivered, refused] = [count('delivered'), count('refused')];
    const judged = recent.length - refused;
    const latencies = recent
      .filter(({ outcome }) => outcome === 'delivered')
      .map(({ durationMs }) => durationMs)
      .sort((a, b) => a - b);
    return {
      calls: recent.length,
      delivered,
      refused,
      limited: count('limited'),
      failed: count('failed'),
      successRate: judged === 0 ? undefined : delivered / judged,
      latencyP50Ms: latencies[Math.floor(latencies.length / 2)],
      latencyP95Ms: latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * 0.95))],
      lastDeliveredAt: this.#lastDeliveredAt,
      lastFailure: this.#lastFailure,
    };
  }

  #recent(now: number) {
    return this.#samples.filter(({ at }) => now - at <= WINDOW_MS);
  }
}
