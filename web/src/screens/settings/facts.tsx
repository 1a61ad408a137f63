import type { ReactNode } from 'react';

/** Settings that somebody may read and not change. */
export function Facts({ facts }: { readonly facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="rounded-lg border border-line bg-sheet">
      {facts.map(([name, value]) => (
        <div key={name} className="border-b border-line px-5 py-3 last:border-0 sm:flex sm:gap-6">
          <dt className="text-soft sm:w-56 sm:shrink-0">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Said once where a section can only be read. */
export const READ_ONLY = 'Your key may read this; owners and admins change it.';
