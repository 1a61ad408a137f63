import { setInterval } from 'node:timers';
import type { sweep } from '../files/retention.js';

const INTERVAL_MS = 60_000;

type Swept = Awaited<ReturnType<typeof sweep>>;

/** What has to be done now and then for a gateway to stay as it is: every minute, and never twice at once. */
export class Housekeeping {
  readonly #parts: HousekeepingParts;
  readonly #timer: NodeJS.Timeout;
  #sweeping: Promise<Swept> | undefined;

  constructor(parts: HousekeepingParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => {
      Promise.all([this.sweep(), ...parts.chores.map((chore) => chore())]).catch(parts.onError);
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  /** Removes what has expired; whoever asks meanwhile waits for the sweep that runs. */
  sweep(): Promise<Swept> {
    const { sweep: run, onSwept } = this.#parts;
    this.#sweeping ??= run()
      .then((removed) => {
        onSwept(removed);
        return removed;
      })
      .catch((error: unknown) => {
        onSwept(undefined);
        throw error;
      })
      .finally(() => {
        this.#sweeping = undefined;
      });
    return this.#sweeping;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

interface HousekeepingParts {
  /** Removes pictures whose time is over. */
  readonly sweep: () => Promise<Swept>;
  /** @param removed undefined: the sweep failed */
  readonly onSwept: (removed: Swept | undefined) => void;
  /** What else is removed or ended when its time is over. */
  readonly chores: readonly (() => Promise<unknown>)[];
  readonly onError: (error: unknown) => void;
}
