import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ledgerPage, type LedgerEntry } from '../../api/credits.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { ChevronIcon } from '../../parts/icons.js';
import { Notice } from '../../parts/notice.js';
import { Segmented } from '../../parts/segmented.js';
import { Spinner } from '../../parts/spinner.js';
import { momentWords } from './day-words.js';
import { LedgerPurpose } from './ledger-purpose.js';
import { ledgerAmount, ledgerWords } from './ledger-words.js';

/** Every move of credits, newest first. */
export function LedgerSection() {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const [moves, setMoves] = useState<'balance' | 'all'>('balance');
  const ledger = useInfiniteQuery({
    queryKey: [keyId, 'ledger', moves],
    queryFn: ({ pageParam, signal }) => api(ledgerPage(moves, pageParam, signal)),
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (page) => (page.has_more ? page.last_id : undefined),
  });
  const entries = ledger.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <section aria-labelledby="usage-ledger" className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="usage-ledger" className="mr-auto font-serif text-xl">
          Every move of credits
        </h2>
        <Segmented
          label="Which moves"
          value={moves}
          options={[
            { value: 'balance', label: 'Balance' },
            { value: 'all', label: 'With what is set aside' },
          ]}
          onChange={setMoves}
        />
      </div>
      {ledger.isPending ? (
        <Spinner label="Reading the ledger" />
      ) : entries.length === 0 && !ledger.isError ? (
        <p className="text-soft">There was none yet. Each charge will stand here, with what it was for.</p>
      ) : (
        <ul className="overflow-hidden rounded-lg border border-line bg-sheet">
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ul>
      )}
      {ledger.isError && (
        <Notice kind="bad" title="The ledger can not be read">
          <p>{ledger.error.message}</p>
          <Button onClick={() => void (entries.length === 0 ? ledger.refetch() : ledger.fetchNextPage())}>
            Try again
          </Button>
        </Notice>
      )}
      {ledger.hasNextPage && !ledger.isError && (
        <Button
          className="self-start"
          disabled={ledger.isFetchingNextPage}
          onClick={() => void ledger.fetchNextPage()}
        >
          {ledger.isFetchingNextPage ? 'Reading…' : 'Show earlier moves'}
        </Button>
      )}
    </section>
  );
}

const FIRST_PAGE: string | undefined = undefined;

/** What belongs to a request unfolds to it. */
function Entry({ entry }: { readonly entry: LedgerEntry }) {
  const [open, setOpen] = useState(false);
  const { generation_id: generationId } = entry;
  return (
    <li className="border-b border-line last:border-0">
      {generationId === undefined ? (
        <div className="flex items-baseline gap-2.5 py-2.5 pr-4 pl-10">
          <Move entry={entry} />
        </div>
      ) : (
        <details
          className="group"
          onToggle={(event) => {
            setOpen(event.currentTarget.open);
          }}
        >
          <summary className="flex list-none items-baseline gap-2.5 px-4 py-2.5 -outline-offset-2 hover:bg-hover [&::-webkit-details-marker]:hidden">
            <ChevronIcon className="size-3.5 shrink-0 -rotate-90 self-center text-soft group-open:rotate-0" />
            <Move entry={entry} />
          </summary>
          {open && (
            <div className="pr-4 pb-4 pl-10">
              <LedgerPurpose generationId={generationId} comparisonId={entry.comparison_id} />
            </div>
          )}
        </details>
      )}
    </li>
  );
}

function Move({ entry }: { readonly entry: LedgerEntry }) {
  const { title, detail } = ledgerWords(entry);
  const { text, moves } = ledgerAmount(entry);
  return (
    <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-4">
      <span className="min-w-0 flex-1">
        <span className="font-medium">{title}</span>{' '}
        <span className="hidden text-sm break-words text-soft sm:inline">{detail}</span>
      </span>
      <span className={`tabular-nums ${moves === 'balance' ? '' : 'text-soft'}`}>
        {text}
        {moves === 'balance' && <span className="sr-only"> credits</span>}
      </span>
      <time
        dateTime={new Date(entry.created * 1000).toISOString()}
        className="w-full text-sm text-soft sm:w-40 sm:text-right"
      >
        {momentWords(entry.created)}
      </time>
    </span>
  );
}
