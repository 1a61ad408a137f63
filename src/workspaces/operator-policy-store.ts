import type { Kysely, Transaction } from 'kysely';
import type { Db } from '../db/database.js';
import type { Database } from '../db/schema.js';
import { OPERATOR, writeAudit } from './audit-store.js';
import { changePolicy, parsePolicy, type PolicyChange, type WrittenPolicy } from './policy.js';

/** Where the operator's policy is among the settings. */
export const OPERATOR_POLICY = 'policy';

/** The rules that hold for every workspace beside its own. */
export async function findOperatorPolicy(
  db: Kysely<Database> | Transaction<Database>,
): Promise<WrittenPolicy> {
  const row = await db
    .selectFrom('operator_settings')
    .select('value_json')
    .where('name', '=', OPERATOR_POLICY)
    .executeTakeFirst();
  return parsePolicy(row?.value_json ?? null);
}

/** Changes the rules for every workspace; each has it in its audit log. @returns the rules as they are now */
export async function changeOperatorPolicy(
  db: Db,
  change: PolicyChange,
  address: string | undefined,
  now: Date,
): Promise<WrittenPolicy> {
  return db.transact(async (trx) => {
    const first = {
      name: OPERATOR_POLICY,
      value_json: JSON.stringify(parsePolicy(null)),
      updated_at: now.getTime(),
    };
    // There must be a row that two changes at the same time can wait for.
    await trx
      .insertInto('operator_settings')
      .values(first)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const row = await trx
      .selectFrom('operator_settings')
      .select('value_json')
      .where('name', '=', OPERATOR_POLICY)
      .forNoKeyUpdate()
      .executeTakeFirstOrThrow();
    const before = parsePolicy(row.value_json);
    const after = changePolicy(before, change);
    await trx
      .updateTable('operator_settings')
      .set({ value_json: JSON.stringify(after), updated_at: now.getTime() })
      .where('name', '=', OPERATOR_POLICY)
      .execute();
    for (const { id } of await trx.selectFrom('workspaces').select('id').execute()) {
      await writeAudit(trx, {
        workspaceId: id,
        actor: { id: OPERATOR, address },
        action: 'operator_policy.changed',
        before,
        after,
        now,
      });
    }
    return after;
  });
}
