import { useMutation, useQueryClient } from '@tanstack/react-query';
import { refillOf } from '../../api/credits.js';
import { useApi, useCurrentKey, useMay } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { Credits } from '../../parts/credits.js';
import { Notice } from '../../parts/notice.js';
import { Spinner } from '../../parts/spinner.js';
import { useBalance } from '../../parts/use-balance.js';
import { dateWords } from './day-words.js';

/** As much as a workspace has at first. */
const REFILL_CREDITS = 1_000;

/** What can be spent, what is set aside, and what leaves by itself. */
export function BalanceCard() {
  const key = useCurrentKey();
  const balance = useBalance();
  const { data } = balance;
  return (
    <section aria-labelledby="usage-balance" className="rounded-lg border border-line bg-sheet px-5 py-4">
      <h2 id="usage-balance" className="text-sm text-soft">
        Can be spent
      </h2>
      {balance.isError ? (
        <Notice kind="bad" title="The balance can not be read">
          <p>{balance.error.message}</p>
          <Button onClick={() => void balance.refetch()}>Try again</Button>
        </Notice>
      ) : data === undefined ? (
        <Spinner label="Reading the balance" />
      ) : (
        <>
          <p className="font-serif text-2xl tabular-nums">
            <Credits amount={data.available} mode={data.mode} />
          </p>
          <p className="mt-1 text-sm text-soft tabular-nums">
            {data.held === 0 ? (
              'Nothing is set aside for requests that run.'
            ) : (
              <>
                <Credits amount={data.held} mode={data.mode} /> of{' '}
                <Credits amount={data.balance} mode={data.mode} /> are set aside for requests that run; what
                they don’t need comes back.
              </>
            )}
          </p>
          {data.expiring.map(({ credits, expires_at: expiresAt }) => (
            <p key={`${expiresAt} ${credits}`} className="mt-1 text-sm text-warn tabular-nums">
              <Credits amount={credits} mode={data.mode} /> go on {dateWords(expiresAt)}; they are spent
              first.
            </p>
          ))}
          {key.kind === 'test' ? (
            <Refill />
          ) : (
            <p className="mt-3 text-sm text-soft">
              One credit is US$0.01. The operator of this server adds credits.
            </p>
          )}
        </>
      )}
    </section>
  );
}

function Refill() {
  const key = useCurrentKey();
  const api = useApi();
  const may = useMay();
  const client = useQueryClient();
  const refill = useMutation({
    mutationFn: () => api(refillOf(REFILL_CREDITS)),
    onSuccess: (balance) => {
      client.setQueryData([key.id, 'credits'], balance);
      void client.invalidateQueries({ queryKey: [key.id, 'ledger'] });
    },
  });
  if (!may('top_up')) return <p className="mt-3 text-sm text-soft">Test credits cost nothing.</p>;
  return (
    <div className="mt-3 flex flex-wrap items-center gap-3">
      <Button
        disabled={refill.isPending}
        onClick={() => {
          refill.mutate();
        }}
      >
        {refill.isPending ? 'Adding…' : 'Add 1,000 test credits'}
      </Button>
      <p className="text-sm text-soft">They cost nothing.</p>
      {refill.isError && (
        <p role="alert" className="w-full text-sm text-bad">
          Nothing was added. {refill.error.message}
        </p>
      )}
    </div>
  );
}
