import { useInfiniteQuery, type InfiniteData } from '@tanstack/react-query';
import { comparisonList, type ComparisonPage, type ComparisonSummary } from '../../api/comparisons.js';
import { Link } from '../../app/router.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { Credits } from '../../parts/credits.js';
import { axesWords } from './cell-words.js';
import { promptWords } from './compare-draft.js';

const moment = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** Comparisons of the workspace, newest first. */
export function PastComparisons() {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const list = useInfiniteQuery<
    ComparisonPage,
    Error,
    InfiniteData<ComparisonPage>,
    readonly string[],
    string | undefined
  >({
    queryKey: [keyId, 'comparisons'],
    queryFn: ({ pageParam, signal }) => api(comparisonList(pageParam, signal)),
    initialPageParam: undefined,
    getNextPageParam: (last) => (last.has_more ? last.last_id : undefined),
  });
  const found = list.data?.pages.flatMap(({ data }) => data) ?? [];
  if (list.isError) {
    return (
      <p role="alert" className="text-sm text-bad">
        Earlier comparisons can not be read. {list.error.message}
      </p>
    );
  }
  if (found.length === 0) return null;
  return (
    <section aria-labelledby="earlier-comparisons">
      <h2 id="earlier-comparisons" className="mb-2 text-sm font-medium">
        Earlier comparisons
      </h2>
      <ul className="divide-y divide-line border-y border-line">
        {found.map((comparison) => (
          <li key={comparison.id}>
            <Past comparison={comparison} />
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <Button
          className="mt-3"
          aria-disabled={list.isFetchingNextPage}
          onClick={() => {
            if (!list.isFetchingNextPage) void list.fetchNextPage();
          }}
        >
          {list.isFetchingNextPage ? 'Looking…' : 'Show older ones'}
        </Button>
      )}
    </section>
  );
}

function Past({ comparison }: { readonly comparison: ComparisonSummary }) {
  const { kind } = useCurrentKey();
  const { id, axes, counts, created, credits_used: used, status } = comparison;
  return (
    <Link href={`/compare?id=${id}`} className="block rounded-sm px-1 py-3 hover:bg-hover">
      <span className="line-clamp-1 font-serif text-lg">{promptWords(comparison)}</span>
      <span className="text-sm text-soft tabular-nums">
        {axesWords(axes)} · {status === 'running' ? 'running, ' : ''}
        {counts.succeeded} of {counts.total} pictures ·{' '}
        {counts.succeeded > 0 && used === 0 ? 'free' : <Credits amount={used} mode={kind} />} ·{' '}
        {moment.format(new Date(created * 1000))}
      </span>
    </Link>
  );
}
