import { Readable } from 'node:stream';
import { Agent, errors, request } from 'undici';
import { createRememberingConnector, isConnectFailure, reasonOf } from '../net/connect-failures.js';
import { decodedBody } from '../net/decoded-body.js';
import { createGuardedAgent, ForbiddenAddressError } from '../net/guarded-agent.js';
import {
  ProviderError,
  type Endpoint,
  type ProviderIo,
  type UpstreamResponse,
  type UpstreamSocket,
} from '../providers/provider.js';
import { outgoingLengthBytes, streamOutgoing, type InputSource } from '../providers/shared/outgoing-body.js';
import { chunksOf } from './chunks-of.js';
import { Turns } from './turns.js';
import { openUpstreamSocket } from './upstream-socket.js';

const MAX_REDIRECTS = 3;

/** Failures before a single byte was sent: nothing can have been billed. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** All outbound HTTP of image calls: provider calls on a plain agent, delivery links on a guarded one. */
export class Transport {
  // The time limit is the call's signal, by model; undici's own limits would cut slow models.
  readonly #agent = new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connections: null,
    keepAliveTimeout: 10_000,
    connect: createRememberingConnector(),
  });
  readonly #guarded: Agent;
  readonly #turns = new Turns();

  /** @param trustedOrigins base URLs of configured endpoints; delivery links may point there wherever they are */
  constructor(trustedOrigins: () => readonly string[]) {
    this.#guarded = createGuardedAgent((host) =>
      trustedOrigins().some((origin) => {
        const url = new URL(origin);
        const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
        return `${url.hostname}:${port}` === host;
      }),
    );
  }

  /**
   * Sends one call to an endpoint, or to another origin that the caller has checked. Redirects are not followed: credentials leave for the configured origin only.
   * @throws ProviderError connection, timeout or cancelled
   */
  async send(
    endpoint: Endpoint,
    call: Parameters<ProviderIo['send']>[0],
    scope: string,
    signal: AbortSignal,
    source: InputSource,
  ): Promise<UpstreamResponse> {
    const { headers, body } = outgoing(call, source);
    try {
      const response = await request(joinUrl(call.origin ?? endpoint.baseUrl, call.path), {
        method: call.method,
        headers: { ...headers, ...(endpoint.emulated ? { 'x-emulate-scope': scope } : {}) },
        body,
        dispatcher: this.#agent,
        signal,
      });
      const { headers: told, body: bytes } = decodedBody(flatten(response.headers), response.body);
      return { status: response.statusCode, headers: told, body: chunksOf(bytes, this.#turns) };
    } catch (error) {
      throw connectionError(error, signal);
    }
  }

  /**
   * Opens a WebSocket to an endpoint. Redirects are not followed.
   * @throws ProviderError connection, timeout or cancelled; a socket is for watching, so that nothing is billed by it
   */
  async listen(
    endpoint: Endpoint,
    call: Parameters<ProviderIo['listen']>[0],
    scope: string,
    signal: AbortSignal,
  ): Promise<UpstreamSocket> {
    const url = joinUrl(endpoint.baseUrl, call.path);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const headers = { ...call.headers, ...(endpoint.emulated ? { 'x-emulate-scope': scope } : {}) };
    try {
      return await openUpstreamSocket(url, headers, signal);
    } catch (error) {
      throw new ProviderError({ ...connectionError(error, signal).info, billed: false });
    }
  }

  /**
   * Downloads a delivery link at once, without any credentials, from public addresses or a configured origin.
   * @throws ProviderError bad_response for a refused or broken link, connection or timeout
   */
  async download(url: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    let next = url;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const target = URL.canParse(next) ? new URL(next) : undefined;
      if (target === undefined || !['http:', 'https:'].includes(target.protocol)) break;
      const response = await this.#open(target, signal);
      const location = response.headers['location'];
      if (response.status >= 300 && response.status < 400 && location !== undefined) {
        await drain(response.body);
        next = new URL(location, target).href;
        continue;
      }
      if (response.status === 200) return response.body;
      await drain(response.body);
      throw new ProviderError({
        kind: 'bad_response',
        retryable: false,
        billed: 'unknown',
        message: `The picture could not be downloaded from the provider: its link answered ${response.status}.`,
        upstream: { status: response.status },
      });
    }
    throw new ProviderError({
      kind: 'bad_response',
      retryable: false,
      billed: 'unknown',
      message: 'The provider delivered a link that can not be followed.',
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#agent.destroy(), this.#guarded.destroy()]);
  }

  async #open(target: URL, signal: AbortSignal): Promise<UpstreamResponse> {
    try {
      const response = await request(target, { method: 'GET', dispatcher: this.#guarded, signal });
      const { headers, body } = decodedBody(flatten(response.headers), response.body);
      return { status: response.statusCode, headers, body: chunksOf(body, this.#turns) };
    } catch (error) {
      if (findForbidden(error)) {
        throw new ProviderError({
          kind: 'bad_response',
          retryable: false,
          billed: 'unknown',
          message: 'The provider delivered a link to an address that is not public.',
          cause: error,
        });
      }
      const failure = connectionError(error, signal);
      // The picture was made; only its download failed.
      throw new ProviderError({ ...failure.info, billed: 'unknown', retryable: false });
    }
  }
}

/** A body with pictures is sent as it is read from the store; its type and length are said before. */
function outgoing(
  call: Parameters<ProviderIo['send']>[0],
  source: InputSource,
): { headers: Record<string, string>; body: string | Readable | null } {
  if (call.body === undefined || typeof call.body === 'string') {
    return { headers: { ...call.headers }, body: call.body ?? null };
  }
  const lengthBytes = outgoingLengthBytes(call.body, source);
  return {
    headers: {
      ...call.headers,
      'content-type': call.body.contentType,
      ...(lengthBytes === undefined ? {} : { 'content-length': String(lengthBytes) }),
    },
    body: Readable.from(streamOutgoing(call.body, source), { objectMode: false }),
  };
}

/** The call's path behind the base URL; a query of the base URL stays. */
function joinUrl(baseUrl: string, path: string): URL {
  const base = new URL(baseUrl);
  const [pathname = '', query] = path.split('?');
  base.pathname = `${base.pathname.replace(/\/+$/, '')}${pathname}`;
  for (const [name, value] of new URLSearchParams(query)) base.searchParams.append(name, value);
  return base;
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

/** What a failed request means; `billed` is unknown as soon as the call may have reached the provider. */
function connectionError(error: unknown, signal: AbortSignal): ProviderError {
  if (signal.aborted) {
    const reason: unknown = signal.reason;
    const timedOut = reason instanceof Error && reason.name === 'TimeoutError';
    return new ProviderError({
      kind: timedOut ? 'timeout' : 'cancelled',
      retryable: false,
      billed: 'unknown',
      message: timedOut ? 'The provider did not answer in time.' : 'The call was cancelled.',
      cause: error,
    });
  }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const neverSent =
    isConnectFailure(error) || NEVER_SENT.has(code) || error instanceof errors.ConnectTimeoutError;
  const reason = reasonOf(error);
  return new ProviderError({
    kind: 'connection',
    retryable: neverSent,
    billed: neverSent ? false : 'unknown',
    message: neverSent
      ? `The provider can not be reached${reason === undefined ? '' : `: ${reason}`}.`
      : 'The connection to the provider broke before an answer came.',
    cause: error,
  });
}

function findForbidden(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if (cause instanceof ForbiddenAddressError) return true;
  }
  return false;
}

/** Reads away the rest of a small answer so that its connection can be used again. */
async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > 64 * 1024) break;
  }
}
