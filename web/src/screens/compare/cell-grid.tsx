import type { ReactNode } from 'react';
import type { ComparedAxis, Coordinates } from '../../api/comparisons.js';
import type { Model } from '../../api/models.js';
import { arrange } from './arrange.js';
import { cellWords, valueWords } from './cell-words.js';

interface CellGridProps<Placed> {
  readonly axes: readonly ComparedAxis[];
  readonly cells: readonly Placed[];
  readonly models: readonly Model[];
  /** @param label what the cell is told by among its neighbours */
  readonly show: (cell: Placed, label: string) => ReactNode;
}

/** Cells side by side, a row for every combination of what else is varied. */
export function CellGrid<Placed extends { readonly index: number; readonly coordinates: Coordinates }>({
  axes,
  cells,
  models,
  show,
}: CellGridProps<Placed>) {
  const { across, others, rows } = arrange(axes, cells);
  return (
    <div className="flex flex-col gap-7">
      {rows.map((row) => {
        const heading = cellWords(others, row.coordinates, models);
        return (
          <section key={row.cells[0]?.index ?? heading} aria-label={heading === '' ? 'Pictures' : heading}>
            {heading !== '' && <h3 className="mb-2.5 line-clamp-2 text-sm font-medium">{heading}</h3>}
            <ul className="grid grid-cols-[repeat(auto-fit,minmax(min(13rem,46%),1fr))] items-start gap-x-4 gap-y-6">
              {row.cells.map((cell) => (
                <li key={cell.index} className="min-w-0">
                  {show(
                    cell,
                    across === undefined
                      ? ''
                      : valueWords(across, cell.coordinates[across.axis] ?? 0, models),
                  )}
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}
