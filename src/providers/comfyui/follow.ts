/** Follows a job to its end: by the socket while there is one, and by looking at queue and history in any case. */
import { ProviderError } from '../provider.js';
import type { ProviderEvent, ProviderIo, StoredImage } from '../provider.js';
import { readLookJson } from '../shared/plain-json.js';
import { abortKind, readErrorBody } from '../shared/upstream-error.js';
import { findInQueue, get, isSuccess } from './calls.js';
import { NAME } from './errors.js';
import { openFeed } from './feed.js';
import type { Feed, News } from './feed.js';
import { history } from './wire.js';
import type { HistoryEntry } from './wire.js';

/** Pause before the first look, and before one after the job was told to have ended. */
const SOON_MS = 100;
/** Pauses between looks with a socket, and without. */
const WATCHED_MS = 5000;
const UNWATCHED_MS = 1000;
/** Looks in a row that find the job nowhere: between queue and history it is nowhere for a moment. */
const MISSED_LOOKS = 3;
/** Looks in a row that get no answer: some two minutes. */
const UNCLEAR_LOOKS = 120;
/** Decoding and saving come after the last step. */
const MOST_BEFORE_END = 0.99;

export interface Followed {
  readonly promptId: string;
  /** Nodes that tell steps. */
  readonly samplers: readonly string[];
  /** Partial pictures that are wanted. */
  readonly partials: number;
}

/**
 * Yields what is told of a job and returns what the history says of its end.
 * @param opened a feed that is open already
 * @throws ProviderError `connection` when the server knows the job no more (`billed: false`: it was never made, or lost with
 *   the server's memory) or when it can't be reached for long; `timeout` or `cancelled` when the signal fires
 */
export async function* followJob(
  job: Followed,
  io: ProviderIo,
  opened: Feed | undefined,
): AsyncGenerator<ProviderEvent, HistoryEntry, undefined> {
  const teller = new Teller(job, io);
  let feed = opened;
  let news = feed?.next();
  let due = pause(io, SOON_MS);
  let missed = 0;
  let unclear = 0;
  try {
    for (;;) {
      const told = await Promise.race(news === undefined ? [due] : [news, due]);
      if (told !== 'due' && told.type !== 'ended' && told.type !== 'closed') {
        news = feed?.next();
        yield* teller.tell(told);
        continue;
      }
      if (told !== 'due') {
        const open = told.type === 'ended' ? feed : undefined;
        if (open === undefined) feed?.close();
        feed = open;
        news = feed?.next();
      }
      const seen = await look(io, job.promptId);
      if (seen.state === 'ended') return seen.entry;
      missed = seen.state === 'absent' ? missed + 1 : 0;
      if (missed >= MISSED_LOOKS) throw lost();
      unclear = seen.state === 'unclear' ? unclear + 1 : 0;
      if (unclear >= UNCLEAR_LOOKS) throw unreachable();
      if (seen.state === 'pending') yield* teller.wait(seen.ahead);
      if (feed === undefined && seen.state !== 'unclear') {
        feed = await openFeed(io, job.promptId);
        news = feed?.next();
      }
      const sure = feed !== undefined && seen.state !== 'absent' && told === 'due';
      due = pause(io, told === 'due' ? (sure ? WATCHED_MS : UNWATCHED_MS) : SOON_MS);
    }
  } catch (error) {
    if (io.signal.aborted) throw gaveUp(io, error);
    throw error;
  } finally {
    feed?.close();
  }
}

/** A rejection is met where it is awaited; until then it must not count as unhandled. */
function pause(io: ProviderIo, delayMs: number): Promise<'due'> {
  const waiting = io.sleep(delayMs).then(() => 'due' as const);
  waiting.catch(() => undefined);
  return waiting;
}

type Look =
  | { readonly state: 'ended'; readonly entry: HistoryEntry }
  | { readonly state: 'running' | 'absent' | 'unclear' }
  | { readonly state: 'pending'; readonly ahead: number };

