import { AppError } from '../../errors.js';
import { Numbers } from '../../telemetry/series.js';

/**
 * What a route does, as far as room is concerned: `make` begins pictures, `watch` is a stream of events that stays open,
 * `always` is answered however much there is to do, `answer` is everything else.
 */
export type RequestKind = 'make' | 'watch' | 'always' | 'answer';

/** How much this process takes at once. */
export interface DoorLimits {
  /** Requests under way, without those that watch. */
  readonly maxRequests: number;
  readonly maxWatchers: number;
  /** Of bodies that are held in memory. */
  readonly maxBodiesBytes: number;
  /** 0: the delay is not looked at. */
  readonly maxLoopDelayMs: number;
}

const RETRY_AFTER_MS = 5_000;

/** A body that is held in memory, as far as it has come. */
export interface HeldBody {
  /** @throws AppError overloaded when there is no room for so many more bytes */
  take(bytes: number): void;
  /** Gives all of it back. */
  release(): void;
}

const MESSAGES = {
  requests: 'This process answers as many requests as it can. Try again in a moment.',
  watchers: 'This process serves as many streams of events as it can. Try again in a moment.',
  bodies: 'This process holds as many bytes of requests as it can. Try again in a moment.',
  loop_delay: 'This process is late with its work and begins no new pictures. Try again in a moment.',
} as const;
export type Refusal = keyof typeof MESSAGES;

/**
 * Lets requests in as far as this process has room for them, and refuses the others at once: before their key is looked up and
 * their body is read, so that a refusal costs next to nothing and what was let in ends in time.
 */
export class Door {
  readonly #limits: DoorLimits;
  readonly #loopDelayMs: () => number;
  readonly #open = { requests: 0, watchers: 0 };
  #bodiesBytes = 0;
  readonly #refused = new Numbers('counter', {
    name: 'atelier_overload_refusals_total',
    help: 'Requests that were refused with 503 since this process had no room for them.',
    labels: ['reason'],
  });
  readonly #gauge = new Numbers('gauge', {
    name: 'atelier_open_requests',
    help: 'Requests under way in this process, and streams of events that it serves.',
    labels: ['kind'],
  });

  /** @param loopDelayMs how late the event loop is */
  constructor(limits: DoorLimits, loopDelayMs: () => number) {
    this.#limits = limits;
    this.#loopDelayMs = loopDelayMs;
    for (const reason of Object.keys(MESSAGES)) this.#refused.of(reason);
  }

  /**
   * Lets a request in.
   * @returns to be called once, when its answer has left or was given up
   * @throws AppError overloaded
   */
  enter(kind: RequestKind): () => void {
    const { maxRequests, maxWatchers, maxLoopDelayMs } = this.#limits;
    if (kind === 'always') return () => {};
    if (kind === 'make' && maxLoopDelayMs > 0 && this.#loopDelayMs() > maxLoopDelayMs) {
      throw this.#refuse('loop_delay');
    }
    const counted = kind === 'watch' ? 'watchers' : 'requests';
    if (this.#open[counted] >= (kind === 'watch' ? maxWatchers : maxRequests)) throw this.#refuse(counted);
    this.#open[counted] += 1;
    return () => {
      this.#open[counted] -= 1;
    };
  }

  /** Accounts for a body that is read into memory. */
  holdBody(): HeldBody {
    let held = 0;
    return {
      take: (bytes) => {
        if (this.#bodiesBytes + bytes > this.#limits.maxBodiesBytes) throw this.#refuse('bodies');
        this.#bodiesBytes += bytes;
        held += bytes;
      },
      release: () => {
        this.#bodiesBytes -= held;
        held = 0;
      },
    };
  }

  /** In the text format of Prometheus. */
  write(): string {
    for (const [kind, count] of Object.entries(this.#open)) this.#gauge.of(kind).set(count);
    return `${this.#refused.write()}\n${this.#gauge.write()}`;
  }

  #refuse(reason: Refusal): AppError {
    this.#refused.of(reason).add();
    return new AppError('overloaded', { message: MESSAGES[reason], retryAfterMs: RETRY_AFTER_MS });
  }
}
