import type { Signals } from '../db/signals.js';
import type { GenerationStore } from './generation-store.js';

/** How often is looked without a hint. */
const POLL_MS = 2_000;

interface WaitOptions {
  readonly generations: Pick<GenerationStore, 'findStatus'>;
  readonly signals: Signals;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  readonly maxMs: number;
}

/**
 * Waits for the end of a generation, in whatever process it runs.
 * @returns false when the waiting ended before
 */
export async function waitForEnd(
  id: string,
  { generations, signals, signal, maxMs }: WaitOptions,
): Promise<boolean> {
  const hint = new Hint(id, signals, signal);
  try {
    for (let waitedMs = 0; ; waitedMs += POLL_MS) {
      const status = await generations.findStatus(id);
      if (status !== undefined && status !== 'running' && status !== 'queued') return true;
      if (status === undefined || signal.aborted || waitedMs >= maxMs) return false;
      await hint.wait(Math.min(POLL_MS, maxMs - waitedMs));
    }
  } finally {
    hint.close();
  }
}

/** Wakes whoever waits for news of one generation, or of several. What comes between two waits is not missed. */
export class Hint {
  readonly #end: () => void;
  readonly #signal: AbortSignal;
  #wake: () => void = () => {};
  #news = false;

  /** @param signal wakes too */
  constructor(ids: string | ReadonlySet<string>, signals: Signals, signal: AbortSignal) {
    this.#signal = signal;
    const told = () => {
      this.#news = true;
      this.#wake();
    };
    const stopListening = signals.listen((_topic, generationId) => {
      if (typeof ids === 'string' ? generationId === ids : ids.has(generationId)) told();
    });
    signal.addEventListener('abort', told);
    this.#end = () => {
      stopListening();
      signal.removeEventListener('abort', told);
    };
  }

  /** Resolves with the next news, at once if there were some since the last time, and after `maxMs` in any case. */
  async wait(maxMs: number): Promise<void> {
    if (!this.#news && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, maxMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = () => {};
    this.#news = false;
  }

  close(): void {
    this.#end();
  }
}
