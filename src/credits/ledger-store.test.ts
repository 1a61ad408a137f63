import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES, NOON, openTestStores, type TestStores } from '../../test/factories/stores.js';
import { expectBooksInOrder, listEntries } from '../../test/support/books.js';
import { AppError } from '../errors.js';
import type { Account } from './ledger-store.js';
import { fromCredits } from './microcredits.js';

let stores: TestStores;

const allEntries = (account: Account) => listEntries(stores, account);

const hold = (account: Account, id: string, amount: number) =>
  stores.db.transact((trx) => stores.ledger.hold(trx, account, id, amount));

async function refusalOf(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw new Error('not refused', { cause: error });
}

describe.each(DATABASES)('Ledger on %s', (database) => {
  beforeAll(async () => {
    stores = await openTestStores({ database });
  });
  afterAll(async () => {
    await stores.close();
  });

  it('lets exactly as many parallel holds through as the balance pays for', async () => {
    const account = await stores.createAccount(10);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) => hold(account, `gen_${index}`, fromCredits(1.5))),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(outcomes.length - refused.length).toBe(6);
    for (const outcome of refused) expect(outcome.reason).toMatchObject({ code: 'insufficient_credits' });
    expect(await stores.ledger.findBalance(account)).toStrictEqual({
      balance: fromCredits(10),
      held: fromCredits(9),
      available: fromCredits(1),
    });
    await expectBooksInOrder(stores, account);
  });

  it('charges what was used, gives the rest back and says both in the ledger', async () => {
    const account = await stores.createAccount(10);
    await hold(account, 'gen_a', fromCredits(8));
    await stores.db.transact((trx) =>
      stores.ledger.settle(trx, account, 'gen_a', { held: fromCredits(8), charged: fromCredits(3) }),
    );
    expect(await stores.ledger.findBalance(account)).toStrictEqual({
      balance: fromCredits(7),
      held: 0,
      available: fromCredits(7),
    });
    const lines = (await allEntries(account)).map(({ kind, balanceDelta, heldDelta, generationId }) => [
      kind,
      balanceDelta,
      heldDelta,
      generationId,
    ]);
    expect(lines).toStrictEqual([
      ['release', 0, fromCredits(-5), 'gen_a'],
      ['settle', fromCredits(-3), fromCredits(-3), 'gen_a'],
      ['hold', 0, fromCredits(8), 'gen_a'],
      ['grant', fromCredits(10), 0, null],
    ]);
  });

  it('releases everything when nothing was delivered', async () => {
    const account = await stores.createAccount(10);
    const before = await stores.ledger.findBalance(account);
    await hold(account, 'gen_a', fromCredits(10));
    await stores.db.transact((trx) =>
      stores.ledger.settle(trx, account, 'gen_a', { held: fromCredits(10), charged: 0 }),
    );
    expect(await stores.ledger.findBalance(account)).toStrictEqual(before);
  });

  it('refuses a hold beyond the available credits with both amounts, and leaves no trace', async () => {
    const account = await stores.createAccount(10);
    await hold(account, 'gen_a', fromCredits(6));
    const entries = await allEntries(account);
    const refusal = await refusalOf(hold(account, 'gen_b', fromCredits(4.5)));
    expect(refusal.code).toBe('insufficient_credits');
    expect(refusal.status).toBe(402);
    expect(refusal.facts).toStrictEqual({ required: 4.5, available: 4 });
    expect(refusal.message).toBe('This request needs up to 4.5 credits, 4 are available.');
    expect(await allEntries(account)).toStrictEqual(entries);
    await hold(account, 'gen_c', fromCredits(4));
    await expectBooksInOrder(stores, account);
  });

  it('forgets a hold whose transaction fails later on', async () => {
    const account = await stores.createAccount(10);
    const failing = stores.db.transact(async (trx) => {
      await stores.ledger.hold(trx, account, 'gen_a', fromCredits(5));
      throw new Error('the row could not be written');
    });
    await expect(failing).rejects.toThrow('the row could not be written');
    expect((await stores.ledger.findBalance(account)).held).toBe(0);
    await expectBooksInOrder(stores, account);
  });

  it('writes nothing for free work', async () => {
    const account = await stores.createAccount(0);
    await hold(account, 'gen_a', 0);
    await stores.db.transact((trx) => stores.ledger.settle(trx, account, 'gen_a', { held: 0, charged: 0 }));
    expect(await allEntries(account)).toStrictEqual([]);
  });

  it('never charges more than was held, nor less than nothing', async () => {
    const account = await stores.createAccount(10);
    await hold(account, 'gen_a', 5);
    for (const charged of [6, -1]) {
      const settling = stores.db.transact((trx) =>
        stores.ledger.settle(trx, account, 'gen_a', { held: 5, charged }),
      );
      await expect(settling).rejects.toThrow('a charge is within its hold');
    }
    await expectBooksInOrder(stores, account);
  });

  it('grants positive amounts only', async () => {
    const account = await stores.createAccount(10);
    for (const amount of [0, -5])
      await expect(stores.ledger.grant(account, amount, { note: 'x' })).rejects.toThrow(/positive/);
    expect((await allEntries(account)).length).toBe(1);
  });

  it('keeps live and test credits and other workspaces apart', async () => {
    const live = await stores.createAccount(10);
    const test: Account = { ...live, mode: 'test' };
    const other = await stores.createAccount(1);
    await hold(live, 'gen_a', fromCredits(10));
    expect((await stores.ledger.findBalance(test)).available).toBe(fromCredits(10));
    expect((await stores.ledger.findBalance(other)).available).toBe(fromCredits(1));
    expect((await allEntries(test)).map((entry) => entry.kind)).toStrictEqual(['grant']);
  });

  it('moves no money of a workspace that does not exist', async () => {
    const nobody: Account = { workspaceId: 'ws_nobody', mode: 'live' };
    await expect(stores.ledger.grant(nobody, 5, { note: 'x' })).rejects.toThrow(
      'every workspace has both accounts',
    );
    await expect(hold(nobody, 'gen_a', 5)).rejects.toThrow('every workspace has both accounts');
  });

  it('lists entries newest first, in pages without gap or repetition, with their time', async () => {
    const account = await stores.createAccount(0);
    for (let amount = 1; amount <= 7; amount += 1)
      await stores.ledger.grant(account, amount, { note: `grant ${amount}` });
    const amounts: number[] = [];
    let after: string | undefined;
    for (let page = 0; page < 4; page += 1) {
      const entries = await stores.ledger.listEntries(account, { limit: 3, after });
      amounts.push(...entries.map((entry) => entry.balanceDelta));
      after = entries.at(-1)?.id ?? after;
      for (const entry of entries) expect(entry.createdAt).toStrictEqual(NOON);
    }
    expect(amounts).toStrictEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  it('takes no entry of another ledger for the start of a page', async () => {
    const account = await stores.createAccount(1);
    const [foreign] = await allEntries(await stores.createAccount(1));
    for (const after of ['led_unknown', foreign?.id]) {
      const refusal = await refusalOf(stores.ledger.listEntries(account, { limit: 3, after: after ?? '' }));
      expect([refusal.code, refusal.param]).toStrictEqual(['invalid_request', 'after']);
    }
  });
});
