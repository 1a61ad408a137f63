import type { Db } from '../db/database.js';
import { writeAudit, type Actor } from './audit-store.js';
import { parseFallbacks, type WrittenFallback } from './fallbacks.js';

/**
 * Sets or removes the chain behind one model and writes that into the audit log, in one transaction.
 * @param chain undefined removes it
 * @returns false when there was nothing to remove
 */
export async function changeFallback(
  db: Db,
  change: {
    readonly workspaceId: string;
    readonly actor: Actor;
    readonly model: string;
    readonly chain: WrittenFallback | undefined;
  },
  now: Date,
): Promise<boolean> {
  const { workspaceId, actor, model, chain } = change;
  return db.transact(async (trx) => {
    const row = await trx
      .selectFrom('workspaces')
      .select('fallbacks_json')
      .where('id', '=', workspaceId)
      .forNoKeyUpdate()
      .executeTakeFirstOrThrow();
    const chains = parseFallbacks(row.fallbacks_json);
    const before = chains[model];
    if (before === undefined && chain === undefined) return false;
    const others = Object.entries(chains).filter(([slug]) => slug !== model);
    const after = Object.fromEntries(chain === undefined ? others : [...others, [model, chain]]);
    await trx
      .updateTable('workspaces')
      .set({ fallbacks_json: JSON.stringify(after) })
      .where('id', '=', workspaceId)
      .execute();
    await writeAudit(trx, {
      workspaceId,
      actor,
      action: 'fallback.changed',
      before: before === undefined ? null : { model, ...before },
      after: chain === undefined ? null : { model, ...chain },
      now,
    });
    return true;
  });
}
