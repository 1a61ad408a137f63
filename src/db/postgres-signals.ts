import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type pg from 'pg';
import { z } from 'zod';
import type { Database } from './schema.js';
import {
  LocalSignals,
  SIGNAL_TOPICS,
  type SignalListener,
  type Signals,
  type SignalTopic,
} from './signals.js';

const CHANNEL = 'atelier_generations';
const RECONNECT_DELAY_MS = 1_000;
/** PostgreSQL takes payloads of at most 8,000 bytes; one signal has about 45. */
const SIGNALS_PER_MESSAGE = 100;

const messageSchema = z.object({
  from: z.string(),
  signals: z.array(z.tuple([z.enum(SIGNAL_TOPICS), z.string()])),
});

/** Signals between processes by `NOTIFY`, heard on a connection of their own that is made again when it breaks. */
export class PostgresSignals implements Signals {
  readonly #local = new LocalSignals();
  readonly #kysely: Kysely<Database>;
  readonly #connect: () => pg.Client;
  readonly #onLost: (error: Error) => void;
  /** Its own messages come back too, and were told already. */
  readonly #self = randomUUID();
  #waiting: [SignalTopic, string][] = [];
  #sending: Promise<void> | undefined;
  #client: pg.Client | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param connect makes a client that is not connected yet */
  constructor(kysely: Kysely<Database>, connect: () => pg.Client, onLost: (error: Error) => void) {
    this.#kysely = kysely;
    this.#connect = connect;
    this.#onLost = onLost;
  }

  /** Begins to hear what other processes tell; goes on trying when it can't. */
  async open(): Promise<void> {
    const client = this.#connect();
    const lose = (error: Error) => {
      if (this.#client !== client) return;
      this.#client = undefined;
      if (this.#closed) return;
      this.#onLost(error);
      void client.end().catch(() => {
        // It is broken already.
      });
      this.#reconnect = setTimeout(() => void this.open(), RECONNECT_DELAY_MS);
      this.#reconnect.unref();
    };
    this.#client = client;
    client.on('error', lose);
    client.on('end', () => {
      lose(new Error('the connection that listens for signals ended'));
    });
    client.on('notification', ({ payload }) => {
      this.#hear(payload ?? '');
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      lose(error instanceof Error ? error : new Error('no connection to listen for signals'));
    }
  }

  send(topic: SignalTopic, generationId: string): void {
    this.#local.send(topic, generationId);
    this.#waiting.push([topic, generationId]);
    this.#sending ??= this.#sendWaiting();
  }

  listen(listener: SignalListener): () => void {
    return this.#local.listen(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#reconnect);
    await this.#sending;
    await this.#client?.end().catch(() => {
      // It is gone already.
    });
  }

  #hear(payload: string): void {
    const message = messageSchema.safeParse(parseJson(payload));
    if (!message.success || message.data.from === this.#self) return;
    for (const [topic, generationId] of message.data.signals) this.#local.send(topic, generationId);
  }

  /** What gathers while a message is under way goes with the next one. */
  async #sendWaiting(): Promise<void> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    while (this.#waiting.length > 0) {
      const signals = this.#waiting.splice(0, SIGNALS_PER_MESSAGE);
      const payload = JSON.stringify({ from: this.#self, signals });
      try {
        await sql`select pg_notify(${CHANNEL}, ${payload})`.execute(this.#kysely);
      } catch {
        // A signal is a hint: whoever waits for it looks into the tables.
      }
    }
    this.#sending = undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Anybody on the database can send to the channel.
    return undefined;
  }
}
