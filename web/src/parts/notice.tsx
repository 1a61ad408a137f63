import type { ReactNode } from 'react';

const LOOKS = {
  bad: 'bg-bad-wash text-bad',
  warn: 'bg-warn-wash text-warn',
  plain: 'bg-well text-ink',
} as const;

interface NoticeProps {
  readonly kind: keyof typeof LOOKS;
  readonly title: string;
  readonly children?: ReactNode;
}

/** Something that has to be known: what happened, what it cost, what can be done. */
export function Notice({ kind, title, children }: NoticeProps) {
  return (
    <div role={kind === 'bad' ? 'alert' : 'status'} className={`rounded-md px-4 py-3 text-sm ${LOOKS[kind]}`}>
      <p className="font-semibold">{title}</p>
      {children !== undefined && (
        <div className="mt-1 flex flex-col items-start gap-2 text-ink">{children}</div>
      )}
    </div>
  );
}
