import { AppError } from '../errors.js';

const RETRY_AFTER_MS = 5_000;

/** Runs work when there is a place for it. */
export interface Lane {
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** How one generation passes through. */
export interface Passage {
  /** Whose turn it takes: turns go round by workspace. */
  readonly workspaceId: string;
  /** When it fires, waiting work runs at once, without a place: it finds the signal and does nothing. */
  readonly stop: AbortSignal;
  /** Awaited in the place, before the work. */
  readonly entered: () => Promise<void>;
}

/** A generation that is here. Both may be told twice. */
export interface Announced {
  /** Its first call stands in line. */
  readonly arrive: () => void;
  /** It has no more calls. */
  readonly leave: () => void;
}

interface Waiting {
  readonly begin: () => void;
}

/**
 * Bounds how many provider calls run at once in this process and how many wait for a place. A place that becomes free goes to
 * the next workspace in turn, so that none waits longer for the sake of another one's many calls; within a workspace the
 * first come is the first served.
 */
export class Lanes {
  readonly #places: number;
  readonly #maxWaiting: number;
  /** In the order of their turns. */
  readonly #waiting = new Map<string, Set<Waiting>>();
  #running = 0;
  #waitingCount = 0;
  #announced = 0;
  #reserved = 0;
  /** How many generations of each workspace are here. */
  readonly #served = new Map<string, number>();
  #onLeave: () => void = () => {};

  constructor(maxRunning: number, maxWaiting: number) {
    this.#places = maxRunning;
    this.#maxWaiting = maxWaiting;
  }

  /** Places that nobody waits for. */
  get free(): number {
    return Math.max(0, this.#places - this.#running - this.#waitingCount - this.#announced);
  }

  /** Calls in a place. */
  get running(): number {
    return this.#running;
  }

  /** Calls that wait for a place. */
  get waiting(): number {
    return this.#waitingCount;
  }

  /** Workspaces that have calls here, running or waiting, or are about to have some. */
  get served(): readonly string[] {
    return [...this.#served.keys()];
  }

  /** @param listener called whenever a call has left its place, or a generation is done */
  onLeave(listener: () => void): void {
    this.#onLeave = listener;
  }

  /**
   * Keeps room for the calls of a generation that a caller waits for, wherever they wait: for a place here, for their route, or
   * for their turn to be repeated.
   * @returns gives the room back, once
   * @throws AppError queue_full when so many more calls would be too many
   */
  reserve(calls: number): () => void {
    this.requireRoom(calls);
    this.#reserved += calls;
    let kept = true;
    return () => {
      if (kept) this.#reserved -= calls;
      kept = false;
    };
  }

  /** @throws AppError queue_full */
  requireRoom(calls: number): void {
    const free = this.#places - this.#running;
    const waiting = this.#waitingCount + Math.max(0, calls - free);
    const reserved = this.#reserved + calls - this.#places;
    if (Math.max(waiting, reserved) > this.#maxWaiting) throw queueFull();
  }

  /** Counts a generation whose calls are still being prepared among those that take places. */
  announce(workspaceId: string): Announced {
    this.#announced += 1;
    this.#served.set(workspaceId, (this.#served.get(workspaceId) ?? 0) + 1);
    let [arrived, left] = [false, false];
    const arrive = () => {
      if (!arrived) this.#announced -= 1;
      arrived = true;
    };
    return {
      arrive,
      leave: () => {
        arrive();
        if (left) return;
        left = true;
        const others = (this.#served.get(workspaceId) ?? 1) - 1;
        if (others === 0) this.#served.delete(workspaceId);
        else this.#served.set(workspaceId, others);
        this.#onLeave();
      },
    };
  }

  /** The lane of one generation. */
  through(passage: Passage): Lane {
    return { run: (work) => this.#run(passage, work) };
  }

  async #run<T>(passage: Passage, work: () => Promise<T>): Promise<T> {
    const hasPlace = await this.#takePlace(passage);
    if (!hasPlace) return work();
    try {
      await passage.entered();
      return await work();
    } finally {
      this.#running -= 1;
      this.#advance();
      this.#onLeave();
    }
  }

  /** @returns false when it stopped waiting for the sake of the signal */
  #takePlace({ workspaceId, stop }: Passage): Promise<boolean> {
    if (stop.aborted) return Promise.resolve(false);
    if (this.#running < this.#places) {
      this.#running += 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const leave = () => {
        this.#remove(workspaceId, waiting);
        resolve(false);
      };
      const waiting: Waiting = {
        begin: () => {
          stop.removeEventListener('abort', leave);
          resolve(true);
        },
      };
      stop.addEventListener('abort', leave, { once: true });
      const line = this.#waiting.get(workspaceId) ?? new Set();
      line.add(waiting);
      this.#waiting.set(workspaceId, line);
      this.#waitingCount += 1;
    });
  }

  #advance(): void {
    while (this.#running < this.#places) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const [workspaceId, line] = next;
      const [first] = line;
      if (first === undefined) {
        this.#waiting.delete(workspaceId);
        continue;
      }
      this.#remove(workspaceId, first);
      // Its next one waits until the others had their turn.
      if (this.#waiting.delete(workspaceId)) this.#waiting.set(workspaceId, line);
      this.#running += 1;
      first.begin();
    }
  }

  #remove(workspaceId: string, waiting: Waiting): void {
    const line = this.#waiting.get(workspaceId);
    if (line?.delete(waiting) !== true) return;
    this.#waitingCount -= 1;
    if (line.size === 0) this.#waiting.delete(workspaceId);
  }
}

/** What a caller is told when too much waits. */
export function queueFull(): AppError {
  return new AppError('queue_full', {
    message: 'Too many images are waiting. Try again in a moment.',
    retryAfterMs: RETRY_AFTER_MS,
  });
}
