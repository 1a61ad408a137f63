import { blurPlane, type Plane } from '../styles/planes.js';
import { ramp, type Grid } from './grid.js';

/** The layout of cells alone; halved planes have it too. */
export type Cells = Pick<Grid, 'columns' | 'rows' | 'cell'>;

/** Spreads a plane of cells smoothly over rows of pixels, one row at a time. */
export class RowSampler {
  readonly #plane: Plane;
  readonly #columns: number;
  readonly #rows: number;
  readonly #cell: number;
  readonly #ends: Float32Array;
  readonly #row: Float32Array;

  constructor(plane: Plane, cells: Cells, width: number) {
    this.#plane = plane;
    this.#columns = cells.columns;
    this.#rows = cells.rows;
    this.#cell = cells.cell;
    this.#ends = new Float32Array(cells.columns);
    this.#row = new Float32Array(width);
  }

  /** The values of one row of pixels; the same array is filled anew by the next call. */
  row(y: number): Float32Array {
    const columns = this.#columns;
    const cell = this.#cell;
    const row = this.#row;
    const ends = this.ends(y);
    const step = 1 / cell;
    let x = firstPixel(cell);
    row.fill(ends[0] ?? 0, 0, x);
    const from = (x + 0.5) * step - 0.5;
    for (let column = 0; column < columns - 1; column++) {
      const left = ends[column] ?? 0;
      const slope = ((ends[column + 1] ?? 0) - left) * step;
      const end = Math.min(row.length, x + cell);
      if (slope === 0) {
        row.fill(left, x, end);
        x = end;
        continue;
      }
      let value = left + slope * cell * from;
      for (; x < end; x++) {
        row[x] = value;
        value += slope;
      }
    }
    row.fill(ends[columns - 1] ?? 0, x);
    return row;
  }

  /** Whether a row of pixels holds nothing but zeros. */
  isEmpty(y: number): boolean {
    const ends = this.ends(y);
    for (let x = 0; x < ends.length; x++) if (ends[x] !== 0) return false;
    return true;
  }

  /** The values at the middles of a row's cells, already between two rows of cells; filled anew by the next call. */
  ends(y: number): Float32Array {
    const columns = this.#columns;
    const rows = this.#rows;
    const cell = this.#cell;
    const plane = this.#plane;
    const ends = this.#ends;
    const place = Math.min(rows - 1, Math.max(0, (y + 0.5) / cell - 0.5));
    const upper = (place | 0) * columns;
    const lower = Math.min(rows - 1, (place | 0) + 1) * columns;
    const share = place - (place | 0);
    for (let x = 0; x < columns; x++) {
      const above = plane[upper + x] ?? 0;
      ends[x] = above + ((plane[lower + x] ?? 0) - above) * share;
    }
    return ends;
  }
}

/** The first pixel at or behind the middle of the first cell. */
function firstPixel(cell: number): number {
  return cell >> 1;
}

/** A plane of cells spread smoothly over the pixels. */
export function enlarge(plane: Plane, cells: Cells, width: number, height: number): Plane {
  const result = new Float32Array(width * height);
  if (plane.every((value) => value === 0)) return result;
  const sampler = new RowSampler(plane, cells, width);
  for (let y = 0; y < height; y++) result.set(sampler.row(y), y * width);
  return result;
}

/**
 * Makes a function that spreads a region over the pixels and snaps its border to the picture's own edges (a guided
 * filter whose slopes are found on the grid). `luma` holds the pixels' brightness, 0 to 255.
 */
export function createRefiner(
  grid: Grid,
  luma: Plane,
  width: number,
  height: number,
): (region: Plane) => Plane {
  const mean = (plane: Plane): Plane => blurPlane(plane, grid.columns, grid.rows, 3);
  const guide = grid.luma;
  const meanGuide = mean(guide);
  const meanSquare = mean(guide.map((value) => value * value));
  return (region) => {
    const result = new Float32Array(width * height);
    if (region.every((value) => value === 0)) return result;
    const meanRegion = mean(region);
    const meanProduct = mean(region.map((value, index) => value * (guide[index] ?? 0)));
    const slope = new Float32Array(region.length);
    const offset = new Float32Array(region.length);
    for (let index = 0; index < region.length; index++) {
      const level = meanGuide[index] ?? 0;
      const variance = (meanSquare[index] ?? 0) - level * level;
      const along = ((meanProduct[index] ?? 0) - level * (meanRegion[index] ?? 0)) / (variance + 60);
      slope[index] = along;
      offset[index] = (meanRegion[index] ?? 0) - along * level;
    }
    const slopes = new RowSampler(blurPlane(slope, grid.columns, grid.rows, 1), grid, width);
    const offsets = new RowSampler(blurPlane(offset, grid.columns, grid.rows, 1), grid, width);
    for (let y = 0; y < height; y++) {
      const start = y * width;
      refineRow(
        slopes.ends(y),
        offsets.ends(y),
        grid.cell,
        luma.subarray(start, start + width),
        result.subarray(start, start + width),
      );
    }
    return result;
  };
}

/** One row of pixels, cell by cell. Most cells lie wholly inside or outside, whatever their pixels' brightness. */
function refineRow(
  slopes: Float32Array,
  offsets: Float32Array,
  cell: number,
  luma: Float32Array,
  result: Float32Array,
): void {
  const width = result.length;
  let x = 0;
  for (let column = -1; x < width; column++) {
    const left = Math.max(0, column);
    const right = Math.min(slopes.length - 1, column + 1);
    const end =
      right === left && column > 0 ? width : Math.min(width, firstPixel(cell) + (column + 1) * cell);
    const base = offsets[left] ?? 0;
    const lastBase = offsets[right] ?? 0;
    const along = slopes[left] ?? 0;
    const lastAlong = slopes[right] ?? 0;
    const white = base + 255 * along;
    const lastWhite = lastBase + 255 * lastAlong;
    if (Math.max(base, lastBase, white, lastWhite) <= 0.25) x = end;
    else if (Math.min(base, lastBase, white, lastWhite) >= 0.75) {
      result.fill(1, x, end);
      x = end;
    } else {
      let t = Math.max(0, (x + 0.5) / cell - 0.5 - left);
      for (; x < end; x++, t += 1 / cell) {
        const slope = along + (lastAlong - along) * t;
        const value = slope * (luma[x] ?? 0) + base + (lastBase - base) * t;
        result[x] = value <= 0.25 ? 0 : value >= 0.75 ? 1 : ramp(value, 0.25, 0.75);
      }
    }
  }
}
