import type { Axis, AxisName } from './axes.js';

/** Columns of one block at most; more values go on in a further block. */
const MAX_COLUMNS = 10;
/** Rows of one block at most: narrow blocks are short, so that several can stand side by side. */
const MAX_ROWS = [5, 5, 5, 8, 8] as const;
const MAX_ROWS_OF_WIDE = 12;

/** Which axis goes which way on a sheet. Axes with a single value go no way. */
export interface Arrangement {
  readonly columns: Axis | undefined;
  readonly rows: Axis | undefined;
  /** Every combination of their values is a block of its own. */
  readonly blocks: readonly Axis[];
  readonly constants: readonly Axis[];
}

/** Sizes make rows of one height; prompts are long and read best as headings. */
const ROWS_FIRST: readonly AxisName[] = ['size', 'seed', 'prompt_replace', 'model', 'prompt'];

/** Models stand side by side wherever there is room for them. */
export function arrangeAxes(axes: readonly Axis[]): Arrangement {
  const active = axes.filter(({ values }) => values.length > 1);
  const fitting = active.filter(({ values }) => values.length <= MAX_COLUMNS);
  const columns =
    fitting.find(({ axis }) => axis === 'model') ??
    fitting.reduce<Axis | undefined>(
      (best, axis) => (best === undefined || axis.values.length > best.values.length ? axis : best),
      undefined,
    ) ??
    active[0];
  const others = active.filter((axis) => axis !== columns);
  const rows = ROWS_FIRST.map((name) => others.find(({ axis }) => axis === name)).find(
    (axis) => axis !== undefined,
  );
  return {
    columns,
    rows,
    blocks: others.filter((axis) => axis !== rows),
    constants: axes.filter(({ values }) => values.length === 1),
  };
}

/** Columns of each block: places of their axis, in even runs; one run of nothing for no axis. */
export function columnRuns(axis: Axis | undefined): readonly (readonly number[])[] {
  return runsOf(axis, MAX_COLUMNS);
}

/** Rows of each block, in the same way. @param columns how many stand side by side */
export function rowRuns(axis: Axis | undefined, columns: number): readonly (readonly number[])[] {
  return runsOf(axis, MAX_ROWS[columns] ?? MAX_ROWS_OF_WIDE);
}

function runsOf(axis: Axis | undefined, max: number): readonly (readonly number[])[] {
  if (axis === undefined) return [[]];
  const count = axis.values.length;
  const length = Math.ceil(count / Math.ceil(count / max));
  const runs: number[][] = [];
  for (let start = 0; start < count; start += length) {
    runs.push(Array.from({ length: Math.min(length, count - start) }, (_, index) => start + index));
  }
  return runs;
}

/** Every combination of values of some axes. */
export function combinationsOf(
  axes: readonly Axis[],
): readonly Readonly<Partial<Record<AxisName, number>>>[] {
  return axes.reduce<Partial<Record<AxisName, number>>[]>(
    (all, { axis, values }) =>
      all.flatMap((one) => values.map((_value, index) => ({ ...one, [axis]: index }))),
    [{}],
  );
}
