import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, NOON, openTestStores, type TestStores } from '../../test/factories/stores.js';
import { AlreadyCalled, IdempotentCalls, type IdempotentCall } from './idempotent-calls.js';

const DAY_MS = 24 * 60 * 60 * 1000;

describe.each(DATABASES)('idempotent calls on %s', (database) => {
  let stores: TestStores;
  let calls: IdempotentCalls;
  let call: IdempotentCall;
  let generations = 0;
  let numbers = 0;

  beforeAll(async () => {
    stores = await openTestStores({ database });
    calls = new IdempotentCalls(stores.db, () => stores.clock.now);
  });
  afterAll(async () => {
    await stores.close();
  });
  beforeEach(async () => {
    stores.clock.now = NOON;
    const { workspaceId } = await stores.createAccount(1);
    call = {
      workspaceId,
      mode: 'live',
      path: '/v1/images/generations',
      key: `order-${(numbers += 1)}`,
      bodySha256: 'a'.repeat(64),
    };
  });

  const newId = () => `gen_${(generations += 1)}`;
  const bind = (one: IdempotentCall, id: string) => stores.db.transact((trx) => calls.bind(trx, one, id));

  it('finds nothing for a new key, and what it was bound to afterwards', async () => {
    expect(await calls.find(call)).toBeUndefined();
    const id = newId();
    await bind(call, id);
    expect(await calls.find(call)).toBe(id);
  });

  it('finds nothing for another workspace, mode, path or key', async () => {
    await bind(call, newId());
    const { workspaceId } = await stores.createAccount(1);
    for (const other of [
      { workspaceId },
      { mode: 'test' },
      { path: '/v1/images/edits' },
      { key: 'K' },
    ] as const) {
      expect(await calls.find({ ...call, ...other })).toBeUndefined();
      await bind({ ...call, ...other }, newId());
    }
  });

  it('tells keys apart that differ only in case or at their end', async () => {
    const keys = ['a', 'A', 'a.', `a${'.'.repeat(254)}`];
    const ids = keys.map(newId);
    for (const [index, key] of keys.entries()) await bind({ ...call, key }, ids[index] ?? '');
    expect(await Promise.all(keys.map((key) => calls.find({ ...call, key })))).toEqual(ids);
  });

  it('refuses another body until the day is over', async () => {
    await bind(call, newId());
    const other = { ...call, bodySha256: 'b'.repeat(64) };
    const conflict = { code: 'idempotency_conflict', status: 422 };
    await expect(calls.find(other)).rejects.toMatchObject(conflict);
    stores.clock.now = new Date(NOON.getTime() + DAY_MS - 1);
    await expect(calls.find(other)).rejects.toMatchObject(conflict);
    stores.clock.now = new Date(NOON.getTime() + DAY_MS);
    expect(await calls.find(other)).toBeUndefined();
    const id = newId();
    await bind(other, id);
    expect(await calls.find(other)).toBe(id);
  });

  it('binds a key once, however many ask for it at once', async () => {
    const ids = Array.from({ length: 20 }, newId);
    const outcomes = await Promise.allSettled(ids.map((id) => bind(call, id)));
    const bound = ids.filter((_id, index) => outcomes[index]?.status === 'fulfilled');
    expect(bound).toEqual([await calls.find(call)]);
    const refusals = outcomes.flatMap((outcome): unknown[] =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    );
    expect(refusals).toHaveLength(19);
    expect(refusals.every((reason) => reason instanceof AlreadyCalled)).toBe(true);
  });

  it('binds an expired key once, however many ask for it at once', async () => {
    await bind(call, newId());
    stores.clock.now = new Date(NOON.getTime() + DAY_MS);
    const ids = Array.from({ length: 10 }, newId);
    const outcomes = await Promise.allSettled(ids.map((id) => bind(call, id)));
    const bound = ids.filter((_id, index) => outcomes[index]?.status === 'fulfilled');
    expect(bound).toEqual([await calls.find(call)]);
  });

  it('binds nothing in a transaction that fails', async () => {
    const failing = stores.db.transact(async (trx) => {
      await calls.bind(trx, call, newId());
      throw new Error('the hold was refused');
    });
    await expect(failing).rejects.toThrow('the hold was refused');
    expect(await calls.find(call)).toBeUndefined();
    await bind(call, newId());
  });

  it('forgets keys whose day is over, and no others', async () => {
    await bind(call, newId());
    const later = { ...call, key: `${call.key}-later` };
    stores.clock.now = new Date(NOON.getTime() + 1);
    await bind(later, newId());
    stores.clock.now = new Date(NOON.getTime() + DAY_MS);
    expect(await calls.removeExpired()).toBeGreaterThan(0);
    expect(await calls.removeExpired()).toBe(0);
    expect(await calls.find(later)).toBeDefined();
    expect(await calls.find(call)).toBeUndefined();
  });

  it('begins a generation with its key or not at all', async () => {
    const account = await stores.createAccount(1);
    const start = (id: string, hold: number) => ({
      id,
      ...account,
      keyId: 'key_test',
      operation: 'generate' as const,
      model: 'painter-1',
      requestJson: '{}',
      hold,
      edit: undefined,
      begin: 'sent' as const,
      idempotent: { ...call, ...account },
    });
    const [first, second, third] = [newId(), newId(), newId()];
    await expect(stores.generations.start(start(first, 2_000_000))).rejects.toMatchObject({
      code: 'insufficient_credits',
    });
    await stores.generations.start(start(second, 400_000));
    await expect(stores.generations.start(start(third, 400_000))).rejects.toBeInstanceOf(AlreadyCalled);
    expect(await stores.generations.findByKey({ ...call, ...account })).toBe(second);
    expect((await stores.ledger.findBalance(account)).held).toBe(400_000);
    expect(await stores.generations.find(account.workspaceId, account.mode, third)).toBeUndefined();
  });
});
