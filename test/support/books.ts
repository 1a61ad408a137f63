import { expect } from 'vitest';
import type { Account, Balance, LedgerEntry } from '../../src/credits/ledger-store.js';
import type { TestStores } from '../factories/stores.js';

/** All entries of a ledger, newest first. */
export function listEntries(stores: TestStores, account: Account): Promise<readonly LedgerEntry[]> {
  return stores.ledger.listEntries(account, { limit: 10_000, after: undefined });
}

/**
 * What must hold after every move, read from the stored lines alone: no line ever took the balance, the held sum or what
 * is available below zero, and the account says what its lines add up to.
 */
export async function expectBooksInOrder(stores: TestStores, account: Account): Promise<Balance> {
  const found = await stores.ledger.findBalance(account);
  const oldestFirst = [...(await listEntries(stores, account))].reverse();
  let balance = 0;
  let held = 0;
  const openHolds = new Map<string, number>();
  for (const entry of oldestFirst) {
    balance += entry.balanceDelta;
    held += entry.heldDelta;
    expect(balance).toBeGreaterThanOrEqual(0);
    expect(held).toBeGreaterThanOrEqual(0);
    expect(balance - held).toBeGreaterThanOrEqual(0);
    if (entry.generationId === null) continue;
    openHolds.set(entry.generationId, (openHolds.get(entry.generationId) ?? 0) + entry.heldDelta);
  }
  expect(found).toStrictEqual({ balance, held, available: balance - held });
  for (const amount of openHolds.values()) expect(amount).toBeGreaterThanOrEqual(0);
  expect([...openHolds.values()].reduce((sum, amount) => sum + amount, 0)).toBe(found.held);
  return found;
}
