import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../db/schema.js';
import { AppError } from '../errors.js';
import { ProviderError } from '../providers/provider.js';
import { findOperatorPolicy } from '../workspaces/operator-policy-store.js';
import { parsePolicy, toPolicy } from '../workspaces/policy.js';
import { refusePolicy } from './plan-policy.js';
import type { Candidate } from './plan-types.js';

type Reader = Kysely<Database> | Transaction<Database>;

/**
 * The rules as they are in this moment: a caller that was looked up a few seconds ago may not know of an opt-out that
 * another process has written since.
 * @throws AppError prc_opt_in_required, model_not_allowed
 */
export async function requireAllowed(
  db: Reader,
  workspaceId: string,
  { route, model }: Candidate,
): Promise<void> {
  const row = await db
    .selectFrom('workspaces')
    .select(['prc_opt_in', 'policy_json', 'retired_models'])
    .where('id', '=', workspaceId)
    .executeTakeFirstOrThrow();
  refusePolicy(model, route, {
    mode: 'live',
    prcOptIn: row.prc_opt_in === 1,
    retiredModels: row.retired_models,
    rules: [
      { origin: 'workspace', policy: toPolicy(parsePolicy(row.policy_json)) },
      { origin: 'operator', policy: toPolicy(await findOperatorPolicy(db)) },
    ],
  });
}

/**
 * Asked right before each call is sent, the repeated ones too: what waited for its turn while the rules changed stays here.
 * @returns why the call must not be sent; its cause is what callers are told
 */
export async function refuseCall(
  db: Reader,
  generationId: string,
  candidate: Candidate,
): Promise<ProviderError | undefined> {
  const { workspace_id: workspaceId } = await db
    .selectFrom('generations')
    .select('workspace_id')
    .where('id', '=', generationId)
    .executeTakeFirstOrThrow();
  try {
    await requireAllowed(db, workspaceId, candidate);
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return new ProviderError({
      kind: 'cancelled',
      retryable: false,
      billed: false,
      message: error.message,
      cause: error,
    });
  }
}
