/** A real HTTP server that answers as a test tells it, and the world that adapters get to see, over that server. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { request } from 'undici';
import type { Endpoint, ImageSink, ProviderEvent, ProviderIo } from '../../src/providers/provider.js';
import { readInput, streamOutgoing } from '../../src/providers/shared/outgoing-body.js';
import { inputSourceOf, type TestInputs } from './wire-io.js';

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface ScriptedUpstream {
  readonly baseUrl: string;
  readonly seen: readonly SeenRequest[];
  /** What the next requests are answered with. */
  answer(write: (response: ServerResponse) => void): void;
  close(): Promise<void>;
}

export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const seen: SeenRequest[] = [];
  let write: (response: ServerResponse) => void = (response) => response.writeHead(500).end();
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      seen.push({ method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body });
      write(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    seen,
    answer: (next) => {
      write = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers JSON with the given status and headers. */
export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** Answers a stream of server-sent events, each with its name. */
export function eventAnswer(
  events: readonly { readonly event?: string; readonly data: unknown }[],
  headers: Readonly<Record<string, string>> = {},
): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
    for (const { event, data } of events) {
      response.write(`${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`);
    }
    response.end();
  };
}

/** Sends half of a JSON body and drops the connection. */
export function cutAnswer(body: unknown): (response: ServerResponse) => void {
  return (response) => {
    const text = JSON.stringify(body);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
    response.write(text.slice(0, text.length >> 1), () => {
      response.destroy();
    });
  };
}

/** A world over a scripted upstream; sinks keep their bytes in `stored`, by order of opening. */
export interface TestIo extends ProviderIo {
  readonly stored: { text: string; discarded: boolean; finished: boolean }[];
}

/**
 * @param openImage replaces the sinks in memory, e.g. by one that fails
 * @param inputs the pictures of an edit, by name
 */
export function createTestIo(
  upstream: Pick<ScriptedUpstream, 'baseUrl'>,
  endpoint: Partial<Endpoint> = {},
  openImage?: () => ImageSink,
  inputs: TestInputs = {},
): TestIo {
  const source = inputSourceOf(inputs);
  const stored: TestIo['stored'] = [];
  const target: Endpoint = {
    baseUrl: upstream.baseUrl,
    apiKey: 'test-key-123',
    emulated: false,
    extra: {},
    ...endpoint,
  };
  return {
    stored,
    endpoint: target,
    signal: new AbortController().signal,
    send: async ({ method, path, headers, body }) => {
      const typed = typeof body === 'object' ? { 'content-type': body.contentType } : {};
      const response = await request(`${upstream.baseUrl}${path}`, {
        method,
        headers: { ...headers, ...typed },
        body:
          typeof body === 'object'
            ? Readable.from(streamOutgoing(body, source), { objectMode: false })
            : (body ?? null),
      });
      const flat = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
      return { status: response.statusCode, headers: Object.fromEntries(flat), body: response.body };
    },
    listen: () => Promise.reject(new Error('a scripted upstream has no sockets')),
    input: (name) => source.input(name),
    readInput: (name) => readInput(source, name),
    openImage: () => {
      if (openImage !== undefined) return openImage();
      const entry = { text: '', discarded: false, finished: false };
      stored.push(entry);
      return memorySink(entry);
    },
    get painter(): never {
      throw new Error('adapters of remote providers must not paint');
    },
    sleep: () => Promise.resolve(),
    mark: () => {
      throw new Error('pictures of remote providers say what they say');
    },
    now: () => new Date('2026-11-22T12:00:00Z'),
  };
}

function memorySink(entry: TestIo['stored'][number]): ImageSink {
  const chunks: Uint8Array[] = [];
  return {
    write: async (chunk) => {
      chunks.push(Buffer.from(chunk));
      return Promise.resolve();
    },
    finish: async () => {
      const bytes = Buffer.concat(chunks);
      entry.text = bytes.toString();
      entry.finished = true;
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return Promise.resolve({ sha256, sizeBytes: bytes.length, picture: undefined });
    },
    discard: async () => {
      entry.discarded = true;
      return Promise.resolve();
    },
  };
}

/** All events of a run, in order. */
export async function collectEvents(run: AsyncIterable<ProviderEvent>): Promise<ProviderEvent[]> {
  const events: ProviderEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}
