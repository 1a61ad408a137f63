import type { Canvas } from '../canvas.js';
import type { Plane } from '../styles/planes.js';

/** The picture in coarse cells, for judging regions: mean colours and how uneven each cell is, 0 to 255. */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
  /** Pixels along a cell's edge. */
  readonly cell: number;
  readonly red: Plane;
  readonly green: Plane;
  readonly blue: Plane;
  readonly luma: Plane;
  readonly texture: Plane;
}

const cellsAcross = 220;

/** The grid of a picture, and the brightness of its pixels (0 to 255) that is found on the way. */
export function buildGrid(canvas: Canvas): { readonly grid: Grid; readonly luma: Plane } {
  const { width, height, data } = canvas;
  const cell = Math.max(1, Math.round(Math.max(width, height) / cellsAcross));
  const columns = Math.ceil(width / cell);
  const rows = Math.ceil(height / cell);
  const plane = (): Plane => new Float32Array(columns * rows);
  // One literal with all fields: objects that are put together by spreading cost the engine its optimised code.
  const grid: Grid = {
    columns,
    rows,
    cell,
    red: plane(),
    green: plane(),
    blue: plane(),
    luma: plane(),
    texture: plane(),
  };
  const { texture } = grid;
  const squares = plane();
  const luma = new Float32Array(width * height);
  for (let y = 0, index = 0; y < height; y++) {
    const row = ((y / cell) | 0) * columns;
    for (let column = 0, x = 0; column < columns; column++) {
      const end = Math.min(width, x + cell);
      let [reds, greens, blues, lights, powers] = [0, 0, 0, 0, 0];
      for (; x < end; x++, index++) {
        const red = data[index * 4] ?? 0;
        const green = data[index * 4 + 1] ?? 0;
        const blue = data[index * 4 + 2] ?? 0;
        const light = red * 0.3 + green * 0.59 + blue * 0.11;
        luma[index] = light;
        reds += red;
        greens += green;
        blues += blue;
        lights += light;
        powers += light * light;
      }
      const to = row + column;
      grid.red[to] = (grid.red[to] ?? 0) + reds;
      grid.green[to] = (grid.green[to] ?? 0) + greens;
      grid.blue[to] = (grid.blue[to] ?? 0) + blues;
      grid.luma[to] = (grid.luma[to] ?? 0) + lights;
      squares[to] = (squares[to] ?? 0) + powers;
    }
  }
  for (let index = 0; index < texture.length; index++) {
    const column = index % columns;
    const wide = Math.min(cell, width - column * cell);
    const share = 1 / (wide * Math.min(cell, height - ((index - column) / columns) * cell));
    for (const part of [grid.red, grid.green, grid.blue, grid.luma]) part[index] = (part[index] ?? 0) * share;
    const mean = grid.luma[index] ?? 0;
    texture[index] = Math.sqrt(Math.max(0, (squares[index] ?? 0) * share - mean * mean));
  }
  return { grid, luma };
}

/** Runs over neighbours from the seeds as long as `joins` allows; gives 1 where it came. */
export function flood(
  grid: Grid,
  seeds: readonly number[],
  joins: (to: number, from: number) => boolean,
): Plane {
  const reached = new Float32Array(grid.columns * grid.rows);
  const cells = floodFrom(grid, seeds, joins, startFlood(grid));
  for (let index = 0; index < cells.length; index++) reached[cells[index] ?? 0] = 1;
  return reached;
}

/** What floods over one grid share: cells that were entered before, and room for a queue. */
export interface FloodState {
  readonly seen: Uint8Array;
  readonly queue: Int32Array;
}

export function startFlood(grid: { readonly columns: number; readonly rows: number }): FloodState {
  const size = grid.columns * grid.rows;
  return { seen: new Uint8Array(size), queue: new Int32Array(size) };
}

/** The same as a list of cells, which the next flood overwrites; enters none that was entered before. */
export function floodFrom(
  grid: { readonly columns: number },
  seeds: readonly number[],
  joins: (to: number, from: number) => boolean,
  { seen, queue }: FloodState,
): Int32Array {
  const { columns } = grid;
  let length = 0;
  const enter = (index: number): void => {
    seen[index] = 1;
    queue[length++] = index;
  };
  for (const seed of seeds) if (seen[seed] === 0) enter(seed);
  for (let next = 0; next < length; next++) {
    const from = queue[next] ?? 0;
    const x = from % columns;
    if (x > 0 && seen[from - 1] === 0 && joins(from - 1, from)) enter(from - 1);
    if (x < columns - 1 && seen[from + 1] === 0 && joins(from + 1, from)) enter(from + 1);
    if (from >= columns && seen[from - columns] === 0 && joins(from - columns, from)) enter(from - columns);
    const below = from + columns;
    if (below < queue.length && seen[below] === 0 && joins(below, from)) enter(below);
  }
  return queue.subarray(0, length);
}

/** Largest difference of two cells in any of the three colours. */
export function colourStep(grid: Grid, one: number, other: number): number {
  return Math.max(
    Math.abs((grid.red[one] ?? 0) - (grid.red[other] ?? 0)),
    Math.abs((grid.green[one] ?? 0) - (grid.green[other] ?? 0)),
    Math.abs((grid.blue[one] ?? 0) - (grid.blue[other] ?? 0)),
  );
}

/** Clears patches of a region that are smaller than a share of the picture, or that `keeps` says no to. */
export function dropPatches(
  grid: Grid,
  region: Plane,
  leastShare: number,
  keeps: (lowestRow: number) => boolean,
): void {
  const state = startFlood(grid);
  const { seen } = state;
  for (let index = 0; index < region.length; index++) seen[index] = (region[index] ?? 0) >= 0.05 ? 0 : 1;
  for (let seed = 0; seed < region.length; seed++) {
    if (seen[seed] === 1) continue;
    const patch = floodFrom(grid, [seed], anywhere, state);
    const large = patch.length >= leastShare * region.length;
    if (large && keeps(Math.floor(patch.reduce((most, index) => Math.max(most, index), seed) / grid.columns)))
      continue;
    for (const index of patch) region[index] = 0;
  }
}

function anywhere(): boolean {
  return true;
}

/** 0 up to `from`, 1 beyond `to`, smooth between. */
export function ramp(value: number, from: number, to: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}
