import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES, openTestStores, type TestStores } from '../../test/factories/stores.js';
import { invariant } from '../errors.js';
import { createId } from '../ids.js';
import type { WrittenLimits } from '../workspaces/limits.js';
import type { Caller } from '../workspaces/workspace-store.js';
import { Limits } from './limits.js';

let stores: TestStores;
let limits: Limits;
let workspaceId: string;

/** A caller in a workspace with 1,000 credits. */
async function createCaller(ofKey: WrittenLimits): Promise<Caller> {
  const { workspaces } = stores;
  const wish = { workspaceId, mode: 'live', role: 'developer', name: 'x', limits: ofKey } as const;
  const caller = await workspaces.findCaller((await workspaces.createKey(wish)).secret);
  invariant(caller !== undefined, 'a new key is known');
  return caller;
}

/** Holds a price as a generation does. @returns its id */
async function start(caller: Caller, credits: number): Promise<string> {
  const hold = credits * 1e6;
  const admission = await limits.admit(caller, { model: 'dall-e-3', images: 1, quote: hold });
  const id = createId('gen');
  const common = { workspaceId, mode: 'live', keyId: caller.key.id, operation: 'generate' } as const;
  await stores.generations.start({
    ...common,
    id,
    model: 'dall-e-3',
    requestJson: '{}',
    hold,
    edit: undefined,
    begin: 'sent',
    confirm: admission.requireBudget,
  });
  return id;
}

async function end(id: string, charged: number): Promise<void> {
  await stores.db.transact(async (trx) => {
    const row = await trx
      .selectFrom('generations')
      .select('hold_microcredits')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const amounts = { held: row.hold_microcredits, charged: charged * 1e6 };
    await stores.ledger.settle(trx, { workspaceId, mode: 'live' }, id, amounts);
    await trx
      .updateTable('generations')
      .set({
        status: 'succeeded',
        charged_microcredits: amounts.charged,
        completed_at: stores.clock.now.getTime(),
      })
      .where('id', '=', id)
      .execute();
  });
}

describe.each(DATABASES)('a budget on %s', (database) => {
  beforeEach(async () => {
    stores = await openTestStores({ database });
    limits = new Limits({ db: stores.db, clock: () => stores.clock.now, redis: undefined });
    workspaceId = (await stores.createAccount(1000)).workspaceId;
  });
  afterEach(async () => {
    await limits.close();
    await stores.workspaces.idle();
    await stores.close();
  });

  it('counts charges of this month in UTC and what is held now, and begins anew with the next', async () => {
    const caller = await createCaller({ monthly_credits: 10 });
    stores.clock.now = new Date('2026-10-31T23:59:59Z');
    await end(await start(caller, 9), 9);
    stores.clock.now = new Date('2026-11-01T00:00:00Z');
    await end(await start(caller, 8), 5);
    stores.clock.now = new Date('2026-11-20T00:00:00Z');
    const running = await start(caller, 4);
    await expect(start(caller, 1.5)).rejects.toMatchObject({
      code: 'budget_exceeded',
      facts: { limit: { name: 'monthly_credits', value: 10, scope: 'key', used: 9 } },
    });
    await end(running, 1);
    await end(await start(caller, 4), 4);
    await expect(start(caller, 0.5)).rejects.toMatchObject({ code: 'budget_exceeded' });
    stores.clock.now = new Date('2026-12-01T00:00:00Z');
    await end(await start(caller, 10), 10);
  });

  it('of the workspace holds all of its keys', async () => {
    await stores.workspaces.change(
      workspaceId,
      { id: 'key_x', address: undefined },
      { limits: { monthly_credits: 3 } },
    );
    const [one, other] = [await createCaller({}), await createCaller({ monthly_credits: 100 })];
    await start(one, 2);
    await expect(start(other, 2)).rejects.toMatchObject({
      facts: { limit: { value: 3, scope: 'workspace', used: 2 } },
    });
  });

  it('is never overdrawn by requests at the same time', async () => {
    const caller = await createCaller({ monthly_credits: 5 });
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => start(caller, 1)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect((await stores.ledger.findBalance({ workspaceId, mode: 'live' })).held).toBe(5_000_000);
  });
});
