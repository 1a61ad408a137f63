import type { InsertResult, Selectable, Transaction, UpdateResult } from 'kysely';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import { prepare } from '../db/prepared.js';
import type { AccountTable, Database, Mode } from '../db/schema.js';
import { AppError, invariant } from '../errors.js';
import { createId } from '../ids.js';
import { formatCredits, toCredits, type Microcredits } from './microcredits.js';
import {
  expireParcels,
  insertParcel,
  listAccountsWithDue,
  listExpiring,
  spendParcels,
  sumDue,
  type Expiring,
} from './parcels-store.js';

/** Whose money: live and test credits of one workspace are two accounts under the same rules. */
export interface Account {
  readonly workspaceId: string;
  readonly mode: Mode;
}

/** Microcredits; `available` is what new holds can take. */
export interface Balance {
  readonly balance: Microcredits;
  readonly held: Microcredits;
  readonly available: Microcredits;
}

export const LEDGER_KINDS = ['grant', 'top_up', 'hold', 'settle', 'release', 'expire'] as const;
export type LedgerKind = (typeof LEDGER_KINDS)[number];

/** One append-only line; the balance is the sum of all `balanceDelta`, the held sum that of all `heldDelta`. */
export interface LedgerEntry {
  readonly id: string;
  readonly kind: LedgerKind;
  readonly balanceDelta: Microcredits;
  readonly heldDelta: Microcredits;
  readonly generationId: string | null;
  /** The comparison that the generation is a cell of. */
  readonly comparisonId: string | null;
  readonly note: string | null;
  readonly createdAt: Date;
}

/** A gift of credits. */
export interface Grant {
  /** Who gave it, and why. */
  readonly note: string;
  /** When what is left of it leaves the balance; never if not given. */
  readonly expiresAt?: Date | undefined;
}

type Trx = Transaction<Database>;

/** @param fall by how much; it is written already */
export type OnFall = (trx: Trx, account: Account, fall: Microcredits) => Promise<void>;

/**
 * The only writer of accounts, parcels and ledger entries: every move changes them together in the caller's transaction, and
 * every transaction locks the account first.
 *
 * Credits come in parcels. What is spent is taken from the parcel that expires soonest. When a parcel's time is over, what
 * is left of it leaves the balance, but never below what is held: at most `balance - held` leaves at once. The rest stays
 * for the holds that are open, and what they give back leaves when they end. Expiry is written by the next move of the
 * account or by `expireDue`, whichever comes first; the result is the same, and a balance reads as if it had been written.
 */
export class Ledger {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #onFall: OnFall | undefined;

  /** @param onFall told of every fall of a balance, in its transaction */
  constructor(db: Db, clock: Clock, onFall?: OnFall) {
    this.#db = db;
    this.#clock = clock;
    this.#onFall = onFall;
  }

  /** Opens an account with its first credits, inside the transaction that makes the workspace. */
  async open(trx: Trx, account: Account, amount: Microcredits): Promise<void> {
    await trx
      .insertInto('accounts')
      .values({
        workspace_id: account.workspaceId,
        mode: account.mode,
        balance_microcredits: 0,
        held_microcredits: 0,
      })
      .execute();
    if (amount > 0) await this.#give(trx, account, 'grant', amount, { note: 'first credits' });
  }

  /** Adds credits that may expire. */
  async grant(account: Account, amount: Microcredits, grant: Grant): Promise<void> {
    invariant(amount > 0, 'a grant is positive');
    await this.#db.transact((trx) => this.#give(trx, account, 'grant', amount, grant));
  }

  /** Adds credits that never expire. @param note who paid, and how */
  async topUp(account: Account, amount: Microcredits, note: string): Promise<void> {
    invariant(amount > 0, 'a top-up is positive');
    await this.#db.transact((trx) => this.#give(trx, account, 'top_up', amount, { note }));
  }

  /**
   * Makes sure, until the caller's transaction ends, that so much can be held.
   * @throws AppError insufficient_credits
   */
  async requireAvailable(trx: Trx, account: Account, amount: Microcredits): Promise<void> {
    const { available } = await this.#lock(trx, account);
    if (available >= amount) return;
    throw new AppError('insufficient_credits', {
      message:
        `This request needs up to ${formatCredits(amount)} credits, ` +
        `${formatCredits(Math.max(0, available))} are available.`,
      facts: { required: toCredits(amount), available: toCredits(Math.max(0, available)) },
    });
  }

