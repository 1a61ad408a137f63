import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { auditPage, type AuditEntry } from '../../api/audit.js';
import { keyList } from '../../api/keys.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { Notice } from '../../parts/notice.js';
import { Spinner } from '../../parts/spinner.js';
import { actionWords, differences } from './audit-words.js';
import { Section } from './section.js';
import { momentWords } from './time-words.js';

const FIRST_PAGE: string | undefined = undefined;

/** Who changed what, and when. */
export function AuditSection() {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const keys = useQuery({ queryKey: [keyId, 'keys'], queryFn: ({ signal }) => api(keyList(signal)) });
  const log = useInfiniteQuery({
    queryKey: [keyId, 'audit'],
    queryFn: ({ pageParam, signal }) => api(auditPage(pageParam, signal)),
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (page) => (page.has_more ? page.last_id : undefined),
  });
  const entries = log.data?.pages.flatMap(({ data }) => data) ?? [];
  const nameOf = (actor: string) =>
    actor === 'operator' ? 'the operator' : (keys.data?.data.find(({ id }) => id === actor)?.name ?? actor);
  return (
    <Section
      title="Audit log"
      about="Every change of settings, keys, fallbacks, webhooks and recipes, with who made it. Nothing in it can be changed."
    >
      {log.isPending ? (
        <Spinner label="Reading the audit log" />
      ) : entries.length === 0 && !log.isError ? (
        <p className="text-soft">Nothing was changed yet.</p>
      ) : (
        <ul className="overflow-hidden rounded-lg border border-line bg-sheet">
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} actor={nameOf(entry.actor)} />
          ))}
        </ul>
      )}
      {log.isError && (
        <Notice kind="bad" title="The audit log can not be read">
          <p>{log.error.message}</p>
          <Button onClick={() => void (entries.length === 0 ? log.refetch() : log.fetchNextPage())}>
            Try again
          </Button>
        </Notice>
      )}
      {log.hasNextPage && !log.isError && (
        <Button
          className="self-start"
          disabled={log.isFetchingNextPage}
          onClick={() => void log.fetchNextPage()}
        >
          {log.isFetchingNextPage ? 'Reading…' : 'Show earlier changes'}
        </Button>
      )}
    </Section>
  );
}

function Entry({ entry, actor }: { readonly entry: AuditEntry; readonly actor: string }) {
  const changed = differences(entry.before, entry.after);
  return (
    <li className="border-b border-line px-5 py-3 last:border-0">
      <div className="flex flex-wrap items-baseline gap-x-4">
        <p className="min-w-0 flex-1 break-words">
          <span className="font-medium">{actionWords(entry.action)}</span>{' '}
          <span className="text-sm text-soft">
            by {actor}
            {entry.address !== undefined && <> from {entry.address}</>}
          </span>
        </p>
        <time dateTime={new Date(entry.created * 1000).toISOString()} className="text-sm text-soft">
          {momentWords(entry.created)}
        </time>
      </div>
      {changed.length > 0 && (
        <ul className="mt-1 text-sm text-soft">
          {changed.map(({ name, before, after }) => (
            <li key={name} className="break-words">
              <code className="font-mono text-xs">{name}</code>:{' '}
              {before !== undefined && <del className="decoration-bad/60">{before}</del>}
              {before !== undefined && after !== undefined && ' → '}
              {after !== undefined && <ins className="text-ink no-underline">{after}</ins>}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