async function look(io: ProviderIo, promptId: string): Promise<Look> {
  try {
    const entry = await findInHistory(io, promptId);
    if (entry === undefined) return { state: 'unclear' };
    return entry === 'absent' ? await findInQueue(io, promptId) : { state: 'ended', entry };
  } catch (error) {
    // The server is down, or starts anew: the next look may tell more.
    if (!io.signal.aborted && error instanceof ProviderError && error.info.kind === 'connection') {
      return { state: 'unclear' };
    }
    throw error;
  }
}

/** @returns undefined where the server did not tell */
async function findInHistory(io: ProviderIo, promptId: string): Promise<HistoryEntry | 'absent' | undefined> {
  const response = await get(io, `/history/${encodeURIComponent(promptId)}`);
  if (!isSuccess(response)) {
    await readErrorBody(response);
    return undefined;
  }
  const parsed = history.safeParse(await readLookJson(NAME, response, io));
  if (!parsed.success) return undefined;
  return parsed.data[promptId] ?? 'absent';
}

/** Turns news into events: progress that only grows, and as many previews as are wanted. */
class Teller {
  readonly #job: Followed;
  readonly #io: ProviderIo;
  readonly #done = new Set<string>();
  #current: string | undefined;
  #told = 0;
  #shown = 0;
  #ahead: number | undefined;

  constructor(job: Followed, io: ProviderIo) {
    this.#job = job;
    this.#io = io;
  }

  *wait(ahead: number): Iterable<ProviderEvent> {
    if (ahead === this.#ahead) return;
    this.#ahead = ahead;
    yield { type: 'queued', ahead };
  }

  async *tell(news: News): AsyncIterable<ProviderEvent> {
    if (news.type === 'progress') {
      const fraction = this.#fractionOf(news.node, news.fraction);
      if (fraction <= this.#told) return;
      this.#told = fraction;
      yield { type: 'progress', fraction };
    }
    if (news.type === 'preview' && this.#wantsPreview()) {
      this.#shown += 1;
      yield { type: 'partial', index: 0, image: await store(this.#io, news.bytes) };
    }
  }

  /** Each sampler of a graph counts its own steps. */
  #fractionOf(node: string, fraction: number): number {
    if (this.#current !== undefined && this.#current !== node) this.#done.add(this.#current);
    this.#current = node;
    const all = Math.max(1, this.#job.samplers.length);
    const done = Math.min(all - 1, [...this.#done].filter((one) => one !== node).length);
    return Math.min(MOST_BEFORE_END, (done + fraction) / all);
  }

  /** Spread over the steps: the first of two after a third of them. */
  #wantsPreview(): boolean {
    const { partials } = this.#job;
    return this.#shown < partials && this.#told >= (this.#shown + 1) / (partials + 1);
  }
}

async function store(io: ProviderIo, bytes: Uint8Array): Promise<StoredImage> {
  const sink = io.openImage();
  try {
    await sink.write(bytes);
    return await sink.finish();
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

function lost(): ProviderError {
  return new ProviderError({
    kind: 'connection',
    retryable: true,
    billed: false,
    message: `${NAME} does not know the job any more: it has been started anew.`,
  });
}

function unreachable(): ProviderError {
  return new ProviderError({
    kind: 'connection',
    retryable: false,
    billed: 'unknown',
    message: `${NAME} was not to be reached any more while it had the job.`,
  });
}

function gaveUp(io: ProviderIo, cause: unknown): ProviderError {
  const kind = abortKind(io.signal);
  return new ProviderError({
    kind,
    retryable: false,
    billed: 'unknown',
    message:
      kind === 'timeout'
        ? `${NAME} did not finish the job in time; it was told to stop.`
        : `The call was cancelled while ${NAME} had the job; it was told to stop.`,
    cause,
  });
}
