import type { Canvas } from '../canvas.js';
import { saturate } from '../colour.js';
import { enlarged } from '../paint-full.js';
import { Random } from '../random.js';
import { oilPaint } from '../styles/oil.js';
import { flatColour, pixelArt, woodblock } from '../styles/prints.js';
import { inkWash, lineDrawing, watercolour } from '../styles/wet.js';
import type { UnderstoodEdit } from '../understood.js';

/** Repaints a picture in a manner. */
export function applyManner(canvas: Canvas, style: NonNullable<UnderstoodEdit['style']>, seed: number): void {
  switch (style) {
    case 'watercolour':
      watercolour(canvas);
      return;
    case 'ink':
      inkWash(canvas);
      return;
    case 'flat':
      flatColour(canvas, 22);
      return;
    case 'woodblock':
      lighten(canvas);
      woodblock(canvas);
      return;
    case 'oil':
      oilPaint(canvas);
      return;
    case 'line':
      lineDrawing(canvas);
      return;
    case 'pixel':
      enlarged(pixelArt(canvas), canvas);
      return;
    case 'low-poly':
      facets(canvas, new Random(`facets/${seed}`));
      return;
  }
}

/** Prints stand on light paper: a dark picture is lifted to a mean brightness, its lights are kept. */
function lighten(canvas: Canvas): void {
  const { data } = canvas;
  let [sum, count] = [0, 0];
  for (let at = 0; at < data.length; at += 52, count++)
    sum += (data[at] ?? 0) * 0.3 + (data[at + 1] ?? 0) * 0.59 + (data[at + 2] ?? 0) * 0.11;
  const level = Math.max(0.05, sum / Math.max(1, count) / 255);
  if (level >= 0.46) return;
  const power = Math.max(0.45, Math.log(0.46) / Math.log(level));
  const curve = Uint8ClampedArray.from({ length: 256 }, (_unused, value) => 255 * (value / 255) ** power);
  for (let at = 0; at < data.length; at += 4) {
    for (let part = 0; part < 3; part++) data[at + part] = curve[data[at + part] ?? 0] ?? 0;
  }
}

/** Flat triangles over a jittered lattice, each in the colour found at its middle. */
function facets(canvas: Canvas, random: Random): void {
  const { width, height } = canvas;
  const pitch = Math.max(4, Math.max(width, height) / 46);
  const columns = Math.ceil(width / pitch) + 1;
  const rows = Math.ceil(height / pitch) + 1;
  const points = Array.from({ length: (columns + 1) * (rows + 1) }, (_unused, index) => {
    const column = index % (columns + 1);
    const row = Math.floor(index / (columns + 1));
    return snapToEdge(
      canvas,
      (column - 0.5 + (row % 2) * 0.5 + random.range(-0.3, 0.3)) * pitch,
      (row - 0.5 + random.range(-0.3, 0.3)) * pitch,
      pitch * 0.3,
    );
  });
  const source = canvas.data.slice();
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * (columns + 1) + column;
      const [a, b, c, d] = [points[at], points[at + 1], points[at + columns + 1], points[at + columns + 2]];
      if (a === undefined || b === undefined || c === undefined || d === undefined) continue;
      const odd = row % 2 === 1;
      fillTriangle(canvas, source, odd ? [a, b, c] : [a, b, d]);
      fillTriangle(canvas, source, odd ? [b, d, c] : [a, d, c]);
    }
  }
}

type Point = readonly [number, number];

/** Moves a corner to the strongest step of brightness nearby, so that facets end where things end. */
function snapToEdge(canvas: Canvas, x: number, y: number, reach: number): Point {
  let best: Point = [x, y];
  let most = 10;
  for (let step = 0; step < 25; step++) {
    const px = x + ((step % 5) - 2) * (reach / 2);
    const py = y + (Math.floor(step / 5) - 2) * (reach / 2);
    const [left, right] = [canvas.colourAt(px - 2, py), canvas.colourAt(px + 2, py)];
    const [up, down] = [canvas.colourAt(px, py - 2), canvas.colourAt(px, py + 2)];
    const slope = Math.abs(left[1] - right[1]) + Math.abs(up[1] - down[1]);
    if (slope > most) {
      most = slope;
      best = [px, py];
    }
  }
  return best;
}

function fillTriangle(
  canvas: Canvas,
  source: Uint8ClampedArray,
  corners: readonly [Point, Point, Point],
): void {
  const { width, height, data } = canvas;
  const [a, b, c] = corners;
  const area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
  if (Math.abs(area) < 0.01) return;
  const sum = [0, 0, 0];
  let count = 0;
  const left = Math.max(0, Math.floor(Math.min(a[0], b[0], c[0])));
  const right = Math.min(width - 1, Math.ceil(Math.max(a[0], b[0], c[0])));
  const top = Math.max(0, Math.floor(Math.min(a[1], b[1], c[1])));
  const bottom = Math.min(height - 1, Math.ceil(Math.max(a[1], b[1], c[1])));
  const inside: number[] = [];
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const u = ((b[0] - x) * (c[1] - y) - (c[0] - x) * (b[1] - y)) / area;
      const v = ((c[0] - x) * (a[1] - y) - (a[0] - x) * (c[1] - y)) / area;
      if (u < 0 || v < 0 || u + v > 1) continue;
      const at = (y * width + x) * 4;
      inside.push(at);
      count += 1;
      for (let part = 0; part < 3; part++) sum[part] = (sum[part] ?? 0) + (source[at + part] ?? 0);
    }
  }
  if (count === 0) return;
  const colour = saturate([(sum[0] ?? 0) / count, (sum[1] ?? 0) / count, (sum[2] ?? 0) / count], 1.2);
  // Facets turn to and from the light by their slant.
  const tilt = 1 + ((b[0] + c[0] - 2 * a[0] + (b[1] + c[1] - 2 * a[1])) / Math.sqrt(Math.abs(area))) * 0.018;
  for (const at of inside) for (let part = 0; part < 3; part++) data[at + part] = (colour[part] ?? 0) * tilt;
}
