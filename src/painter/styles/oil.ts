import type { Canvas } from '../canvas.js';
import { clouds, sample } from '../noise-tiles.js';
import { Random } from '../random.js';
import { blurPlane, lumaPlane, type Plane } from './planes.js';

interface Brush {
  readonly long: number;
  readonly wide: number;
  /** Strokes are laid only where brightness changes at least this much. */
  readonly detail: number;
  readonly jitter: number;
}

/** Repaints the picture in bristly strokes that follow its forms, broad ones first, then lights the relief of the paint. */
export function oilPaint(canvas: Canvas): void {
  const { width, height, unit } = canvas;
  const source = canvas.data.slice();
  const luma = blurPlane(lumaPlane(canvas), width, height, 3 * unit);
  const relief = new Float32Array(width * height);
  const random = new Random('bristles');
  const brushes: readonly Brush[] = [
    { long: 46 * unit, wide: 11 * unit, detail: 0, jitter: 15 },
    { long: 25 * unit, wide: 5.5 * unit, detail: 1.6, jitter: 13 },
    { long: 12 * unit, wide: 2.6 * unit, detail: 5, jitter: 9 },
  ];
  for (const brush of brushes) layer(canvas, source, luma, relief, brush, random);
  emboss(canvas, relief);
}

function layer(
  canvas: Canvas,
  source: Uint8ClampedArray,
  luma: Plane,
  relief: Plane,
  brush: Brush,
  random: Random,
): void {
  const { width, height, unit } = canvas;
  const tile = clouds();
  const step = Math.max(2, brush.wide * 1.15);
  for (let gy = 0; gy < height; gy += step) {
    for (let gx = 0; gx < width; gx += step) {
      const x = Math.min(width - 2, Math.max(1, Math.round(gx + random.range(-0.6, 0.6) * step)));
      const y = Math.min(height - 2, Math.max(1, Math.round(gy + random.range(-0.6, 0.6) * step)));
      const shift = random.range(-1, 1) * brush.jitter;
      const vary = random.range(0.75, 1.15);
      const at = y * width + x;
      const dx = (luma[at + 1] ?? 0) - (luma[at - 1] ?? 0);
      const dy = (luma[at + width] ?? 0) - (luma[at - width] ?? 0);
      const slope = Math.abs(dx) + Math.abs(dy);
      if (slope < brush.detail) continue;
      const wander = sample(tile, (x / unit) * 0.3, (y / unit) * 0.3) * 7;
      const angle = slope > 1.2 ? Math.atan2(dx, -dy) : wander;
      stroke(canvas, source, relief, {
        x,
        y,
        angle,
        long: brush.long * vary,
        wide: brush.wide * vary,
        shift,
      });
    }
  }
}

/** Paint thickness across a brush: a few coarse and many fine hairs. */
const bristles = Float32Array.from(
  { length: 64 },
  (_unused, hair) => Math.sin(hair * 0.49) * 0.5 + Math.sin(hair * 1.28) * 0.3,
);

interface Stroke {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly long: number;
  readonly wide: number;
  readonly shift: number;
}

function stroke(canvas: Canvas, source: Uint8ClampedArray, relief: Plane, mark: Stroke): void {
  const { width, height, data } = canvas;
  const cos = Math.cos(mark.angle);
  const sin = Math.sin(mark.angle);
  const halfLong = mark.long / 2;
  const halfWide = mark.wide / 2;
  const reachX = Math.abs(cos) * halfLong + Math.abs(sin) * halfWide;
  const reachY = Math.abs(sin) * halfLong + Math.abs(cos) * halfWide;
  const from = (mark.y * width + mark.x) * 4;
  const red = (source[from] ?? 0) + mark.shift;
  const green = (source[from + 1] ?? 0) + mark.shift * 0.9;
  const blue = (source[from + 2] ?? 0) + mark.shift * 0.8;
  const seed = (mark.x * 7 + mark.y * 13) & 63;
  const right = Math.min(width - 1, Math.floor(mark.x + reachX));
  const bottom = Math.min(height - 1, Math.floor(mark.y + reachY));
  for (let py = Math.max(0, Math.ceil(mark.y - reachY)); py <= bottom; py++) {
    for (let px = Math.max(0, Math.ceil(mark.x - reachX)); px <= right; px++) {
      const u = ((px - mark.x) * cos + (py - mark.y) * sin) / halfLong;
      const v = (-(px - mark.x) * sin + (py - mark.y) * cos) / halfWide;
      if (u * u * u * u + v * v > 1) continue;
      const bristle = bristles[((v + 1) * 20 + seed) & 63] ?? 0;
      const alpha = Math.min(1, (1 - u * u) * 1.6) * (0.86 + bristle * 0.14);
      const at = (py * width + px) * 4;
      const tone = bristle * 7;
      data[at] = (data[at] ?? 0) + (red + tone - (data[at] ?? 0)) * alpha;
      data[at + 1] = (data[at + 1] ?? 0) + (green + tone - (data[at + 1] ?? 0)) * alpha;
      data[at + 2] = (data[at + 2] ?? 0) + (blue + tone - (data[at + 2] ?? 0)) * alpha;
      relief[at / 4] = (relief[at / 4] ?? 0) * 0.45 + (bristle + (1 - v * v) * 1.4) * alpha;
    }
  }
}

function emboss(canvas: Canvas, relief: Plane): void {
  const { width, height, data } = canvas;
  for (let y = 1; y < height; y++) {
    for (let x = 1; x < width; x++) {
      const index = y * width + x;
      const lit = ((relief[index] ?? 0) - (relief[index - width - 1] ?? 0)) * 9;
      const at = index * 4;
      data[at] = (data[at] ?? 0) + lit;
      data[at + 1] = (data[at + 1] ?? 0) + lit;
      data[at + 2] = (data[at + 2] ?? 0) + lit;
    }
  }
}
