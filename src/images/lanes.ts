import PQueue from 'p-queue';
import { AppError } from '../errors.js';

const RETRY_AFTER_MS = 5_000;

/** Bounds how many provider calls run at once in this process and how many wait for a place. */
export class Lanes {
  readonly #queue: PQueue;
  readonly #maxWaiting: number;

  constructor(maxRunning: number, maxWaiting: number) {
    this.#queue = new PQueue({ concurrency: maxRunning });
    this.#maxWaiting = maxWaiting;
  }

  /** @throws AppError queue_full when the queue has no room for so many more calls */
  requireRoom(calls: number): void {
    const free = this.#queue.concurrency - this.#queue.pending;
    if (this.#queue.size + Math.max(0, calls - free) > this.#maxWaiting) {
      throw new AppError('queue_full', {
        message: 'Too many images are waiting. Try again in a moment.',
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.add(work);
  }

  /** Resolves when nothing runs or waits. */
  idle(): Promise<void> {
    return this.#queue.onIdle();
  }
}
