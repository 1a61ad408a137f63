import type { Kysely, Selectable, Transaction } from 'kysely';
import { prepare } from '../db/prepared.js';
import type { Database, WorkspaceTable } from '../db/schema.js';
import { AppError, invariant } from '../errors.js';
import { ProviderError } from '../providers/provider.js';
import { OPERATOR_POLICY } from '../workspaces/operator-policy-store.js';
import { parsePolicy, toPolicy } from '../workspaces/policy.js';
import { refusePolicy } from './plan-policy.js';
import type { Candidate } from './plan-types.js';

type Reader = Kysely<Database> | Transaction<Database>;

/**
 * The rules as they are in this moment: a caller that was looked up a few seconds ago may not know of an opt-out that
 * another process has written since.
 * @throws AppError prc_opt_in_required, model_not_allowed
 */
export async function requireAllowed(db: Reader, workspaceId: string, candidate: Candidate): Promise<void> {
  const rules = await findRules.first(db, { workspaceId });
  invariant(rules !== undefined, 'a workspace that calls exists');
  requireBy(rules, candidate);
}

function requireBy(rules: Rules, { route, model }: Candidate): void {
  refusePolicy(model, route, {
    mode: 'live',
    prcOptIn: rules.prc_opt_in === 1,
    retiredModels: rules.retired_models,
    rules: [
      { origin: 'workspace', policy: toPolicy(parsePolicy(rules.policy_json)) },
      { origin: 'operator', policy: toPolicy(parsePolicy(rules.operator_json)) },
    ],
  });
}

interface Rules extends Pick<Selectable<WorkspaceTable>, 'prc_opt_in' | 'policy_json' | 'retired_models'> {
  readonly operator_json: string | null;
}

const findRules = prepare<{ readonly workspaceId: string }, Rules>((db, value) =>
  selectRules(db).where('workspaces.id', '=', value('workspaceId')),
);

const findRulesOfGeneration = prepare<{ readonly generationId: string }, Rules>((db, value) =>
  selectRules(db)
    .innerJoin('generations', 'generations.workspace_id', 'workspaces.id')
    .where('generations.id', '=', value('generationId')),
);

function selectRules(db: Kysely<Database>) {
  return db
    .selectFrom('workspaces')
    .leftJoin('operator_settings', (join) => join.on('operator_settings.name', '=', OPERATOR_POLICY))
    .select([
      'workspaces.prc_opt_in',
      'workspaces.policy_json',
      'workspaces.retired_models',
      'operator_settings.value_json as operator_json',
    ]);
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
  const rules = await findRulesOfGeneration.first(db, { generationId });
  invariant(rules !== undefined, 'a call belongs to a generation of a workspace');
  try {
    requireBy(rules, candidate);
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
