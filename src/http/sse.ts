import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** Silence that proxies and clients bear. */
const HEARTBEAT_MS = 15_000;

/** One server-sent event. Its data is one line of JSON, in pieces: no picture is ever a string. */
export interface ServerSentEvent {
  /** What a client resumes from. */
  readonly id?: string;
  readonly event: string;
  readonly data: AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** Data without pictures. */
export function jsonData(value: object): readonly Buffer[] {
  return [Buffer.from(JSON.stringify(value))];
}

/** Data with one member that is read while it is sent. @param value without that member */
export async function* jsonDataWith(
  value: object,
  member: string,
  base64: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const head = JSON.stringify(value).slice(0, -1);
  yield Buffer.from(`${head}${head === '{' ? '' : ','}${JSON.stringify(member)}:"`);
  yield* base64;
  yield Buffer.from('"}');
}

/**
 * Answers with events until there are no more, with a comment where there is silence.
 * @param close called when the client has hung up, too
 */
export function sendEvents(
  events: AsyncIterator<ServerSentEvent>,
  reply: FastifyReply,
  close: () => void,
): FastifyReply {
  return reply
    .type('text/event-stream; charset=utf-8')
    .header('cache-control', 'no-cache, no-transform')
    .header('x-accel-buffering', 'no')
    .send(Readable.from(encode(events, close), { objectMode: false }));
}

async function* encode(events: AsyncIterator<ServerSentEvent>, close: () => void): AsyncGenerator<Buffer> {
  try {
    for (let next = events.next(); ;) {
      const result = await within(next, HEARTBEAT_MS);
      if (result === undefined) {
        yield Buffer.from(': still here\n\n');
        continue;
      }
      if (result.done === true) return;
      const { id, event, data } = result.value;
      yield Buffer.from(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: `);
      yield* data;
      yield Buffer.from('\n\n');
      next = events.next();
    }
  } finally {
    close();
  }
}

/** What a promise gives, or undefined when that takes longer. */
export async function within<T>(promise: Promise<T>, maxMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, maxMs, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
