import type { Canvas } from '../canvas.js';
import { clouds, grain, pointSample, ridges, sample } from '../noise-tiles.js';
import { blurPlane, edgePlane, lumaPlane, simplify } from './planes.js';

/** Transparent washes on rough paper: wobbling outlines, pigment that gathers at edges, a torn white margin. */
export function watercolour(canvas: Canvas): void {
  const { width, height, data, unit } = canvas;
  simplify(canvas, 9 * unit);
  wobble(canvas, 7 * unit);
  const luma = lumaPlane(canvas);
  const broad = blurPlane(luma, width, height, 6 * unit);
  const soft = clouds();
  const fibre = grain();
  for (let y = 0; y < height; y++) {
    const py = y / unit;
    for (let x = 0; x < width; x++) {
      const px = x / unit;
      const index = y * width + x;
      const at = index * 4;
      const pool = sample(soft, px * 0.22, py * 0.22) - 0.5;
      const grit = pointSample(soft, px * 2.6, py * 2.6) - 0.5 + (pointSample(fibre, px, py) - 0.5) * 0.35;
      const rim = Math.min(0.3, Math.abs((luma[index] ?? 0) - (broad[index] ?? 0)) * 0.011);
      const density = 0.86 + pool * 0.5 + grit * 0.3 + rim;
      const margin = marginAt(x, y, canvas, pool);
      for (let part = 0; part < 3; part++) {
        const paper = part === 2 ? 240 : part === 1 ? 248 : 251;
        const pigment = 255 - ((data[at + part] ?? 0) * 0.84 + 46);
        data[at + part] = paper - Math.max(0, pigment) * density * margin + grit * 9;
      }
    }
  }
}

/** 1 inside the picture, 0 on the bare margin, with a ragged edge between. */
function marginAt(x: number, y: number, canvas: Canvas, ragged: number): number {
  const inset = Math.min(x, y, canvas.width - 1 - x, canvas.height - 1 - y) / canvas.unit;
  return Math.min(1, Math.max(0, (inset - 26 + ragged * 90) / 16));
}

function wobble(canvas: Canvas, reach: number): void {
  const { width, height, data, unit } = canvas;
  const source = data.slice();
  const tile = clouds();
  // The drift changes slowly, so every fourth column is enough to look it up.
  for (let y = 0; y < height; y++) {
    let driftX = 0;
    let driftY = 0;
    for (let x = 0; x < width; x++) {
      if ((x & 3) === 0) {
        const u = (x / unit) * 0.75;
        const v = (y / unit) * 0.75;
        driftX = (sample(tile, u, v) - 0.5) * reach * 2;
        driftY = (sample(tile, v + 170, u + 90) - 0.5) * reach * 2;
      }
      const fx = Math.min(width - 1, Math.max(0, Math.round(x + driftX)));
      const fy = Math.min(height - 1, Math.max(0, Math.round(y + driftY)));
      const from = (fy * width + fx) * 4;
      const to = (y * width + x) * 4;
      data[to] = source[from] ?? 0;
      data[to + 1] = source[from + 1] ?? 0;
      data[to + 2] = source[from + 2] ?? 0;
    }
  }
}

/** Black ink thinned in steps on warm paper; only true reds keep their colour, like a seal. */
export function inkWash(canvas: Canvas): void {
  const { width, height, data, unit } = canvas;
  const edges = edgePlane(canvas, 3.2 * unit, 0.11);
  simplify(canvas, 10 * unit);
  wobble(canvas, 9 * unit);
  const soft = clouds();
  const sharp = ridges();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const index = y * width + x;
      const at = index * 4;
      const red = data[at] ?? 0;
      const green = data[at + 1] ?? 0;
      const blue = data[at + 2] ?? 0;
      const luma = (red * 0.3 + green * 0.59 + blue * 0.11) / 255;
      const wash = sample(soft, (x / unit) * 0.3, (y / unit) * 0.3) - 0.5;
      const fibre = pointSample(sharp, (x / unit) * 1.6, (y / unit) * 0.7) - 0.5;
      const lift = Math.min(1, luma * 1.22 + 0.12 + wash * 0.3);
      const tone = lift * lift * (3 - 2 * lift);
      const margin = marginAt(x, y, canvas, wash);
      const line = (edges[index] ?? 0) * (0.9 + fibre * 0.5);
      const ink = Math.min(1, (1 - tone) * 0.9 + line * 0.85) * margin;
      const seal = Math.min(1, Math.max(0, (red - Math.max(green, blue) - 62) / 60)) * margin;
      const dark = 1 - ink;
      const paper = 1 + fibre * 0.035;
      data[at] = (26 + 217 * dark) * paper * (1 - seal) + 178 * seal;
      data[at + 1] = (25 + 209 * dark) * paper * (1 - seal) + 52 * seal;
      data[at + 2] = (28 + 190 * dark) * paper * (1 - seal) + 42 * seal;
    }
  }
}

/** Pencil: contours and three directions of hatching by darkness. */
export function lineDrawing(canvas: Canvas): void {
  const { width, height, data, unit } = canvas;
  const edges = edgePlane(canvas, 2.4 * unit, 0.16);
  const luma = blurPlane(lumaPlane(canvas), width, height, 2.2 * unit);
  const soft = clouds();
  const fibre = grain();
  const pitch = 7.5;
  for (let y = 0; y < height; y++) {
    const py = y / unit;
    for (let x = 0; x < width; x++) {
      const px = x / unit;
      const index = y * width + x;
      const shadow = 1 - (luma[index] ?? 0) / 255;
      const drift = sample(soft, px * 0.3, py * 0.3) * 9;
      const stroke = (angle: number): number => {
        const t = (px * Math.cos(angle) + py * Math.sin(angle) + drift) % pitch;
        return Math.abs((t < 0 ? t + pitch : t) / pitch - 0.5) * 2;
      };
      const hatch = Math.max(
        shade(stroke(0.8), shadow, 0.3),
        shade(stroke(-0.75), shadow, 0.55),
        shade(stroke(0.05), shadow, 0.74),
      );
      const tooth = 0.72 + (pointSample(fibre, x, y) - 0.5) * 1.6;
      const mark = Math.min(1, Math.max((edges[index] ?? 0) * 0.95, hatch * 0.62) * Math.max(0, tooth));
      const at = index * 4;
      data[at] = 249 - mark * 205;
      data[at + 1] = 246 - mark * 203;
      data[at + 2] = 238 - mark * 190;
    }
  }
}

function shade(stroke: number, shadow: number, from: number): number {
  const depth = Math.min(1, Math.max(0, (shadow - from) / 0.34));
  return depth === 0
    ? 0
    : Math.min(1, Math.max(0, (stroke - (0.92 - depth * 0.62)) * 7)) * (0.5 + depth * 0.5);
}
