import type { Canvas } from '../canvas.js';
import { blurPlane, type Plane } from '../styles/planes.js';
import { buildGrid, colourStep, flood, ramp } from './grid.js';
import { createRefiner } from './spread.js';

/** Softens a mask inwards only: what the mask keeps stays at exactly 0. */
export function featherInwards(mask: Plane, width: number, height: number, reach: number): Plane {
  const blurred = blurPlane(mask, width, height, Math.max(1, reach));
  return mask.map((value, index) => (value < 0.5 ? 0 : ramp(blurred[index] ?? 0, 0.45, 0.98)));
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The smallest box around what a mask repaints; undefined when that is nothing. */
export function boxOf(mask: Plane, width: number): Box | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  for (let index = 0; index < mask.length; index++) {
    if ((mask[index] ?? 0) < 0.5) continue;
    const x = index % width;
    const y = (index - x) / width;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return right < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** What surrounds the subject: the smooth region reached from the borders. Undefined when it is next to nothing. */
export function findBackground(canvas: Canvas): Plane | undefined {
  const { grid, luma } = buildGrid(canvas);
  const { columns, rows } = grid;
  const seeds: number[] = [];
  for (let x = 0; x < columns; x++) seeds.push(x);
  for (let y = 0; y < rows; y++) {
    const outer = y < rows * 0.9;
    if (outer) seeds.push(y * columns, y * columns + columns - 1);
  }
  const region = flood(
    grid,
    seeds.filter((seed) => (grid.texture[seed] ?? 0) < 10),
    (to, from) => (grid.texture[to] ?? 0) < 10 && colourStep(grid, to, from) < 10,
  );
  const share = region.reduce((sum, value) => sum + value, 0) / region.length;
  if (share < 0.08 || share > 0.985) return undefined;
  return createRefiner(grid, luma, canvas.width, canvas.height)(region);
}
