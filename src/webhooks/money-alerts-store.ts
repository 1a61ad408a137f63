import type { Transaction } from 'kysely';
import type { Account } from '../credits/ledger-store.js';
import { fromCredits, toCredits, type Microcredits } from '../credits/microcredits.js';
import { prepare } from '../db/prepared.js';
import type { Database } from '../db/schema.js';
import { invariant } from '../errors.js';
import type { SpendingStore, UsageOf } from '../limits/usage-store.js';
import { parseAlerts } from '../workspaces/alerts.js';
import { parseLimits, toLimits } from '../workspaces/limits.js';
import { enqueueEvent, type EventScope } from './enqueue-event-store.js';

type Trx = Transaction<Database>;

/** The budget of a key, or that of a workspace in one mode. */
interface Budget {
  readonly usage: UsageOf;
  /** As the table of told alerts names it. */
  readonly subject: string;
  readonly limit: Microcredits;
}

/**
 * Tells which parts of the month's budgets have been reached, each once a month. To be asked in the transaction that
 * charged, after the account was locked: charges of one account come one after the other, so none is overlooked.
 */
export async function tellBudgets(
  trx: Trx,
  spending: SpendingStore,
  scope: EventScope,
  keyId: string,
): Promise<void> {
  const row = await findBudgets.first(trx, { workspaceId: scope.workspaceId, keyId });
  // Almost nobody has one.
  if (row === undefined || (row.limits_json === null && row.key_limits_json === null)) return;
  const { budget_percents: percents } = parseAlerts(row.alerts_json);
  if (percents.length === 0) return;
  const account = { workspaceId: scope.workspaceId, mode: scope.mode };
  const budgets: readonly Budget[] = [
    ...budgetOf(row.key_limits_json, { scope: 'key', keyId, ...account }, keyId),
    ...budgetOf(row.limits_json, { scope: 'workspace', ...account }, 'workspace'),
  ];
  for (const budget of budgets) await tellBudget(trx, spending, scope, budget, percents);
}

/**
 * Tells that a balance has fallen below the workspace's threshold, in the transaction in which it did.
 * @param fall by how much it fell; it is written already
 */
export async function tellLowCredits(
  trx: Trx,
  { workspaceId, mode }: Account,
  fall: Microcredits,
  now: Date,
): Promise<void> {
  const row = await findBalance.first(trx, { workspaceId, mode });
  invariant(row !== undefined, 'every workspace has both accounts');
  const { low_credits: threshold } = parseAlerts(row.alerts_json);
  const after = row.balance_microcredits;
  if (after >= fromCredits(threshold) || after + fall < fromCredits(threshold)) return;
  await enqueueEvent(trx, { workspaceId, mode, now }, 'credits.low', () => ({
    object: 'credits',
    balance: toCredits(after),
    threshold,
  }));
}

const findBudgets = prepare<
  { readonly workspaceId: string; readonly keyId: string },
  { limits_json: string | null; alerts_json: string | null; key_limits_json: string | null }
>((db, value) =>
  db
    .selectFrom('workspaces')
    .leftJoin('api_keys', (join) => join.on('api_keys.id', '=', value('keyId')))
    .select(['workspaces.limits_json', 'workspaces.alerts_json', 'api_keys.limits_json as key_limits_json'])
    .where('workspaces.id', '=', value('workspaceId')),
);

const findBalance = prepare<Account, { balance_microcredits: Microcredits; alerts_json: string | null }>(
  (db, value) =>
    db
      .selectFrom('accounts')
      .innerJoin('workspaces', 'workspaces.id', 'accounts.workspace_id')
      .select(['accounts.balance_microcredits', 'workspaces.alerts_json'])
      .where('accounts.workspace_id', '=', value('workspaceId'))
      .where('accounts.mode', '=', value('mode')),
);

function budgetOf(limitsJson: string | null, usage: UsageOf, subject: string): readonly Budget[] {
  const { monthlyMicrocredits: limit } = toLimits(parseLimits(limitsJson));
  return limit === undefined || limit === 0 ? [] : [{ usage, subject, limit }];
}

async function tellBudget(
  trx: Trx,
  spending: SpendingStore,
  scope: EventScope,
  { usage, subject, limit }: Budget,
  percents: readonly number[],
): Promise<void> {
  const month = scope.now.toISOString().slice(0, 7);
  const start = new Date(`${month}-01T00:00:00Z`);
  const spent = await spending.sumCharged(trx, usage, start, scope.now);
  for (const percent of percents.filter((part) => spent * 100 >= limit * part)) {
    const told = await trx
      .insertInto('budget_alerts')
      .values({
        workspace_id: scope.workspaceId,
        mode: scope.mode,
        subject,
        month,
        percent,
        told_at: scope.now.getTime(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (told.numInsertedOrUpdatedRows !== 1n) continue;
    await enqueueEvent(trx, scope, 'budget.threshold_reached', () => ({
      object: 'budget',
      scope: usage.scope,
      ...(usage.scope === 'key' ? { key_id: usage.keyId } : {}),
      month,
      percent,
      monthly_credits: toCredits(limit),
      spent_credits: toCredits(spent),
    }));
  }
}
