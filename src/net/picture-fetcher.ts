import { request } from 'undici';
import type { Agent, Dispatcher } from 'undici';
import { FetchRefused } from './fetch-refused.js';
import { readAllowedHosts, readTarget } from './fetch-target.js';
import { createGuardedAgent, isForbidden } from './guarded-agent.js';
import type { Resolve } from './guarded-agent.js';

export { FetchRefused } from './fetch-refused.js';

export interface PictureFetcherOptions {
  /** `host` or `host:port` that may be at any address, private ones included. */
  readonly allowedHosts: readonly string[];
  readonly maxBytes: number;
  /** From the call of `open` to the last byte of the body. */
  readonly timeoutMs: number;
  readonly maxRedirects: number;
  /** The operator's own resolver; undefined: the system's. */
  readonly resolve?: Resolve;
}

export interface FetchedPicture {
  /** Counted and limited in time; to be read to its end or left early by `break`. Throws FetchRefused. */
  readonly body: AsyncIterable<Uint8Array>;
  /** As the server says it; nothing is known of the bytes yet. */
  readonly contentType: string | undefined;
}

/** No cookies, no credentials, no referer: nothing that could act in anyone's name. */
const HEADERS = { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'Atelier' };
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Fetches pictures from addresses that callers name. Connects to public addresses only, checked at the moment of connecting. */
export class PictureFetcher {
  readonly #options: PictureFetcherOptions;
  readonly #agent: Agent;

  constructor(options: PictureFetcherOptions) {
    this.#options = options;
    this.#agent = createGuardedAgent(readAllowedHosts(options.allowedHosts), options.resolve);
  }

  /**
   * Opens a picture and follows its redirects, each checked like the first address.
   * @throws FetchRefused; the signal's reason when that fires
   */
  async open(url: string, signal?: AbortSignal): Promise<FetchedPicture> {
    const start = readTarget(url);
    signal?.throwIfAborted();
    const limit = new TimeLimit(this.#options.timeoutMs, signal);
    try {
      const response = await this.#follow(start, limit);
      try {
        const contentType = checkHead(response, this.#options.maxBytes);
        return { body: readBody(response.body, this.#options.maxBytes, limit), contentType };
      } catch (error) {
        drop(response);
        throw error;
      }
    } catch (error) {
      limit.end();
      throw limit.explain(error);
    }
  }

  /** Breaks what is still being fetched. Closing twice is harmless. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #follow(start: URL, limit: TimeLimit): Promise<Dispatcher.ResponseData> {
    let target = start;
    for (let hop = 0; hop <= this.#options.maxRedirects; hop += 1) {
      const response = await request(target, {
        method: 'GET',
        headers: HEADERS,
        dispatcher: this.#agent,
        signal: limit.signal,
      });
      // A body that breaks while nobody reads it must not end the process; whoever reads it is told.
      response.body.on('error', () => {});
      if (!REDIRECTS.has(response.statusCode)) return response;
      drop(response);
      const location = first(response.headers['location']);
      if (location === undefined)
        throw new FetchRefused('redirect', 'The server of this picture redirects to nowhere.');
      target = readTarget(location, target);
    }
    throw new FetchRefused(
      'redirect',
      `The address of this picture redirects more than ${this.#options.maxRedirects} times.`,
    );
  }
}

/** One limit for everything, and the one place that says what a failure was. */
class TimeLimit {
  readonly signal: AbortSignal;
  readonly #given: AbortSignal | undefined;
  readonly #expired = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(timeoutMs: number, given: AbortSignal | undefined) {
    this.#given = given;
    this.signal = given === undefined ? this.#expired.signal : AbortSignal.any([given, this.#expired.signal]);
    this.#timer = setTimeout(() => {
      this.#expired.abort();
    }, timeoutMs);
    this.#timer.unref();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  explain(error: unknown): unknown {
    if (error instanceof FetchRefused) return error;
    if (this.#given?.aborted === true) return this.#given.reason;
    if (this.#expired.signal.aborted)
      return new FetchRefused('too_slow', 'The server of this picture did not deliver it in time.', error);
    if (isForbidden(error))
      return new FetchRefused('address', 'The address of this picture is not public.', error);
    return new FetchRefused('unreachable', 'The picture could not be fetched from its server.', error);
  }
}

async function* readBody(
  body: Dispatcher.ResponseData['body'],
  maxBytes: number,
  limit: TimeLimit,
): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  try {
    for await (const chunk of body) {
      const bytes: unknown = chunk;
      if (!(bytes instanceof Uint8Array)) throw new TypeError('a body comes in bytes');
      sizeBytes += bytes.length;
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
      yield bytes;
    }
  } catch (error) {
    throw limit.explain(error);
  } finally {
    limit.end();
    body.destroy();
  }
}

/** @returns the content type. Throws FetchRefused for what can't be a picture within the limit. */
function checkHead(response: Dispatcher.ResponseData, maxBytes: number): string | undefined {
  const { headers, statusCode } = response;
  if (statusCode !== 200)
    throw new FetchRefused('status', `The server of this picture answered with status ${statusCode}.`);
  const contentType = first(headers['content-type']);
  if (contentType !== undefined && isNoPicture(contentType))
    throw new FetchRefused('type', 'What the server of this picture delivers is not a picture.');
  const encoding = first(headers['content-encoding']) ?? 'identity';
  if (encoding.trim().toLowerCase() !== 'identity')
    throw new FetchRefused('type', 'The server of this picture compresses what it delivers.');
  if (Number(first(headers['content-length']) ?? 0) > maxBytes) throw tooLarge(maxBytes);
  return contentType;
}

/** Clearly something else; what is missing, malformed or only says "bytes" is decided by the bytes. */
function isNoPicture(contentType: string): boolean {
  const [essence = ''] = contentType.toLowerCase().split(';');
  const [type = '', subtype = ''] = essence.trim().split('/');
  if (subtype === '') return false;
  if (type === 'image') return subtype.startsWith('svg');
  return !/octet-stream|binary|download|unknown/.test(subtype);
}

function tooLarge(maxBytes: number): FetchRefused {
  return new FetchRefused('too_large', `The picture has more than ${maxBytes} bytes.`);
}

/** Ends an answer whose body nobody wants; it may be endless, so its connection goes with it. */
function drop(response: Dispatcher.ResponseData): void {
  response.body.destroy();
}

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