  /**
   * Sets `amount` aside for a generation.
   * @throws AppError insufficient_credits when less than that is available; nothing is written then
   */
  async hold(trx: Trx, account: Account, generationId: string, amount: Microcredits): Promise<void> {
    invariant(Number.isSafeInteger(amount) && amount >= 0, 'a hold is a whole number of microcredits');
    if (amount === 0) return;
    await this.requireAvailable(trx, account, amount);
    await this.#write(trx, account, [{ kind: 'hold', balanceDelta: 0, heldDelta: amount, generationId }]);
  }

  /** Charges `charged` out of a hold and gives the rest back. `charged` is at most `held`. */
  async settle(
    trx: Trx,
    account: Account,
    generationId: string,
    amounts: { readonly held: Microcredits; readonly charged: Microcredits },
  ): Promise<void> {
    const { held, charged } = amounts;
    invariant(charged >= 0 && charged <= held, 'a charge is within its hold');
    if (held === 0) return;
    const before = await this.#lock(trx, account);
    const settle = { kind: 'settle', balanceDelta: -charged, heldDelta: -charged, generationId } as const;
    const release = { kind: 'release', balanceDelta: 0, heldDelta: charged - held, generationId } as const;
    await this.#write(trx, account, [...(charged > 0 ? [settle] : []), ...(held > charged ? [release] : [])]);
    if (charged > 0) await spendParcels(trx, account, charged);
    // What only this hold kept leaves with it.
    if (held > charged) await this.#expire(trx, account, before.available + held - charged);
  }

