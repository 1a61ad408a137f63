import { ApiFailure, send } from './client.js';
import { readEvents } from './event-stream.js';

/** Between two attempts to watch. */
const RETRY_MS = 1_500;

/**
 * Watches a stream of events until its end, across broken connections; nothing is told twice.
 * @param take is given each event, and gives what the watching ends with; undefined: it goes on
 * @returns undefined when `signal` ended the watching, or when everything was told before
 * @throws ApiFailure when the server refuses to tell
 */
export async function watchEvents<End>(
  keyId: string,
  path: string,
  take: (event: unknown) => End | undefined,
  signal: AbortSignal,
): Promise<End | undefined> {
  let last: string | undefined;
  const stopped = () => signal.aborted;
  while (!stopped()) {
    try {
      const response = await send(keyId, path, {
        headers: last === undefined ? {} : { 'last-event-id': last },
        signal,
      });
      if (response.body === null) return undefined;
      for await (const { id: place, data } of readEvents(response.body)) {
        last = place ?? last;
        const end = take(JSON.parse(data));
        if (end !== undefined) return end;
      }
    } catch (error) {
      if (stopped()) return undefined;
      const refused = error instanceof ApiFailure && error.facts.status >= 400 && error.facts.status < 500;
      if (refused) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return undefined;
}
