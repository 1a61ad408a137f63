import type { ReactNode } from 'react';
import { Button } from '../../parts/button.js';
import { Notice } from '../../parts/notice.js';
import { Spinner } from '../../parts/spinner.js';

interface SectionProps {
  readonly title: string;
  readonly about: ReactNode;
  readonly children: ReactNode;
}

/** One section of the settings: what it is about, then what can be set. */
export function Section({ title, about, children }: SectionProps) {
  return (
    <section aria-label={title} className="flex flex-col gap-5">
      <header>
        <h2 className="font-serif text-xl">{title}</h2>
        <p className="mt-1 max-w-prose text-soft">{about}</p>
      </header>
      {children}
    </section>
  );
}

interface LoadedProps<Data> {
  readonly query: {
    readonly data: Data | undefined;
    readonly error: Error | null;
    readonly refetch: () => unknown;
  };
  /** What is read, as in “The keys can not be read”. */
  readonly what: string;
  readonly children: (data: Data) => ReactNode;
}

/** What was read; until then that it is on its way, or why it can't be read. */
export function Loaded<Data>({ query, what, children }: LoadedProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error === null) return <Spinner label={`Reading ${what}`} />;
  return (
    <Notice kind="bad" title={`${what.charAt(0).toUpperCase()}${what.slice(1)} can not be read`}>
      <p>{query.error.message}</p>
      <Button onClick={() => void query.refetch()}>Try again</Button>
    </Notice>
  );
}
