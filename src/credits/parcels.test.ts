import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, NOON, openTestStores, type TestStores } from '../../test/factories/stores.js';
import { listEntries } from '../../test/support/books.js';
import { expectParcelsInOrder, listRemainders } from '../../test/support/parcel-books.js';
import type { Account } from './ledger-store.js';
import { fromCredits, toCredits } from './microcredits.js';

let stores: TestStores;

const inDays = (days: number) => new Date(NOON.getTime() + days * 86_400_000);

const grant = (account: Account, credits: number, days: number | undefined, note = 'a gift') =>
  stores.ledger.grant(account, fromCredits(credits), {
    note,
    ...(days === undefined ? {} : { expiresAt: inDays(days) }),
  });

const hold = (account: Account, id: string, credits: number) =>
  stores.db.transact((trx) => stores.ledger.hold(trx, account, id, fromCredits(credits)));

const settle = (account: Account, id: string, held: number, charged: number) =>
  stores.db.transact((trx) =>
    stores.ledger.settle(trx, account, id, { held: fromCredits(held), charged: fromCredits(charged) }),
  );

async function spend(account: Account, id: string, credits: number): Promise<void> {
  await hold(account, id, credits);
  await settle(account, id, credits, credits);
}

const remainders = async (account: Account) => (await listRemainders(stores, account)).map(toCredits);

const lines = async (account: Account) =>
  (await listEntries(stores, account)).map((entry) => [
    entry.kind,
    toCredits(entry.balanceDelta),
    entry.note ?? entry.generationId,
  ]);

const available = async (account: Account) => toCredits((await stores.ledger.findBalance(account)).available);