  /** The balance, less what has expired since the account was last moved. */
  async findBalance(account: Account): Promise<Balance> {
    const row = await selectAccount(this.#db.kysely, account)
      .select(sumDue(this.#clock()).as('due'))
      .executeTakeFirst();
    const { balance, held, available } = toBalance(row);
    const gone = Math.min(row?.due ?? 0, available);
    return { balance: balance - gone, held, available: available - gone };
  }

  /** What is going to expire, soonest first. */
  async listExpiring(account: Account, limit: number): Promise<readonly Expiring[]> {
    return listExpiring(this.#db.kysely, account, this.#clock(), limit);
  }

  /** Writes what has expired down, for at most `limit` accounts. @returns how many there were */
  async expireDue(limit: number): Promise<number> {
    const accounts = await listAccountsWithDue(this.#db.kysely, this.#clock(), limit);
    for (const account of accounts) await this.#db.transact((trx) => this.#lock(trx, account));
    return accounts.length;
  }

  /**
   * The newest entries first.
   * @param options.after id of the last entry seen; undefined starts at the newest
   * @param options.kinds undefined: all
   */
  async listEntries(
    account: Account,
    options: {
      readonly limit: number;
      readonly after: string | undefined;
      readonly kinds?: readonly LedgerKind[] | undefined;
    },
  ): Promise<readonly LedgerEntry[]> {
    let query = this.#db.kysely
      .selectFrom('ledger_entries')
      .leftJoin('generations', 'generations.id', 'ledger_entries.generation_id')
      .selectAll('ledger_entries')
      .select('generations.comparison_id')
      .where('ledger_entries.workspace_id', '=', account.workspaceId)
      .where('ledger_entries.mode', '=', account.mode)
      .orderBy('sequence', 'desc')
      .limit(options.limit);
    if (options.kinds !== undefined) query = query.where('ledger_entries.kind', 'in', options.kinds);
    if (options.after !== undefined) {
      const last = await this.#db.kysely
        .selectFrom('ledger_entries')
        .select('sequence')
        .where('id', '=', options.after)
        .where('workspace_id', '=', account.workspaceId)
        .where('mode', '=', account.mode)
        .executeTakeFirst();
      if (last === undefined) {
        throw new AppError('invalid_request', {
          message: '`after` must be the id of an entry of this ledger.',
          param: 'after',
        });
      }
      query = query.where('sequence', '<', last.sequence);
    }
    const rows = await query.execute();
    return rows.map((row) => ({
      id: row.id,
      kind: row.kind,
      balanceDelta: row.balance_delta_microcredits,
      heldDelta: row.held_delta_microcredits,
      generationId: row.generation_id,
      comparisonId: row.comparison_id,
      note: row.note,
      createdAt: new Date(row.created_at),
    }));
  }

  async #give(
    trx: Trx,
    account: Account,
    kind: 'grant' | 'top_up',
    amount: Microcredits,
    { note, expiresAt }: Grant,
  ): Promise<void> {
    await this.#lock(trx, account);
    const id = await this.#write(trx, account, [{ kind, balanceDelta: amount, heldDelta: 0, note }]);
    await insertParcel(trx, account, { id, kind, amount, note, createdAt: this.#clock(), expiresAt });
  }

  /**
   * Locks the account until the caller's transaction ends, so that what is available now still is when a move is written,
   * and writes down what has expired.
   */
  async #lock(trx: Trx, account: Account): Promise<Balance> {
    const { balance, held, available } = toBalance(await lockAccount.first(trx, account));
    const gone = await this.#expire(trx, account, available);
    return { balance: balance - gone, held, available: available - gone };
  }

  /** Writes down what has expired, as far as no hold keeps it. @returns how much left the balance */
  async #expire(trx: Trx, account: Account, available: Microcredits): Promise<Microcredits> {
    const expired = await expireParcels(trx, account, this.#clock(), available);
    for (const { parcel, amount } of expired) {
      await this.#write(trx, account, [
        { kind: 'expire', balanceDelta: -amount, heldDelta: 0, note: parcel.note },
      ]);
    }
    return expired.reduce((sum, { amount }) => sum + amount, 0);
  }

  /** Moves the account and writes the lines that say so. @returns the id of the first line */
  async #write(trx: Trx, account: Account, moves: readonly Move[]): Promise<string> {
    const total = (delta: 'balanceDelta' | 'heldDelta') => moves.reduce((sum, move) => sum + move[delta], 0);
    const changed = await moveAccount.write(trx, {
      ...account,
      balanceDelta: total('balanceDelta'),
      heldDelta: total('heldDelta'),
    });
    invariant(changed === 1, 'every workspace has both accounts');
    const [first, ...rest] = moves.map((move) => ({
      generationId: null,
      note: null,
      ...move,
      ...account,
      id: createId('led'),
      createdAt: this.#clock().getTime(),
    }));
    invariant(first !== undefined, 'a change of an account has a line');
    for (const line of [first, ...rest]) await insertLine.write(trx, line);
    if (total('balanceDelta') < 0) await this.#onFall?.(trx, account, -total('balanceDelta'));
    return first.id;
  }
}

/** One line to be written. */
interface Move extends Pick<LedgerEntry, 'kind' | 'balanceDelta' | 'heldDelta'> {
  readonly generationId?: string;
  readonly note?: string | null;
}

const lockAccount = prepare<
  Account,
  Pick<Selectable<AccountTable>, 'balance_microcredits' | 'held_microcredits'>
>((db, value) =>
  db
    .selectFrom('accounts')
    .select(['balance_microcredits', 'held_microcredits'])
    .where('workspace_id', '=', value('workspaceId'))
    .where('mode', '=', value('mode'))
    .forNoKeyUpdate(),
);

const moveAccount = prepare<Account & { balanceDelta: Microcredits; heldDelta: Microcredits }, UpdateResult>(
  (db, value) =>
    db
      .updateTable('accounts')
      .set((eb) => ({
        balance_microcredits: eb('balance_microcredits', '+', value('balanceDelta')),
        held_microcredits: eb('held_microcredits', '+', value('heldDelta')),
      }))
      .where('workspace_id', '=', value('workspaceId'))
      .where('mode', '=', value('mode')),
);

type Line = Account & Omit<LedgerEntry, 'createdAt' | 'comparisonId'> & { readonly createdAt: number };

const insertLine = prepare<Line, InsertResult>((db, value) =>
  db.insertInto('ledger_entries').values({
    id: value('id'),
    workspace_id: value('workspaceId'),
    mode: value('mode'),
    kind: value('kind'),
    balance_delta_microcredits: value('balanceDelta'),
    held_delta_microcredits: value('heldDelta'),
    generation_id: value('generationId'),
    note: value('note'),
    created_at: value('createdAt'),
  }),
);

function selectAccount(db: Db['kysely'], account: Account) {
  return db
    .selectFrom('accounts')
    .select(['balance_microcredits', 'held_microcredits'])
    .where('workspace_id', '=', account.workspaceId)
    .where('mode', '=', account.mode);
}

function toBalance(
  row: Pick<Selectable<AccountTable>, 'balance_microcredits' | 'held_microcredits'> | undefined,
): Balance {
  invariant(row !== undefined, 'every workspace has both accounts');
  return {
    balance: row.balance_microcredits,
    held: row.held_microcredits,
    available: row.balance_microcredits - row.held_microcredits,
  };
}
