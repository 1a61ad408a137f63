import { CompiledQuery, type Kysely, type Transaction } from 'kysely';
import type { Database } from './schema.js';

/** Pieces of work that share one commit at most; the others wait for the next. */
const MAX_GROUP = 64;

interface Piece {
  /** Runs the work. @throws what the work throws */
  readonly run: (trx: Transaction<Database>) => Promise<void>;
  /** Tells the caller how its work went, once that is committed or undone. */
  readonly tell: () => void;
  readonly fail: (error: unknown) => void;
}

const BEGIN = CompiledQuery.raw('savepoint piece');
const KEEP = CompiledQuery.raw('release savepoint piece');
const UNDO = CompiledQuery.raw('rollback to savepoint piece');

/**
 * Runs pieces of work that come at about the same time in one transaction, each inside a savepoint of its own, and syncs
 * them to disk together: a sync is what a commit costs, and it costs the same for one piece as for sixty. Nobody is told
 * of success before the commit, so what a caller was told is as durable as with a commit of its own. A piece that fails is
 * undone alone.
 */
export class GroupedCommits {
  readonly #kysely: Kysely<Database>;
  readonly #waiting: Piece[] = [];
  #running = false;

  constructor(kysely: Kysely<Database>) {
    this.#kysely = kysely;
  }

  /** Runs `work` and resolves once it is committed. @throws what `work` throws; nothing of it is kept then */
  transact<T>(work: (trx: Transaction<Database>) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let ended: Promise<T> | undefined;
      this.#waiting.push({
        run: async (trx) => {
          ended = work(trx);
          await ended;
        },
        tell: () => {
          if (ended !== undefined) resolve(ended);
        },
        fail: reject,
      });
      if (this.#running) return;
      this.#running = true;
      // After the answers and requests that have arrived by now were looked at: what they want joins the group.
      setImmediate(() => void this.#runAll());
    });
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#runGroup(this.#waiting.splice(0, MAX_GROUP));
      if (this.#waiting.length > 0) await new Promise(setImmediate);
    }
    this.#running = false;
  }

  /** Never throws: whoever waits is told. */
  async #runGroup(group: readonly Piece[]): Promise<void> {
    const [first] = group;
    try {
      await this.#kysely.transaction().execute(async (trx) => {
        // Alone it needs no savepoint: the transaction is undone with it.
        if (first !== undefined && group.length === 1) await first.run(trx);
        else for (const piece of group) await runInSavepoint(piece, trx);
      });
    } catch (error) {
      // Nothing was committed, of nobody.
      for (const piece of group) piece.fail(error);
      return;
    }
    for (const piece of group) piece.tell();
  }
}

async function runInSavepoint(piece: Piece, trx: Transaction<Database>): Promise<void> {
  await trx.executeQuery(BEGIN);
  try {
    await piece.run(trx);
  } catch (error) {
    // Its caller is told what it was by `tell`, unless the whole transaction is gone, as on a full disk.
    await trx.executeQuery(UNDO).catch(() => {
      throw error;
    });
  }
  await trx.executeQuery(KEEP);
}
