import type { Selectable, Transaction } from 'kysely';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import type { AccountTable, Database, Mode } from '../db/schema.js';
import { AppError, invariant } from '../errors.js';
import { createId } from '../ids.js';
import { formatCredits, toCredits, type Microcredits } from './microcredits.js';

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

/** One append-only line; the balance is the sum of all `balanceDelta`, the held sum that of all `heldDelta`. */
export interface LedgerEntry {
  readonly id: string;
  readonly kind: 'grant' | 'top_up' | 'hold' | 'settle' | 'release' | 'expire';
  readonly balanceDelta: Microcredits;
  readonly heldDelta: Microcredits;
  readonly generationId: string | null;
  readonly note: string | null;
  readonly createdAt: Date;
}

type Trx = Transaction<Database>;

/** The only writer of accounts and ledger entries: every move changes both in the caller's transaction. */
export class Ledger {
  readonly #db: Db;
  readonly #clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
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
    if (amount > 0) await this.#move(trx, account, 'grant', amount, 0, null, 'first credits');
  }

  /** Adds credits. */
  async grant(account: Account, amount: Microcredits, note: string): Promise<void> {
    invariant(amount > 0, 'a grant is positive');
    await this.#db.transact((trx) => this.#move(trx, account, 'grant', amount, 0, null, note));
  }

  /**
   * Sets `amount` aside for a generation.
   * @throws AppError insufficient_credits when less than that is available; nothing is written then
   */
  async hold(trx: Trx, account: Account, generationId: string, amount: Microcredits): Promise<void> {
    invariant(Number.isSafeInteger(amount) && amount >= 0, 'a hold is a whole number of microcredits');
    if (amount === 0) return;
    // Locked until the caller's transaction ends: what is available now still is when the hold is written.
    const { available } = toBalance(await selectAccount(trx, account).forNoKeyUpdate().executeTakeFirst());
    if (available < amount) {
      throw new AppError('insufficient_credits', {
        message:
          `This request needs up to ${formatCredits(amount)} credits, ` +
          `${formatCredits(Math.max(0, available))} are available.`,
        facts: { required: toCredits(amount), available: toCredits(Math.max(0, available)) },
      });
    }
    await this.#move(trx, account, 'hold', 0, amount, generationId, null);
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
    if (charged > 0) await this.#move(trx, account, 'settle', -charged, -charged, generationId, null);
    if (held > charged) await this.#move(trx, account, 'release', 0, charged - held, generationId, null);
  }

  async findBalance(account: Account): Promise<Balance> {
    return toBalance(await selectAccount(this.#db.kysely, account).executeTakeFirst());
  }

  /**
   * The newest entries first.
   * @param options.after id of the last entry seen; undefined starts at the newest
   */
  async listEntries(
    account: Account,
    options: { readonly limit: number; readonly after: string | undefined },
  ): Promise<readonly LedgerEntry[]> {
    let query = this.#db.kysely
      .selectFrom('ledger_entries')
      .selectAll()
      .where('workspace_id', '=', account.workspaceId)
      .where('mode', '=', account.mode)
      .orderBy('sequence', 'desc')
      .limit(options.limit);
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
      note: row.note,
      createdAt: new Date(row.created_at),
    }));
  }

  async #move(
    trx: Trx,
    account: Account,
    kind: LedgerEntry['kind'],
    balanceDelta: Microcredits,
    heldDelta: Microcredits,
    generationId: string | null,
    note: string | null,
  ): Promise<void> {
    const changed = await trx
      .updateTable('accounts')
      .set((eb) => ({
        balance_microcredits: eb('balance_microcredits', '+', balanceDelta),
        held_microcredits: eb('held_microcredits', '+', heldDelta),
      }))
      .where('workspace_id', '=', account.workspaceId)
      .where('mode', '=', account.mode)
      .executeTakeFirst();
    invariant(changed.numUpdatedRows === 1n, 'every workspace has both accounts');
    await trx
      .insertInto('ledger_entries')
      .values({
        id: createId('led'),
        workspace_id: account.workspaceId,
        mode: account.mode,
        kind,
        balance_delta_microcredits: balanceDelta,
        held_delta_microcredits: heldDelta,
        generation_id: generationId,
        note,
        created_at: this.#clock().getTime(),
      })
      .execute();
  }
}

function selectAccount(db: Db['kysely'] | Trx, account: Account) {
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
