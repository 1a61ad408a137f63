import {
  sql,
  type Expression,
  type Selectable,
  type SelectQueryBuilder,
  type Transaction,
  type UpdateResult,
} from 'kysely';
import type { Db } from '../db/database.js';
import { prepare } from '../db/prepared.js';
import type { CreditParcelTable, Database, Mode } from '../db/schema.js';
import { invariant } from '../errors.js';
import type { Microcredits } from './microcredits.js';

type Trx = Transaction<Database>;

/** Parcels that one query reads while credits are spent; accounts rarely have more that are not empty. */
const BATCH = 50;

// Written into the statement, so that both databases see that the indexes over parcels with a remainder serve it.
const NOTHING = sql.lit(0);

interface Owner {
  readonly workspaceId: string;
  readonly mode: Mode;
}

/** What is left of credits that were given at once. */
interface Parcel {
  readonly id: string;
  readonly remaining: Microcredits;
  readonly note: string | null;
}

/** What is taken out of one parcel. */
export interface Taken {
  readonly parcel: Parcel;
  readonly amount: Microcredits;
}

/** Credits that are going to expire at the same time. */
export interface Expiring {
  readonly amount: Microcredits;
  readonly expiresAt: Date;
}

/** Writes down credits that were given at once; their ledger entry is written by the caller. */
export async function insertParcel(
  trx: Trx,
  owner: Owner,
  parcel: {
    /** That of the ledger entry. */
    readonly id: string;
    readonly kind: 'grant' | 'top_up';
    readonly amount: Microcredits;
    readonly note: string;
    readonly createdAt: Date;
    /** undefined: never. */
    readonly expiresAt: Date | undefined;
  },
): Promise<void> {
  await trx
    .insertInto('credit_parcels')
    .values({
      id: parcel.id,
      workspace_id: owner.workspaceId,
      mode: owner.mode,
      kind: parcel.kind,
      granted_microcredits: parcel.amount,
      remaining_microcredits: parcel.amount,
      note: parcel.note,
      created_at: parcel.createdAt.getTime(),
      expires_at: parcel.expiresAt?.getTime() ?? null,
    })
    .execute();
}

/** Takes spent credits out of the parcels: what expires soonest first, what never expires last, older before newer. */
export async function spendParcels(trx: Trx, owner: Owner, amount: Microcredits): Promise<void> {
  let left = amount;
  while (left > 0) {
    const parcels = await listNext.execute(trx, owner);
    invariant(parcels.length > 0, 'the parcels of an account add up to its balance');
    for (const taken of await take(trx, parcels.map(toParcel), left)) left -= taken.amount;
  }
}

/**
 * Takes up to `limit` out of the parcels whose time is over.
 * @returns what was taken of each
 */
export async function expireParcels(
  trx: Trx,
  owner: Owner,
  now: Date,
  limit: Microcredits,
): Promise<readonly Taken[]> {
  if (limit <= 0) return [];
  const due = await listDue.execute(trx, { ...owner, now: now.getTime() });
  return take(trx, due.map(toParcel), limit);
}

/** What is left in parcels whose time is over, as part of a query over accounts. */
export function sumDue(now: Date) {
  return sql<number>`(
    select cast(coalesce(sum(parcel.remaining_microcredits), 0) as bigint) from credit_parcels as parcel
    where parcel.workspace_id = accounts.workspace_id and parcel.mode = accounts.mode
      and parcel.expires_at <= ${now.getTime()} and parcel.remaining_microcredits > 0)`;
}