describe.each(DATABASES)('parcels of credits on %s', (database) => {
  beforeAll(async () => {
    stores = await openTestStores({ database });
  });
  afterAll(async () => {
    await stores.close();
  });
  beforeEach(() => {
    stores.clock.now = NOON;
  });

  it('spends what expires soonest first, what never expires last, older before newer', async () => {
    const account = await stores.createAccount(10);
    stores.clock.now = new Date(NOON.getTime() + 1);
    await stores.ledger.topUp(account, fromCredits(10), 'paid by an invoice');
    await grant(account, 10, 30);
    await grant(account, 10, 7);
    expect(await remainders(account)).toStrictEqual([10, 10, 10, 10]);
    await spend(account, 'gen_a', 4);
    expect(await remainders(account)).toStrictEqual([6, 10, 10, 10]);
    await spend(account, 'gen_b', 15);
    expect(await remainders(account)).toStrictEqual([0, 1, 10, 10]);
    await spend(account, 'gen_c', 12);
    expect(await remainders(account)).toStrictEqual([0, 0, 0, 9]);
    await expectParcelsInOrder(stores, account);
  });

  it('spends over more parcels than one query reads', async () => {
    const account = await stores.createAccount(0);
    for (let count = 0; count < 60; count += 1) await stores.ledger.topUp(account, 10, 'a little');
    await stores.db.transact((trx) => stores.ledger.hold(trx, account, 'gen_a', 595));
    await stores.db.transact((trx) =>
      stores.ledger.settle(trx, account, 'gen_a', { held: 595, charged: 595 }),
    );
    expect((await expectParcelsInOrder(stores, account)).balance).toBe(5);
  });

  it('lets what has expired leave the balance with a line that says what it was, and keeps top-ups', async () => {
    const account = await stores.createAccount(0);
    await grant(account, 10, 7, 'welcome');
    await stores.ledger.topUp(account, fromCredits(3), 'paid by an invoice');
    stores.clock.now = new Date(inDays(7).getTime() - 1);
    expect(await available(account)).toBe(13);
    stores.clock.now = inDays(7);
    expect(await available(account)).toBe(3);
    expect(await stores.ledger.expireDue(10)).toBe(1);
    expect(await stores.ledger.expireDue(10)).toBe(0);
    expect(await lines(account)).toStrictEqual([
      ['expire', -10, 'welcome'],
      ['top_up', 3, 'paid by an invoice'],
      ['grant', 10, 'welcome'],
    ]);
    stores.clock.now = inDays(100_000);
    expect(await available(account)).toBe(3);
    await expectParcelsInOrder(stores, account);
  });

  it('lets no new hold take what has expired, even before the sweep', async () => {
    const account = await stores.createAccount(0);
    await grant(account, 10, 7);
    stores.clock.now = inDays(7);
    await expect(hold(account, 'gen_a', 1)).rejects.toMatchObject({
      code: 'insufficient_credits',
      facts: { required: 1, available: 0 },
    });
    await grant(account, 2, 8);
    expect(await remainders(account)).toStrictEqual([0, 2]);
    await hold(account, 'gen_b', 2);
    await expectParcelsInOrder(stores, account);
  });

  it('leaves what open holds need in place, lets them be charged, and takes what they give back', async () => {
    const account = await stores.createAccount(0);
    await grant(account, 10, 7);
    await hold(account, 'gen_a', 4);
    await hold(account, 'gen_b', 3);
    stores.clock.now = inDays(7);
    expect(await stores.ledger.findBalance(account)).toStrictEqual({
      balance: fromCredits(7),
      held: fromCredits(7),
      available: 0,
    });
    expect(await stores.ledger.expireDue(10)).toBe(1);
    // What is left is held: nothing more can leave, and the sweep does not come back to it.
    expect(await stores.ledger.expireDue(10)).toBe(0);
    await settle(account, 'gen_a', 4, 1);
    expect((await stores.ledger.findBalance(account)).balance).toBe(fromCredits(3));
    await settle(account, 'gen_b', 3, 3);
    expect((await expectParcelsInOrder(stores, account)).balance).toBe(0);
    expect(await lines(account)).toStrictEqual([
      ['settle', -3, 'gen_b'],
      ['expire', -3, 'a gift'],
      ['release', 0, 'gen_a'],
      ['settle', -1, 'gen_a'],
      ['expire', -3, 'a gift'],
      ['hold', 0, 'gen_b'],
      ['hold', 0, 'gen_a'],
      ['grant', 10, 'a gift'],
    ]);
  });

  it('ends at the same balance whether the sweep or the next move comes first', async () => {
    const balances: number[] = [];
    for (const swept of [true, false]) {
      stores.clock.now = NOON;
      const account = await stores.createAccount(5);
      await grant(account, 5, 7);
      await hold(account, 'gen_a', 5);
      stores.clock.now = inDays(7);
      if (swept) await stores.ledger.expireDue(10);
      await settle(account, 'gen_a', 5, 3);
      balances.push((await expectParcelsInOrder(stores, account)).balance);
    }
    expect(balances).toStrictEqual([fromCredits(2), fromCredits(2)]);
  });

  it('writes an expiry down once, however many notice it at the same time', async () => {
    const account = await stores.createAccount(1);
    await grant(account, 10, 7);
    stores.clock.now = inDays(7);
    await Promise.all([
      stores.ledger.expireDue(10),
      stores.ledger.expireDue(10),
      ...[0, 1, 2, 3].map((count) => stores.ledger.topUp(account, 1, `payment ${count}`)),
      hold(account, 'gen_a', 1),
    ]);
    expect((await lines(account)).filter(([kind]) => kind === 'expire')).toStrictEqual([
      ['expire', -10, 'a gift'],
    ]);
    await expectParcelsInOrder(stores, account);
  });

  it('sweeps a few accounts at a time', async () => {
    const accounts = await Promise.all([0, 1, 2].map(() => stores.createAccount(0)));
    for (const account of accounts) await grant(account, 1, 7);
    stores.clock.now = inDays(7);
    expect(await stores.ledger.expireDue(2)).toBe(2);
    expect(await stores.ledger.expireDue(2)).toBe(1);
    for (const account of accounts) expect((await expectParcelsInOrder(stores, account)).balance).toBe(0);
  });

  it('forgets a charge and an expiry whose transaction fails later on', async () => {
    const account = await stores.createAccount(3);
    await grant(account, 5, 7);
    await hold(account, 'gen_a', 6);
    stores.clock.now = inDays(7);
    const failing = stores.db.transact(async (trx) => {
      await stores.ledger.settle(trx, account, 'gen_a', { held: fromCredits(6), charged: fromCredits(6) });
      throw new Error('the row could not be written');
    });
    await expect(failing).rejects.toThrow('the row could not be written');
    expect(await remainders(account)).toStrictEqual([5, 3]);
    expect((await expectParcelsInOrder(stores, account)).held).toBe(fromCredits(6));
  });

  it('tells what is going to expire, soonest first, without what has expired or was spent', async () => {
    const account = await stores.createAccount(4);
    await grant(account, 1, 1);
    await grant(account, 2, 9);
    await grant(account, 5, 9);
    await grant(account, 3, 5);
    stores.clock.now = inDays(2);
    await spend(account, 'gen_a', 0.5);
    const expiring = await stores.ledger.listExpiring(account, 10);
    expect(expiring).toStrictEqual([
      { amount: fromCredits(2.5), expiresAt: inDays(5) },
      { amount: fromCredits(7), expiresAt: inDays(9) },
    ]);
    expect(await stores.ledger.listExpiring(account, 1)).toStrictEqual(expiring.slice(0, 1));
  });

  it('tops positive amounts up only', async () => {
    const account = await stores.createAccount(1);
    for (const amount of [0, -1])
      await expect(stores.ledger.topUp(account, amount, 'x')).rejects.toThrow(/positive/);
  });
});
