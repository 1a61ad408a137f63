import { expect } from 'vitest';
import type { Account, Balance } from '../../src/credits/ledger-store.js';
import type { TestStores } from '../factories/stores.js';
import { expectBooksInOrder } from './books.js';

/**
 * What is left of an account's parcels, in the order in which they are spent. Parcels that were given in the same
 * millisecond and end at the same time count as one: which of them is spent first is nobody's concern.
 */
export async function listRemainders(stores: TestStores, account: Account): Promise<readonly number[]> {
  const rows = await stores.db.kysely
    .selectFrom('credit_parcels')
    .select(['remaining_microcredits', 'expires_at', 'created_at', 'granted_microcredits'])
    .where('workspace_id', '=', account.workspaceId)
    .where('mode', '=', account.mode)
    .execute();
  const end = (row: (typeof rows)[number]) => row.expires_at ?? Infinity;
  for (const row of rows) {
    expect(row.remaining_microcredits).toBeGreaterThanOrEqual(0);
    expect(row.remaining_microcredits).toBeLessThanOrEqual(row.granted_microcredits);
  }
  return sumAlike(
    rows
      .sort((a, b) => (end(a) === end(b) ? a.created_at - b.created_at : end(a) < end(b) ? -1 : 1))
      .map((row) => ({ left: row.remaining_microcredits, end: end(row), born: row.created_at })),
  );
}

/** @param parcels in the order in which they are spent */
export function sumAlike(
  parcels: readonly { readonly left: number; readonly end: number; readonly born: number }[],
): readonly number[] {
  const sums: { left: number; readonly end: number; readonly born: number }[] = [];
  for (const parcel of parcels) {
    const last = sums.at(-1);
    if (last?.end === parcel.end && last.born === parcel.born) last.left += parcel.left;
    else sums.push({ ...parcel });
  }
  return sums.map(({ left }) => left);
}

/**
 * The lines add up to the balance and so do the parcels; what has expired by now is written down first, which must not
 * change what the balance reads.
 */
export async function expectParcelsInOrder(stores: TestStores, account: Account): Promise<Balance> {
  const before = await stores.ledger.findBalance(account);
  await stores.ledger.expireDue(1000);
  const balance = await expectBooksInOrder(stores, account);
  expect(balance).toStrictEqual(before);
  const remainders = await listRemainders(stores, account);
  expect(remainders.reduce((sum, remaining) => sum + remaining, 0)).toBe(balance.balance);
  return balance;
}
