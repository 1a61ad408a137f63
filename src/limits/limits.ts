import type { Transaction } from 'kysely';
import type { Clock } from '../clock.js';
import { formatCredits, toCredits, type Microcredits } from '../credits/microcredits.js';
import type { Db } from '../db/database.js';
import type { Database } from '../db/schema.js';
import { AppError } from '../errors.js';
import type { Limits as LimitValues } from '../workspaces/limits.js';
import type { Caller } from '../workspaces/workspace-store.js';
import { FlightCounter } from './flight-counter.js';
import { limitFacts, type LimitScope } from './limit-facts.js';
import { requireModel } from './model-limit.js';
import type { SharedRedis } from './redis.js';
import { RequestCounter } from './request-counter.js';
import { SpendingStore, startOfMonth, sumStoredBytes, type Reader, type UsageOf } from './usage-store.js';

const FLIGHT_RETRY_AFTER_MS = 2_000;

/** What a caller's headers say after a request was counted. */
export interface RequestCount {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/** Bytes of pictures that are stored. */
export interface StorageUse {
  readonly usedBytes: number;
  /** undefined: there is no limit. */
  readonly limitBytes: number | undefined;
}

/** What an image request is about to use. */
export interface ImageWish {
  /** Slug that was asked for. */
  readonly model: string;
  readonly images: number;
  readonly quote: Microcredits;
}

/** Leave to run. */
export interface Admission {
  /**
   * Looks at the budget once more, inside the transaction that holds the price and after the hold was written: requests at
   * the same time can't overdraw it together, in whatever process. @throws AppError budget_exceeded
   */
  readonly requireBudget: (trx: Transaction<Database>) => Promise<void>;
  /** Gives back the pictures in flight, once; to be called however the request ends. */
  readonly release: () => void;
}

interface LimitsParts {
  readonly db: Db;
  readonly clock: Clock;
  /** undefined: this process counts for itself. */
  readonly redis: SharedRedis | undefined;
}

interface StorageRoom {
  readonly scope: LimitScope;
  readonly limit: number;
  readonly used: number;
}

interface Subject {
  readonly scope: LimitScope;
  /** Names its counters. Workspaces are counted per mode: tests don't use up what live calls may do. */
  readonly name: string;
  readonly limits: LimitValues;
  readonly usage: UsageOf;
}

/** The limits of keys and workspaces. There are none by default, and then nothing here costs anything. */
export class Limits {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #redis: SharedRedis | undefined;
  readonly #requests: RequestCounter;
  readonly #flights: FlightCounter;
  readonly #spending = new SpendingStore();

  constructor({ db, clock, redis }: LimitsParts) {
    this.#db = db;
    this.#clock = clock;
    this.#redis = redis;
    this.#requests = new RequestCounter(redis?.client);
    this.#flights = new FlightCounter(redis?.client);
  }

  /**
   * Counts a request of any kind.
   * @returns the tighter of the caller's limits; undefined when it has none
   * @throws AppError rate_limit_exceeded; it carries the headers of the limit that was met
   */
  async countRequest(caller: Caller): Promise<RequestCount | undefined> {
    let tightest: RequestCount | undefined;
    // The key first: what its own limit refuses does not use up the workspace's.
    for (const { scope, name, limits } of subjectsOf(caller)) {
      const limit = limits.requestsPerMinute;
      if (limit === undefined) continue;
      const { requests, resetMs } = await this.#requests.count(name);
      const count = { limit, remaining: Math.max(0, limit - requests), resetMs };
      if (requests > limit) throw tooManyRequests(scope, count);
      if (tightest === undefined || count.remaining < tightest.remaining) tightest = count;
    }
    return tightest;
  }

  /**
   * Lets an image request in, or says which limit keeps it out. To be asked after planning and before the hold.
   * @throws AppError model_not_allowed, budget_exceeded, storage_quota_exceeded, rate_limit_exceeded
   */
  async admit(caller: Caller, wish: ImageWish): Promise<Admission> {
    const admission = await this.admitWaiting(caller, wish);
    return { ...admission, release: await this.board(caller, wish.images) };
  }

