import { performance } from 'node:perf_hooks';
import type { PostgresCursor, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';

/** What `pg` says when the answer to a query did not come in `query_timeout`. */
const READ_TIMEOUT = 'Query read timeout';

/** A connection out of a pool; `destroy` keeps it from going back. */
interface PooledClient extends PostgresPoolClient {
  release(destroy?: boolean): void;
}

/**
 * Gives out the connections of a pool. Once a query had no answer, those that were made before are not trusted any more:
 * each of them would keep somebody waiting for as long again.
 */
export class AnsweringClients {
  readonly #pool: pg.Pool;
  readonly #madeAt = new WeakMap<pg.PoolClient, number>();
  #unansweredAt = Number.NEGATIVE_INFINITY;

  /** @param pool has made no connection yet */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
    pool.on('connect', (client) => {
      this.#madeAt.set(client, performance.now());
    });
  }

  /** @throws whatever connecting throws */
  async connect(): Promise<PostgresPoolClient> {
    for (;;) {
      const client = await this.#pool.connect();
      if ((this.#madeAt.get(client) ?? 0) > this.#unansweredAt) {
        return new GivenClient(client, () => {
          this.#unansweredAt = performance.now();
        });
      }
      // Not in order: a server that hangs says no goodbye, and the pool would wait for it.
      client.connection.stream.destroy();
      client.release(true);
    }
  }
}

/**
 * A connection that is given up once the server left a query without an answer: what it may say later belongs to nobody, and a
 * transaction that stayed open on it must not take in what the next one does.
 */
class GivenClient implements PostgresPoolClient {
  readonly #client: PooledClient;
  readonly #onUnanswered: () => void;
  #isGivenUp = false;

  constructor(client: PooledClient, onUnanswered: () => void) {
    this.#client = client;
    this.#onUnanswered = onUnanswered;
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(what: string | PostgresCursor<R>, parameters: readonly unknown[] = []) {
    return typeof what === 'string' ? this.#ask<R>(what, parameters) : this.#client.query(what);
  }

  release(): void {
    this.#client.release(this.#isGivenUp);
  }

  async #ask<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    // The statement after one without an answer is the undoing of its transaction: closing the connection undoes it, too.
    if (this.#isGivenUp) throw new Error('Connection terminated: a query had no answer');
    try {
      return await this.#client.query<R>(sql, parameters);
    } catch (error) {
      if (error instanceof Error && error.message === READ_TIMEOUT) {
        this.#isGivenUp = true;
        this.#onUnanswered();
      }
      throw error;
    }
  }
}
