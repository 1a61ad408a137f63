import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { modelList } from '../../api/models.js';
import { usageOf, type UsageRow } from '../../api/usage.js';
import { useRouter } from '../../app/router.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { Notice } from '../../parts/notice.js';
import { Spinner } from '../../parts/spinner.js';
import { BalanceCard } from './balance-card.js';
import { BudgetCard } from './budget-card.js';
import { LedgerSection } from './ledger-section.js';
import { daysOf, listDays, readView, writeView, type UsageView } from './range.js';
import { RangeBar } from './range-bar.js';
import { arrange } from './series.js';
import { UsageReport } from './usage-report.js';

/** What was made and what it cost, what is left, and every move of credits. */
export function UsageScreen() {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const { path, query, go } = useRouter();
  const text = query.toString();
  const view = useMemo(() => readView(new URLSearchParams(text)), [text]);
  const range = useMemo(() => daysOf(view, new Date()), [view]);
  const setView = (change: Partial<UsageView>) => {
    go(path + writeView({ ...view, ...change }), true);
  };
  const usage = useQuery({
    queryKey: [keyId, 'usage', range, view.by],
    queryFn: ({ signal }) => api(usageOf(range, view.by, signal)),
  });
  const models = useQuery({
    queryKey: [keyId, 'models'],
    queryFn: ({ signal }) => api(modelList(signal)),
    staleTime: 60_000,
  });
  const arranged = useMemo(() => {
    const names = new Map((models.data?.data ?? []).map(({ id, name }) => [id, name]));
    const nameOf = (row: UsageRow) => {
      if (view.by === 'key') return { id: row.key_id ?? '', name: row.key_name ?? 'a key' };
      return { id: row.model ?? '', name: names.get(row.model ?? '') ?? row.model ?? 'a model' };
    };
    const days = listDays(range);
    return usage.data === undefined ? undefined : arrange(usage.data.data, days, view.show, nameOf);
  }, [usage.data, models.data, range, view.by, view.show]);

  return (
    <div className="mx-auto flex w-full max-w-6xl flex-col gap-10 px-4 py-8 sm:px-6">
      <h1 className="font-serif text-2xl">Usage</h1>
      <div className="grid gap-4 md:grid-cols-2">
        <BalanceCard />
        <BudgetCard />
      </div>
      <section aria-labelledby="usage-report" className="flex flex-col gap-5">
        <h2 id="usage-report" className="font-serif text-xl">
          What was made, and what it cost
        </h2>
        <RangeBar view={view} range={range} onChange={setView} />
        {usage.isError ? (
          <Notice kind="bad" title="The usage can not be read">
            <p>{usage.error.message}</p>
            <Button onClick={() => void usage.refetch()}>Try again</Button>
          </Notice>
        ) : usage.data === undefined || arranged === undefined ? (
          <div className="grid h-80 place-items-center rounded-lg border border-line bg-sheet">
            <Spinner label="Adding it up" />
          </div>
        ) : (
          <UsageReport usage={usage.data} view={view} {...arranged} />
        )}
      </section>
      <LedgerSection />
    </div>
  );
}