/** The accounts, at most `limit`, that have something in parcels whose time is over and that no hold keeps. */
export async function listAccountsWithDue(kysely: Db['kysely'], now: Date, limit: number): Promise<Owner[]> {
  const rows = await kysely
    .selectFrom('credit_parcels')
    .innerJoin('accounts', (join) =>
      join
        .onRef('accounts.workspace_id', '=', 'credit_parcels.workspace_id')
        .onRef('accounts.mode', '=', 'credit_parcels.mode'),
    )
    .select(['accounts.workspace_id', 'accounts.mode'])
    .distinct()
    .where('credit_parcels.remaining_microcredits', '>', NOTHING)
    .where('credit_parcels.expires_at', '<=', now.getTime())
    .whereRef('accounts.balance_microcredits', '>', 'accounts.held_microcredits')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ workspaceId: row.workspace_id, mode: row.mode }));
}

/** What is going to expire after `now`, soonest first; parcels of one time are one item. */
export async function listExpiring(
  kysely: Db['kysely'],
  owner: Owner,
  now: Date,
  limit: number,
): Promise<readonly Expiring[]> {
  const rows = await kysely
    .selectFrom('credit_parcels')
    .select(['expires_at', sql<number>`cast(sum(remaining_microcredits) as bigint)`.as('amount')])
    .where('workspace_id', '=', owner.workspaceId)
    .where('mode', '=', owner.mode)
    .where('remaining_microcredits', '>', NOTHING)
    .where('expires_at', '>', now.getTime())
    .groupBy('expires_at')
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.flatMap(({ expires_at: at, amount }) =>
    at === null ? [] : [{ amount, expiresAt: new Date(at) }],
  );
}

/** Takes `limit` out of parcels in their order, or all there is. The account's row is locked by the caller. */
async function take(trx: Trx, parcels: readonly Parcel[], limit: Microcredits): Promise<readonly Taken[]> {
  const taken: Taken[] = [];
  let left = limit;
  for (const parcel of parcels) {
    const amount = Math.min(parcel.remaining, left);
    if (amount === 0) break;
    left -= amount;
    taken.push({ parcel, amount });
  }
  const emptied = taken.filter(({ parcel, amount }) => amount === parcel.remaining);
  if (emptied.length > 0) {
    await trx
      .updateTable('credit_parcels')
      .set({ remaining_microcredits: 0 })
      .where(
        'id',
        'in',
        emptied.map(({ parcel }) => parcel.id),
      )
      .execute();
  }
  const last = taken.at(-1);
  if (last !== undefined && last.amount < last.parcel.remaining) {
    await setRemaining.write(trx, { id: last.parcel.id, remaining: last.parcel.remaining - last.amount });
  }
  return taken;
}

type ParcelRow = Pick<Selectable<CreditParcelTable>, 'id' | 'remaining_microcredits' | 'note'>;

const listNext = prepare<Owner, ParcelRow>((db, value) => inOrder(selectParcels(db, value)).limit(BATCH));

const listDue = prepare<Owner & { now: number }, ParcelRow>((db, value) =>
  inOrder(selectParcels(db, value).where('expires_at', '<=', value('now'))),
);

const setRemaining = prepare<{ id: string; remaining: Microcredits }, UpdateResult>((db, value) =>
  db
    .updateTable('credit_parcels')
    .set({ remaining_microcredits: value('remaining') })
    .where('id', '=', value('id')),
);

function selectParcels(
  db: Db['kysely'],
  value: <K extends keyof Owner>(name: K) => Expression<Owner[K]>,
): SelectQueryBuilder<Database, 'credit_parcels', ParcelRow> {
  return db
    .selectFrom('credit_parcels')
    .select(['id', 'remaining_microcredits', 'note'])
    .where('workspace_id', '=', value('workspaceId'))
    .where('mode', '=', value('mode'))
    .where('remaining_microcredits', '>', NOTHING);
}

function inOrder(query: ReturnType<typeof selectParcels>): ReturnType<typeof selectParcels> {
  return query
    .orderBy(sql`expires_at is null`)
    .orderBy('expires_at')
    .orderBy('created_at')
    .orderBy('id');
}

function toParcel(row: { id: string; remaining_microcredits: number; note: string | null }): Parcel {
  return { id: row.id, remaining: row.remaining_microcredits, note: row.note };
}
