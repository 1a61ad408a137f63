import type { z } from 'zod';
import { readServerSentEvents } from '../providers/shared/sse.js';
import { envelopeSchema, ToolFailure } from './tool-failure.js';

/** A server-sent event of the gateway, its data read as JSON. */
export interface ReceivedEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Where the gateway is and who calls it. */
export interface Gateway {
  /** Without a slash at its end. */
  readonly url: string;
  readonly key: string;
}

/** Of a comparison with all its cells. */
const MAX_EVENT_BYTES = 64 * 1024 * 1024;

interface Call {
  readonly method?: 'GET' | 'POST';
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Bytes of a picture, and what they are. */
export interface PictureBytes {
  readonly bytes: Buffer;
  readonly mimeType: string;
}

/**
 * One call of the API, its JSON answer read.
 * @throws ToolFailure with the gateway's own words, or when no gateway answers
 */
export async function callGateway<T>(
  gateway: Gateway,
  path: string,
  schema: z.ZodType<T>,
  call: Call,
): Promise<T> {
  const response = await send(gateway, path, call);
  return schema.parse(await response.json());
}

/** One call that is answered by events. @throws ToolFailure as `callGateway` */
export async function openEvents(
  gateway: Gateway,
  path: string,
  call: Call,
): Promise<AsyncIterable<ReceivedEvent>> {
  return readEvents(await send(gateway, path, call));
}

async function* readEvents({ body }: Response): AsyncGenerator<ReceivedEvent> {
  if (body === null) return;
  const events = readServerSentEvents(body, { maxDataBytes: MAX_EVENT_BYTES });
  for await (const { event, data } of events) yield { event, data: JSON.parse(data) };
}

/**
 * Reads a picture that is not larger than a limit.
 * @param path of the API, or a signed link of it: both are asked at the gateway's address as it is known here
 * @returns undefined when it is larger or not there any more
 */
export async function readPicture(
  gateway: Gateway,
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<PictureBytes | undefined> {
  const link = path.startsWith('/v1/') ? undefined : path.slice(Math.max(0, path.lastIndexOf('/i/')));
  const response = await reach(gateway, link ?? path, {
    signal,
    // A signed link says by itself what it opens.
    headers: link === undefined ? { authorization: `Bearer ${gateway.key}` } : {},
  });
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  if (!response.ok || !(length <= maxBytes)) {
    await response.body?.cancel();
    return undefined;
  }
  return {
    bytes: Buffer.from(await response.arrayBuffer()),
    mimeType: (response.headers.get('content-type') ?? '').split(';')[0] ?? '',
  };
}

async function send(
  gateway: Gateway,
  path: string,
  { method = 'GET', body, headers, signal }: Call,
): Promise<Response> {
  const response = await reach(gateway, path, {
    method,
    headers: {
      authorization: `Bearer ${gateway.key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  });
  if (response.ok) return response;
  const told = envelopeSchema.safeParse(await response.json().catch(() => undefined));
  if (told.success) throw new ToolFailure(told.data);
  throw unreachable(`what is at ${gateway.url} answered ${response.status} and is no Atelier gateway`);
}

async function reach({ url }: Gateway, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url + path, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw unreachable(`no gateway answers at ${url}`, error);
  }
}

function unreachable(what: string, cause?: unknown): ToolFailure {
  const message = `The call did not get through: ${what}.`;
  return new ToolFailure(
    { error: { message, type: 'api_error', code: 'upstream_unavailable', param: null } },
    cause,
  );
}
