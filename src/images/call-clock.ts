import { performance } from 'node:perf_hooks';
import type { Metrics } from '../telemetry/metrics.js';

/** Times one call to a provider: until its first answer begins, and from there to its end. */
export class CallClock {
  readonly #metrics: Metrics;
  readonly #startMs = performance.now();
  #answeredMs: number | undefined;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** @param answer the head of an answer; the first one of a call counts, later ones look after its task */
  async answered<T>(answer: Promise<T>): Promise<T> {
    const head = await answer;
    if (this.#answeredMs === undefined) {
      this.#answeredMs = performance.now();
      this.#metrics.passed('first_byte', this.#startMs, this.#answeredMs);
    }
    return head;
  }

  /** Models that run in this process answer nothing: there is no body then. */
  end(): void {
    if (this.#answeredMs === undefined) return;
    this.#metrics.passed('body', this.#answeredMs);
  }
}