  /**
   * The same for a request that waits for its turn: pictures are in flight only from `board` on, so that it is refused only
   * when it needs more than are allowed at all.
   * @throws AppError model_not_allowed, budget_exceeded, storage_quota_exceeded, rate_limit_exceeded
   */
  async admitWaiting(caller: Caller, wish: ImageWish): Promise<Pick<Admission, 'requireBudget'>> {
    requireModel(caller, wish.model);
    const subjects = subjectsOf(caller);
    await this.#requireBudget(this.#db.kysely, subjects, wish.quote);
    await this.#requireStorage(subjects, 1, this.#db.kysely);
    for (const { scope, limits } of subjects) {
      const limit = limits.imagesInFlight;
      if (limit !== undefined && wish.images > limit) throw tooManyFlights(scope, limit, wish.images, 0);
    }
    // The hold is among what is held by then.
    return { requireBudget: (trx) => this.#requireBudget(trx, subjects, 0) };
  }

  /**
   * Takes pictures in flight.
   * @returns gives them back, once
   * @throws AppError rate_limit_exceeded
   */
  async board(caller: Caller, images: number): Promise<() => void> {
    return this.#takeFlights(subjectsOf(caller), images);
  }

  /** Asks whether what is held by now is within the budgets. @throws AppError budget_exceeded */
  async requireBudget(caller: Caller, trx: Transaction<Database>): Promise<void> {
    await this.#requireBudget(trx, subjectsOf(caller), 0);
  }

  /**
   * Asks whether so many more bytes may be stored.
   * @param db a transaction that holds the totals of the workspace, where the answer must stay true
   * @throws AppError storage_quota_exceeded naming the tightest limit
   */
  async requireStorage(caller: Caller, bytes: number, db: Reader = this.#db.kysely): Promise<void> {
    await this.#requireStorage(subjectsOf(caller), bytes, db);
  }

  /**
   * For bytes that come bit by bit: what is stored is looked up once, and every further byte is measured against that.
   * @returns a function that throws storage_quota_exceeded when so many bytes are too many
   */
  async openRoom(caller: Caller): Promise<(bytes: number) => void> {
    const tightest = await this.#findTightest(subjectsOf(caller), this.#db.kysely);
    return (bytes) => {
      requireRoom(tightest, bytes);
    };
  }

  /** What is stored under the tightest limit of a caller; under none, what its workspace stores. */
  async findStorage(caller: Caller): Promise<StorageUse> {
    const subjects = subjectsOf(caller);
    const tightest = await this.#findTightest(subjects, this.#db.kysely);
    if (tightest !== undefined) return { usedBytes: tightest.used, limitBytes: tightest.limit };
    const [, workspace] = subjects;
    return { usedBytes: await sumStoredBytes(this.#db.kysely, workspace.usage), limitBytes: undefined };
  }

  async close(): Promise<void> {
    this.#flights.close();
    await this.#redis?.close();
  }

  async #requireBudget(
    db: Db['kysely'] | Transaction<Database>,
    subjects: readonly Subject[],
    quote: Microcredits,
  ): Promise<void> {
    for (const { scope, limits, usage } of subjects) {
      const limit = limits.monthlyMicrocredits;
      if (limit === undefined) continue;
      const now = this.#clock();
      const used = await this.#spending.sum(db, usage, startOfMonth(now), now);
      if (used + quote <= limit) continue;
      throw new AppError('budget_exceeded', {
        message:
          `The budget of this ${scope} is ${formatCredits(limit)} credits a month (UTC); ${formatCredits(used)} are ` +
          `spent or held${quote === 0 ? '' : `, and this request needs up to ${formatCredits(quote)}`}.`,
        facts: limitFacts('monthly_credits', toCredits(limit), scope, toCredits(used)),
      });
    }
  }

  async #requireStorage(subjects: readonly Subject[], bytes: number, db: Reader): Promise<void> {
    requireRoom(await this.#findTightest(subjects, db), bytes);
  }

  /** The limit that leaves the least room; the key's own where both leave the same. */
  async #findTightest(subjects: readonly Subject[], db: Reader): Promise<StorageRoom | undefined> {
    let tightest: StorageRoom | undefined;
    for (const { scope, limits, usage } of subjects) {
      const limit = limits.storageBytes;
      if (limit === undefined) continue;
      const used = await sumStoredBytes(db, usage);
      if (tightest === undefined || limit - used < tightest.limit - tightest.used) {
        tightest = { scope, limit, used };
      }
    }
    return tightest;
  }

  async #takeFlights(subjects: readonly Subject[], images: number): Promise<() => void> {
    const limited = subjects.flatMap((subject) => {
      const limit = subject.limits.imagesInFlight;
      return limit === undefined ? [] : [{ ...subject, limit }];
    });
    if (limited.length === 0) return () => {};
    const taken = await this.#flights.take(limited, images);
    if (taken.ok) return taken.giveBack;
    const { limit, name } = taken.subject;
    const scope = limited.find((subject) => subject.name === name)?.scope ?? 'key';
    throw tooManyFlights(scope, limit, images, taken.used);
  }
}

/** OpenAI's names, so that its clients understand them. */
export function rateLimitHeaders({ limit, remaining, resetMs }: RequestCount): Record<string, string> {
  return {
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests': `${Math.ceil(resetMs / 1000)}s`,
  };
}

/** Headers of everything that changes what is stored. */
export function storageHeaders({ usedBytes, limitBytes }: StorageUse): Record<string, string> {
  return {
    'x-storage-used-bytes': String(usedBytes),
    ...(limitBytes === undefined ? {} : { 'x-storage-limit-bytes': String(limitBytes) }),
  };
}

function requireRoom(room: StorageRoom | undefined, bytes: number): void {
  if (room === undefined || room.used + bytes <= room.limit) return;
  const { scope, used, limit } = room;
  throw new AppError('storage_quota_exceeded', {
    message: `The pictures of this ${scope} may take ${limit} bytes; ${used} are taken.`,
    facts: limitFacts('storage_bytes', limit, scope, used),
    headers: storageHeaders({ usedBytes: used, limitBytes: limit }),
  });
}

function tooManyFlights(scope: LimitScope, limit: number, images: number, used: number): AppError {
  const never = images > limit;
  return new AppError('rate_limit_exceeded', {
    message:
      `This ${scope} may have ${limit} images in the making at a time; ` +
      (never ? `one request for ${images} is more than that.` : `${used} are being made.`),
    facts: limitFacts('images_in_flight', limit, scope, used),
    // Waiting helps only a request that fits at all.
    ...(never ? { retry: false } : { retryAfterMs: FLIGHT_RETRY_AFTER_MS }),
  });
}

function tooManyRequests(scope: LimitScope, count: RequestCount): AppError {
  return new AppError('rate_limit_exceeded', {
    message: `This ${scope} may send ${count.limit} requests a minute.`,
    facts: limitFacts('requests_per_minute', count.limit, scope, count.limit),
    retryAfterMs: Math.max(1, Math.ceil(count.resetMs)),
    headers: rateLimitHeaders(count),
  });
}

function subjectsOf({ key, workspace }: Caller): readonly [key: Subject, workspace: Subject] {
  const account = { workspaceId: workspace.id, mode: key.mode };
  // Braces: a cluster keeps what is counted together in one place.
  const tag = `{${workspace.id}}`;
  return [
    {
      scope: 'key',
      name: `${tag}:${key.id}`,
      limits: key.limits,
      usage: { scope: 'key', keyId: key.id, ...account },
    },
    {
      scope: 'workspace',
      name: `${tag}:${key.mode}`,
      limits: workspace.limits,
      usage: { scope: 'workspace', ...account },
    },
  ];
}
