import type { AxisName, ComparedAxis, Coordinates } from '../../api/comparisons.js';

/** Which axis lies side by side, if it is there; the others are headings. */
const SIDE_BY_SIDE: readonly AxisName[] = ['model', 'size', 'prompt_replace', 'seed', 'prompt'];

/** Cells that only differ in what lies side by side. */
export interface Row<Placed> {
  /** Which values of the other axes they have. */
  readonly coordinates: Coordinates;
  readonly cells: readonly Placed[];
}

export interface Arrangement<Placed> {
  readonly across: ComparedAxis | undefined;
  /** In the order of the headings. */
  readonly others: readonly ComparedAxis[];
  readonly rows: readonly Row<Placed>[];
}

/** Puts cells into rows. */
export function arrange<Placed extends { readonly coordinates: Coordinates }>(
  axes: readonly ComparedAxis[],
  cells: readonly Placed[],
): Arrangement<Placed> {
  const name = SIDE_BY_SIDE.find((one) => axes.some(({ axis }) => axis === one));
  const across = axes.find(({ axis }) => axis === name);
  const others = axes.filter((axis) => axis !== across);
  const rows = new Map<string, { coordinates: Coordinates; cells: Placed[] }>();
  for (const cell of cells) {
    const key = others.map(({ axis }) => cell.coordinates[axis]).join(' ');
    const row = rows.get(key);
    if (row === undefined) rows.set(key, { coordinates: cell.coordinates, cells: [cell] });
    else row.cells.push(cell);
  }
  return { across, others, rows: [...rows.values()] };
}
