import type { PlannedCell } from '../../api/comparisons.js';
import { useCurrentKey } from '../../app/session.js';
import { adviceFor } from '../../parts/failure-notice.js';
import { Credits } from '../../parts/credits.js';
import { notesOf } from '../../parts/plan-notes.js';
import { formatSize } from '../../parts/whereabouts.js';
import { Frame } from './frame.js';

/** Percent of the height of the screen: what is only planned leaves room for what was made. */
const PLANNED_MOST = 18;

/** A picture that would be made, or why it can't. */
export function PlannedCard({ cell, label }: { readonly cell: PlannedCell; readonly label: string }) {
  const { kind } = useCurrentKey();
  const { credits, size_delivered: size, error } = cell;
  const notes = notesOf(cell);
  return (
    <>
      {error === undefined ? (
        <Frame size={size} most={PLANNED_MOST} look="border border-dashed border-edge/60 bg-well/50" />
      ) : (
        <div className="rounded-sm border border-dashed border-edge/60 p-4 text-sm">
          <p className="text-bad">{error.message}</p>
          <p className="mt-1 text-soft">It is left out and costs nothing. {adviceFor(error.code)}</p>
        </div>
      )}
      <p className="mt-2 truncate text-sm font-medium">{label}</p>
      <p className="text-xs text-soft tabular-nums">
        {credits === undefined ? (
          'can’t be made'
        ) : credits === 0 ? (
          'free'
        ) : (
          <>
            up to <Credits amount={credits} mode={kind} />
          </>
        )}
        {size !== undefined && ` · ${formatSize(size)}`}
      </p>
      {notes.map((note) => (
        <p key={note} className="mt-1 text-xs text-soft">
          {note}
        </p>
      ))}
    </>
  );
}
