import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, type Connection } from './client.js';

/** One server-sent event, its data still text. */
interface ReceivedEvent {
  readonly event: string;
  readonly data: string;
}

const RECONNECT_MS = 1_000;
/** Tries without a single event in between. */
const MAX_TRIES = 30;

/**
 * Events until the stream says that there are no more. A stream that breaks off is taken up where it was.
 * @param isLast whether an event is the last one
 * @throws CliError with the server's answer where it refuses, or when it can't be reached for half a minute
 */
export async function* receiveEvents(
  { url, key }: Connection,
  path: string,
  isLast: (event: string) => boolean,
): AsyncGenerator<ReceivedEvent> {
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
      for await (const received of readEvents(response)) {
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

async function* readEvents(response: Response): AsyncGenerator<ReceivedEvent & { id: string | undefined }> {
  if (response.body === null) return;
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field('data');
      if (data !== undefined) yield { id: field('id'), event: field('event') ?? '', data };
    }
  }
}
