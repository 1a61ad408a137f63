import type { Canvas } from '../canvas.js';
import { clouds, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import { blurPlane, type Plane } from '../styles/planes.js';
import { ramp } from './grid.js';
import type { Survey } from './survey.js';

/**
 * Where snow would lie on upper edges: below a place where, going down, open sky or a clearly different surface ends, as
 * far as the heap is thick. 0 to 1 per pixel.
 */
export function snowCaps(canvas: Canvas, survey: Survey, random: Random): Plane {
  const { width, height, unit } = canvas;
  const soft = blurPlane(survey.luma, width, height, Math.max(1, 2 * unit));
  const caps = new Float32Array(width * height);
  const thickness = Math.max(1.5, 15 * unit);
  const look = Math.max(1, Math.round(4 * unit));
  const heaps = clouds();
  const offset = random.range(0, 500);
  const lines = new Float32Array(width);
  const powers = new Float32Array(width);
  for (let x = 0; x < width; x++) lines[x] = -1e6;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const index = y * width + x;
      const edge = y > look * 2 ? upperEdge(survey, soft, x, y, look, width) : 0;
      const age = y - (lines[x] ?? 0);
      if (edge > 0.12 && (age > thickness * 0.6 || edge > (powers[x] ?? 0))) {
        lines[x] = y;
        powers[x] = Math.max(edge, age < thickness ? (powers[x] ?? 0) : 0);
      }
      const depth = y - (lines[x] ?? 0);
      if (depth > thickness * 1.6 || (survey.sky[index] ?? 0) > 0.5) continue;
      const heap =
        thickness *
        (0.3 + sample(heaps, (x / unit) * 0.8 + offset, 40) * 1.1) *
        (0.4 + (powers[x] ?? 0) * 0.6);
      caps[index] = (powers[x] ?? 0) * (1 - ramp(depth, heap * 0.75, heap * 1.2));
    }
  }
  return caps;
}

/** How much this looks like the top of something, seen against what is above it. */
function upperEdge(survey: Survey, soft: Plane, x: number, y: number, look: number, width: number): number {
  const index = y * width + x;
  const skyHere = survey.sky[index] ?? 0;
  if (skyHere > 0.5) return 0;
  const skyAbove = survey.sky[index - look * width] ?? 0;
  const silhouette = ramp(skyAbove - skyHere, 0.35, 0.8);
  const above = soft[index - look * 2 * width] ?? 0;
  const below = soft[index] ?? 0;
  const left = soft[index - Math.min(x, look)] ?? 0;
  const right = soft[index + Math.min(width - 1 - x, look)] ?? 0;
  const level = Math.max(40, (above + below) / 2);
  const step = Math.abs(above - below) / level;
  const flat = 1 - ramp(Math.abs(left - right) / level, 0.15, 0.5);
  // Dark above light is as often the underside of an arch as the top of a thing.
  const polarity = above > below ? 0.9 : 0.4;
  return Math.max(silhouette, ramp(step, 0.28, 0.75) * flat * polarity * 0.8);
}
