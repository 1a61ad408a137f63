import { setTimeout as sleep } from 'node:timers/promises';
import { readServerSentEvents, type ServerSentEvent } from '../providers/shared/sse.js';
import { CliError, type Connection } from './client.js';

const RECONNECT_MS = 1_000;
/** Tries without a single event in between. */
const MAX_TRIES = 30;
/** Of a comparison with all its cells. */
const MAX_EVENT_BYTES = 64 * 1024 * 1024;

/**
 * Events until the stream says that there are no more. A stream that breaks off is taken up where it was.
 * @param isLast whether an event is the last one
 * @throws CliError with the server's answer where it refuses, or when it can't be reached for half a minute
 */
export async function* receiveEvents(
  { url, key }: Connection,
  path: string,
  isLast: (event: string) => boolean,
): AsyncGenerator<ServerSentEvent> {
  let lastId: string | undefined;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const headers = {
      authorization: `Bearer ${key}`,
      ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
    };
    try {
      const response = await fetch(url + path, { headers });
      if (response.status === 204) return;
      if (!response.ok) throw new CliError(`the server answered ${response.status}`);
      if (response.body === null) throw new CliError('the server answered nothing');
      const events = readServerSentEvents(response.body, { maxDataBytes: MAX_EVENT_BYTES });
      for await (const received of events) {
        tries = 0;
        lastId = received.id ?? lastId;
        yield received;
        if (isLast(received.event)) return;
      }
    } catch (error) {
      if (error instanceof CliError) throw error;
    }
    await sleep(RECONNECT_MS);
  }
  throw new CliError(`no server answers at ${url} any more`);
}
