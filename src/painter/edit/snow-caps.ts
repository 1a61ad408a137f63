import type { Canvas } from '../canvas.js';
import { clouds, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import { blurPlane, type Plane } from '../styles/planes.js';
import { ramp } from './grid.js';
import { RowSampler, type Cells } from './spread.js';
import type { Survey } from './survey.js';

/** Brightness and sky of the picture, halved where it is large enough that nobody sees it. */
interface Halved extends Cells {
  readonly luma: Plane;
  readonly sky: Plane;
}

/**
 * Where snow would lie on upper edges: below a place where, going down, open sky or a clearly different surface ends, as
 * far as the heap is thick. 0 to 1 for the pixels of each row.
 */
export function snowCaps(canvas: Canvas, survey: Survey, random: Random): RowSampler {
  const halved = halve(canvas, survey);
  const { columns, rows, cell, sky } = halved;
  const unit = canvas.unit / cell;
  const soft = blurPlane(halved.luma, columns, rows, Math.max(1, 2 * unit));
  const caps = new Float32Array(columns * rows);
  const thickness = Math.max(1.5, 15 * unit);
  const look = Math.max(1, Math.round(4 * unit));
  const heaps = clouds();
  const offset = random.range(0, 500);
  const lines = new Float32Array(columns).fill(-1e6);
  const powers = new Float32Array(columns);
  const heights = Float32Array.from(
    { length: columns },
    (_unused, x) => thickness * (0.3 + sample(heaps, (x / unit) * 0.8 + offset, 40) * 1.1),
  );
  for (let y = 0, index = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, index++) {
      if ((sky[index] ?? 0) > 0.5) continue;
      const edge = y > look * 2 ? upperEdge(halved, soft, index, x, look) : 0;
      const age = y - (lines[x] ?? 0);
      if (edge > 0.12 && (age > thickness * 0.6 || edge > (powers[x] ?? 0))) {
        powers[x] = Math.max(edge, age < thickness ? (powers[x] ?? 0) : 0);
        lines[x] = y;
      }
      const depth = y - (lines[x] ?? 0);
      if (depth > thickness * 1.6) continue;
      const power = powers[x] ?? 0;
      const heap = (heights[x] ?? 0) * (0.4 + power * 0.6);
      caps[index] = power * (1 - ramp(depth, heap * 0.75, heap * 1.2));
    }
  }
  return new RowSampler(caps, halved, canvas.width);
}

function halve(canvas: Canvas, survey: Survey): Halved {
  const { width, height } = canvas;
  if (Math.max(width, height) < 700)
    return { columns: width, rows: height, cell: 1, luma: survey.luma, sky: survey.sky };
  const columns = Math.ceil(width / 2);
  const rows = Math.ceil(height / 2);
  const luma = new Float32Array(columns * rows);
  const sky = new Float32Array(columns * rows);
  for (let y = 0, to = 0; y < rows; y++) {
    const upper = y * 2 * width;
    const lower = Math.min(height - 1, y * 2 + 1) * width;
    for (let x = 0; x < columns; x++, to++) {
      const left = x * 2;
      const right = Math.min(width - 1, left + 1);
      luma[to] =
        ((survey.luma[upper + left] ?? 0) +
          (survey.luma[upper + right] ?? 0) +
          (survey.luma[lower + left] ?? 0) +
          (survey.luma[lower + right] ?? 0)) /
        4;
      sky[to] = ((survey.sky[upper + left] ?? 0) + (survey.sky[lower + right] ?? 0)) / 2;
    }
  }
  return { columns, rows, cell: 2, luma, sky };
}

/** How much this looks like the top of something, seen against what is above it. */
function upperEdge(halved: Halved, soft: Plane, index: number, x: number, look: number): number {
  const { columns, sky } = halved;
  const skyAbove = (sky[index - look * columns] ?? 0) - (sky[index] ?? 0);
  const silhouette = skyAbove <= 0.35 ? 0 : ramp(skyAbove, 0.35, 0.8);
  const above = soft[index - look * 2 * columns] ?? 0;
  const below = soft[index] ?? 0;
  const level = Math.max(40, (above + below) / 2);
  const step = Math.abs(above - below) / level;
  if (step <= 0.28) return silhouette;
  const left = soft[index - Math.min(x, look)] ?? 0;
  const right = soft[index + Math.min(columns - 1 - x, look)] ?? 0;
  const flat = 1 - ramp(Math.abs(left - right) / level, 0.15, 0.5);
  // Dark above light is as often the underside of an arch as the top of a thing.
  const polarity = above > below ? 0.9 : 0.4;
  return Math.max(silhouette, ramp(step, 0.28, 0.75) * flat * polarity * 0.8);
}
