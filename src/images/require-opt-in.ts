import type { Transaction } from 'kysely';
import type { Database } from '../db/schema.js';
import { AppError } from '../errors.js';
import type { Candidate } from './plan-types.js';

/**
 * The opt-in as it is in the moment of the hold: a caller that was looked up a few seconds ago may not know of an opt-out that
 * another process has written since.
 * @throws AppError prc_opt_in_required
 */
export async function requireOptIn(
  trx: Transaction<Database>,
  workspaceId: string,
  { route, model }: Candidate,
): Promise<void> {
  if (route.operatorCountry !== 'CN' && route.country !== 'CN') return;
  const row = await trx
    .selectFrom('workspaces')
    .select('prc_opt_in')
    .where('id', '=', workspaceId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (row?.prc_opt_in === 1) return;
  throw new AppError('prc_opt_in_required', {
    message: `${model.entry.slug} runs with ${route.operator} (operator ${route.operatorCountry}, hosted ${route.country}), and this workspace has opted out.`,
    param: 'model',
  });
}
