import type { StoredImage } from '../provider.js';
import { JsonPictureReader, JsonPicturesError } from './json-pictures.js';
import type { JsonWithPictures, ReadJsonOptions } from './json-pictures.js';
import { SseFramer } from './sse-framer.js';

export interface ServerSentEvent {
  /** `message` where the stream names none. */
  readonly event: string;
  /** The last id the stream gave; undefined where it gave none. */
  readonly id: string | undefined;
  readonly data: string;
}

export interface ReadEventsOptions {
  /** Bound on one event's data; 1 MiB unless told. */
  readonly maxDataBytes?: number;
}

/**
 * Reads a stream of small events. What follows the last blank line is dropped, as the standard has it: such an event is cut.
 * Throws JsonPicturesError `too_large`, and whatever the body throws.
 */
export async function* readServerSentEvents(
  body: AsyncIterable<Uint8Array>,
  options: ReadEventsOptions = {},
): AsyncGenerator<ServerSentEvent, void, void> {
  const maxDataBytes = options.maxDataBytes ?? 1024 * 1024;
  const framer = new SseFramer();
  let event = 'message';
  let id: string | undefined;
  let data: Buffer[] = [];
  let dataBytes = 0;
  let lines = 0;
  for await (const chunk of body) {
    for (const token of framer.push(chunk)) {
      if (token.type === 'field') {
        if (token.name === 'event') event = token.value === '' ? 'message' : token.value;
        else id = token.value;
      } else if (token.type === 'dispatch') {
        if (lines > 0) yield { event, id, data: Buffer.concat(data).toString('utf8') };
        event = 'message';
        data = [];
        dataBytes = 0;
        lines = 0;
      } else {
        const bytes = token.type === 'data' ? token.bytes : Buffer.from(lines > 0 ? '\n' : '');
        if (token.type === 'data_line') lines += 1;
        // An empty line costs memory too.
        dataBytes += Math.max(1, bytes.length);
        if (dataBytes > maxDataBytes) {
          throw new JsonPicturesError('too_large', `An event has more than ${maxDataBytes} bytes of data.`);
        }
        data.push(Buffer.from(bytes));
      }
    }
  }
}

export interface SseJsonEvent {
  readonly event: string;
  /** The event's JSON, each picture replaced by `{ $picture: index }`. */
  readonly value: unknown;
  readonly pictures: readonly StoredImage[];
}

/**
 * Reads a stream of JSON events that may carry pictures; each goes through the splitter as it arrives. `data: [DONE]` ends
 * the stream. A last event without its blank line counts when its JSON is whole, so that a stream closed early by a
 * byte or two doesn't lose a picture. On a failure, or when the reader stops, the sinks of the event being read are discarded;
 * pictures of events already handed out belong to the reader. Throws as `readJsonWithPictures` does.
 */
export async function* readSseJsonWithPictures(
  body: AsyncIterable<Uint8Array>,
  options: ReadJsonOptions,
): AsyncGenerator<SseJsonEvent, void, void> {
  const framer = new SseFramer();
  let current = new JsonEvent(options);
  try {
    for await (const chunk of body) {
      for (const token of framer.push(chunk)) {
        if (token.type === 'field') {
          if (token.name === 'event') current.event = token.value;
        } else if (token.type === 'data') {
          await current.push(token.bytes);
        } else if (token.type === 'data_line') {
          await current.beginLine();
        } else {
          if (current.isEndMark) return;
          const finished = await current.end();
          // Replaced before it is handed out: from then on its pictures are the reader's.
          current = new JsonEvent(options);
          if (finished !== undefined) yield finished;
        }
      }
    }
    if (current.isEndMark) return;
    const finished = await current.end();
    current = new JsonEvent(options);
    if (finished !== undefined) yield finished;
  } finally {
    await current.discard();
  }
}

const END_MARK = '[DONE]';

/** One event being read: a JSON reader that starts once the data is known not to be the end mark. */
class JsonEvent {
  event = '';
  readonly #options: ReadJsonOptions;
  #reader: JsonPictureReader | undefined;
  #head = '';
  #lines = 0;

  constructor(options: ReadJsonOptions) {
    this.#options = options;
  }

  get isEndMark(): boolean {
    return this.#head === END_MARK;
  }

  async beginLine(): Promise<void> {
    this.#lines += 1;
    if (this.#lines > 1) await this.push(Buffer.from('\n'));
  }

  async push(bytes: Uint8Array): Promise<void> {
    let from = 0;
    while (this.#reader === undefined && from < bytes.length) {
      this.#head += String.fromCharCode(bytes[from] ?? 0);
      from += 1;
      if (!END_MARK.startsWith(this.#head)) await this.#start();
    }
    if (from < bytes.length) await this.#reader?.push(bytes.subarray(from));
  }

  /** undefined for an event without data. */
  async end(): Promise<SseJsonEvent | undefined> {
    if (this.#lines === 0 || (this.#reader === undefined && this.#head === '')) return undefined;
    const reader = this.#reader ?? (await this.#start());
    const { value, pictures }: JsonWithPictures = await reader.end();
    return { event: this.event === '' ? 'message' : this.event, value, pictures };
  }

  async discard(): Promise<void> {
    await this.#reader?.discard();
  }

  async #start(): Promise<JsonPictureReader> {
    const reader = new JsonPictureReader(this.#options);
    this.#reader = reader;
    const head = this.#head;
    this.#head = '';
    await reader.push(Buffer.from(head, 'latin1'));
    return reader;
  }
}
