import type { Signals } from '../db/signals.js';
import type { Sight } from './attempt.js';
import type { EventLog } from './event-log-store.js';

/** Progress is told at most so often per generation. */
const PROGRESS_EVERY_MS = 1_000;
/** A picture has at most a few partial ones; what goes beyond is a provider that does not stop. */
const MAX_EVENTS = 200;

interface Log {
  sequence: number;
  progressAtMs: number;
  /** One writes after the other, in their order. */
  writing: Promise<void>;
}

/** Writes down what can be seen of running generations, for those that somebody may watch. */
export class Watchers {
  readonly #log: EventLog;
  readonly #signals: Signals;
  readonly #monotonicMs: () => number;
  readonly #onError: (error: unknown, generationId: string) => void;
  readonly #watched = new Map<string, Log>();

  constructor(
    log: EventLog,
    signals: Signals,
    monotonicMs: () => number,
    onError: (error: unknown, generationId: string) => void,
  ) {
    this.#log = log;
    this.#signals = signals;
    this.#monotonicMs = monotonicMs;
    this.#onError = onError;
  }

  /** From now on the generation's sights are kept until its end. */
  async open(generationId: string): Promise<void> {
    const sequence = await this.#log.lastSequence(generationId);
    this.#watched.set(generationId, { sequence, progressAtMs: -Infinity, writing: Promise.resolve() });
  }

  /** Nothing more is told of it. Resolves when everything is written. */
  async close(generationId: string): Promise<void> {
    const log = this.#watched.get(generationId);
    this.#watched.delete(generationId);
    await log?.writing;
  }

  tell(generationId: string, sight: Sight): void {
    const log = this.#watched.get(generationId);
    if (log === undefined || log.sequence >= MAX_EVENTS) return;
    const nowMs = this.#monotonicMs();
    if (sight.kind === 'progress') {
      if (nowMs - log.progressAtMs < PROGRESS_EVERY_MS) return;
      log.progressAtMs = nowMs;
    }
    log.sequence += 1;
    const { sequence } = log;
    log.writing = log.writing
      .then(async () => {
        await this.#log.append(generationId, sequence, sight);
        this.#signals.send('changed', generationId);
      })
      .catch((error: unknown) => {
        // Nobody's picture depends on it.
        this.#onError(error, generationId);
      });
  }
}
