import { afterEach, describe, expect, it } from 'vitest';
import { DATABASES, openTestStores, type TestStores } from '../../test/factories/stores.js';
import { prepare } from './prepared.js';

let stores: TestStores;

let built = 0;
const findName = prepare<{ id: string; otherwise: string }, { name: string }>((db, value) => {
  built += 1;
  return db
    .selectFrom('workspaces')
    .select((eb) => eb.fn.coalesce('name', value('otherwise')).as('name'))
    .where('id', '=', value('id'));
});
const rename = prepare<{ id: string; name: string }, unknown>((db, value) =>
  db
    .updateTable('workspaces')
    .set({ name: value('name') })
    .where('id', '=', value('id')),
);

describe.each(DATABASES)('a prepared query on %s', (database) => {
  afterEach(async () => {
    await stores.close();
  });

  it('is built once and gives each run its own values, inside a transaction and out of it', async () => {
    stores = await openTestStores({ database });
    const { kysely } = stores.db;
    const [one, other] = [await stores.createAccount(0), await stores.createAccount(0)];
    built = 0;
    expect(await rename.write(kysely, { id: one.workspaceId, name: 'first' })).toBe(1);
    await stores.db.transact(async (trx) => {
      await rename.write(trx, { id: other.workspaceId, name: 'second' });
      const found = await findName.first(trx, { id: other.workspaceId, otherwise: '' });
      expect(found).toStrictEqual({ name: 'second' });
    });
    const values = { id: one.workspaceId, otherwise: '' };
    expect(await findName.execute(kysely, values)).toStrictEqual([{ name: 'first' }]);
    expect(await findName.first(kysely, { id: 'ws_nobody', otherwise: '' })).toBeUndefined();
    expect(await rename.write(kysely, { id: 'ws_nobody', name: 'third' })).toBe(0);
    expect(built).toBe(1);
  });

  it('undoes with its transaction', async () => {
    stores = await openTestStores({ database });
    const { workspaceId: id } = await stores.createAccount(0);
    await rename.write(stores.db.kysely, { id, name: 'before' });
    const failing = stores.db.transact(async (trx) => {
      await rename.write(trx, { id, name: 'after' });
      throw new Error('undo');
    });
    await expect(failing).rejects.toThrow('undo');
    expect(await findName.first(stores.db.kysely, { id, otherwise: '' })).toStrictEqual({ name: 'before' });
  });
});
