import { CloseIcon } from '../../parts/icons.js';

interface ValueChipsProps {
  readonly label: string;
  readonly values: readonly string[];
  /** The first so many can't be taken out. */
  readonly fixed?: number;
  readonly onRemove: (value: string) => void;
}

/** Values that were written, one chip each. */
export function ValueChips({ label, values, fixed = 0, onRemove }: ValueChipsProps) {
  if (values.length === 0) return null;
  return (
    <ul aria-label={label} className="flex flex-wrap gap-1.5">
      {values.map((value, place) => (
        <li key={value} className="flex max-w-full items-center rounded-sm bg-well px-2 text-sm tabular-nums">
          <span className="truncate py-0.5">{value}</span>
          {place >= fixed && (
            <button
              type="button"
              aria-label={`Without ${value}`}
              onClick={() => {
                onRemove(value);
              }}
              className="-mr-2 grid size-6 shrink-0 place-items-center rounded-sm text-soft hover:text-ink"
            >
              <CloseIcon className="size-3" />
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
