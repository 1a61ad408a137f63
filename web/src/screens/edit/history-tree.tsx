import { useQuery } from '@tanstack/react-query';
import { Link } from '../../app/router.js';
import { useCurrentKey } from '../../app/session.js';
import { addressOf, type StoredInput } from './edit-draft.js';
import { loadHistory, type HistoryNode } from './load-history.js';

interface HistoryTreeProps {
  readonly input: StoredInput;
  /** Of the edit that was made last; a new one reads the tree again. */
  readonly made: string | undefined;
}

/** What the picture was made from and what was made from it; a click goes there. */
export function HistoryTree({ input, made }: HistoryTreeProps) {
  const { id: keyId } = useCurrentKey();
  const { data: root } = useQuery({
    queryKey: [keyId, 'history', input, made],
    queryFn: ({ signal }) => loadHistory(keyId, input, made, signal),
    placeholderData: (before) => before,
  });
  if (root === undefined || (root.children.length === 0 && root.input.id === input.id)) return null;
  return (
    <section
      aria-label="History of the picture"
      className="shrink-0 overflow-auto border-t border-line px-4 py-3 sm:px-6 lg:max-h-44"
    >
      <h2 className="mb-2 text-sm font-medium">History</h2>
      <ul>
        <Node node={root} current={input.id} />
      </ul>
    </section>
  );
}

function Node({ node, current }: { readonly node: HistoryNode; readonly current: string }) {
  const { input, picture, children } = node;
  const here = input.id === current;
  const words = picture === undefined ? 'The uploaded picture' : (picture.prompt ?? 'Picture');
  const gone = picture !== undefined && picture.url === undefined;
  const content = (
    <>
      <span className="size-10 shrink-0 overflow-hidden rounded-sm border border-line bg-well">
        {picture?.url !== undefined && (
          <img src={picture.url} alt="" loading="lazy" className="size-full object-cover" />
        )}
      </span>
      <span className="line-clamp-2 min-w-0 text-sm">
        {words}
        {gone && <span className="text-soft"> (gone)</span>}
        {here && <span className="text-seal"> · here</span>}
      </span>
    </>
  );
  const look = 'flex max-w-96 items-center gap-2.5 rounded-md p-1 pr-2';
  return (
    <li>
      {gone ? (
        <span className={look}>{content}</span>
      ) : (
        <Link
          href={addressOf(input)}
          aria-current={here ? 'page' : undefined}
          className={`${look} hover:bg-hover aria-[current]:bg-seal-wash`}
        >
          {content}
        </Link>
      )}
      {children.length > 0 && (
        <ul className="ml-5 border-l border-line pl-3">
          {children.map((child) => (
            <Node key={child.input.id} node={child} current={current} />
          ))}
        </ul>
      )}
    </li>
  );
}
