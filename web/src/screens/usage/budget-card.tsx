import { useQuery } from '@tanstack/react-query';
import { budgetsOf, type Budget } from '../../api/usage.js';
import { useApi, useCurrentKey, useMay } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { Credits } from '../../parts/credits.js';
import { Notice } from '../../parts/notice.js';
import { Spinner } from '../../parts/spinner.js';
import { BudgetForm } from './budget-form.js';
import { utcDateWords } from './day-words.js';

/** What this month may cost, what it has cost, and when it ends. */
export function BudgetCard() {
  const key = useCurrentKey();
  const api = useApi();
  const may = useMay();
  const budgets = useQuery({
    queryKey: [key.id, 'budgets'],
    queryFn: ({ signal }) => api(budgetsOf(signal)),
    refetchInterval: 30_000,
  });
  const [workspace, ...keys] = budgets.data?.data ?? [];
  return (
    <section aria-labelledby="usage-budget" className="rounded-lg border border-line bg-sheet px-5 py-4">
      <h2 id="usage-budget" className="text-sm text-soft">
        This month’s budget
      </h2>
      {budgets.isError ? (
        <Notice kind="bad" title="The budget can not be read">
          <p>{budgets.error.message}</p>
          <Button onClick={() => void budgets.refetch()}>Try again</Button>
        </Notice>
      ) : budgets.data === undefined || workspace === undefined ? (
        <Spinner label="Reading the budget" />
      ) : (
        <>
          {workspace.monthly_credits === undefined ? (
            <p className="font-serif text-2xl">No budget</p>
          ) : (
            <p className="font-serif text-2xl tabular-nums">
              <Credits amount={workspace.remaining ?? 0} mode={key.kind} /> left
            </p>
          )}
          <Spent budget={workspace} mode={key.kind} name="The workspace" />
          <p className="mt-1 text-sm text-soft">
            Begins anew on {utcDateWords(budgets.data.ends_at)} (UTC). Live and test keys have it each.
          </p>
          {may('change_settings') && <BudgetForm monthly={workspace.monthly_credits} />}
          {keys.length > 0 && (
            <div className="mt-4 border-t border-line pt-3">
              <h3 className="text-sm text-soft">Keys with a budget of their own</h3>
              <ul className="mt-1 flex flex-col gap-2">
                {keys.map((budget) => (
                  <li key={budget.key_id}>
                    <p className="text-sm font-medium break-words">{budget.key_name}</p>
                    <Spent budget={budget} mode={key.kind} name={budget.key_name ?? 'The key'} />
                  </li>
                ))}
              </ul>
            </div>
          )}
        </>
      )}
    </section>
  );
}

interface SpentProps {
  readonly budget: Budget;
  readonly mode: 'live' | 'test';
  readonly name: string;
}

function Spent({ budget: { monthly_credits: limit, charged, held }, mode, name }: SpentProps) {
  const used = charged + held;
  const share = limit === undefined ? 0 : limit === 0 ? 1 : Math.min(1, used / limit);
  const colour = share >= 1 ? 'bg-bad' : share >= 0.8 ? 'bg-warn' : 'bg-good';
  return (
    <>
      {limit !== undefined && (
        <div
          role="meter"
          aria-label={`${name}: part of the budget that is spent`}
          aria-valuenow={Math.round(share * 100)}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuetext={`${Math.round(share * 100)} percent`}
          className="mt-2 h-2 overflow-hidden rounded-full bg-well"
        >
          <div className={`h-full ${colour}`} style={{ width: `${share * 100}%` }} />
        </div>
      )}
      <p className="mt-1 text-sm tabular-nums">
        <Credits amount={charged} mode={mode} /> charged
        {held > 0 && (
          <>
            , <Credits amount={held} mode={mode} /> set aside
          </>
        )}
        {limit === undefined ? (
          ' this month so far.'
        ) : (
          <>
            {' '}
            of <Credits amount={limit} mode={mode} />.
          </>
        )}
        {share >= 1 && (
          <strong className="font-semibold text-bad">
            {' '}
            Spent: requests that cost something are refused.
          </strong>
        )}
      </p>
    </>
  );
}
