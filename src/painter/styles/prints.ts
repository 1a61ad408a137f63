import { Canvas } from '../canvas.js';
import { mix, saturate, type Rgb } from '../colour.js';
import { clouds, pointSample, ridges, sample } from '../noise-tiles.js';
import { choosePalette, edgePlane, paletteLookup, simplify } from './planes.js';

/** Clean areas of few colours, as vector illustrations have. */
export function flatColour(canvas: Canvas, count: number): void {
  const { unit } = canvas;
  simplify(canvas, 7 * unit);
  const palette = choosePalette(canvas, count).map((colour) => saturate(colour, 1.16));
  quantise(canvas, palette, 0.9);
  smoothEdges(canvas);
}

/** Replaces every colour by the nearest of the palette, leaving `1 - amount` of the original. */
function quantise(canvas: Canvas, palette: readonly Rgb[], amount: number): void {
  const { data } = canvas;
  const lookup = paletteLookup(palette);
  const flat = Float32Array.from(palette.flat());
  for (let at = 0; at < data.length; at += 4) {
    const red = data[at] ?? 0;
    const green = data[at + 1] ?? 0;
    const blue = data[at + 2] ?? 0;
    const entry = (lookup[((red >> 3) << 10) | ((green >> 3) << 5) | (blue >> 3)] ?? 0) * 3;
    data[at] = red + ((flat[entry] ?? 0) - red) * amount;
    data[at + 1] = green + ((flat[entry + 1] ?? 0) - green) * amount;
    data[at + 2] = blue + ((flat[entry + 2] ?? 0) - blue) * amount;
  }
}

function smoothEdges(canvas: Canvas): void {
  const { width, height, data } = canvas;
  const source = data.slice();
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = (y * width + x) * 4;
      for (let part = 0; part < 3; part++) {
        const sides =
          (source[at + part - 4] ?? 0) +
          (source[at + part + 4] ?? 0) +
          (source[at + part - width * 4] ?? 0) +
          (source[at + part + width * 4] ?? 0);
        data[at + part] = (source[at + part] ?? 0) * 0.4 + sides * 0.15;
      }
    }
  }
}

/** Muted inks pressed from wood: few colours, dark key lines, grain, a graded sky and a paper margin. */
export function woodblock(canvas: Canvas): void {
  const { width, height, data, unit } = canvas;
  simplify(canvas, 12 * unit);
  const edges = edgePlane(canvas, 2.4 * unit, 0.13);
  const aged: Rgb = [232, 214, 178];
  const palette = choosePalette(canvas, 20).map((colour) => mix(saturate(colour, 0.96), aged, 0.17));
  quantise(canvas, palette, 0.86);
  smoothEdges(canvas);
  const soft = clouds();
  const fibre = ridges();
  const key: Rgb = [38, 44, 66];
  for (let y = 0; y < height; y++) {
    const bokashi = Math.max(0, 1 - y / (height * 0.2)) ** 2 * 0.5;
    for (let x = 0; x < width; x++) {
      const index = y * width + x;
      const at = index * 4;
      const wood =
        pointSample(
          fibre,
          (x / unit) * 0.28 + sample(soft, (x / unit) * 0.1, (y / unit) * 0.2) * 30,
          (y / unit) * 1.9,
        ) - 0.55;
      const line = Math.min(1, (edges[index] ?? 0) * 1.05);
      const inset = Math.min(x, y, width - 1 - x, height - 1 - y) / unit;
      const margin = inset < 24 ? 0 : inset < 27 ? 0.2 : 1;
      for (let part = 0; part < 3; part++) {
        const ink = (data[at + part] ?? 0) * (1 - bokashi) + (key[part] ?? 0) * 1.3 * bokashi;
        const lined = ink + ((key[part] ?? 0) - ink) * line * 0.85;
        data[at + part] =
          inset >= 24 && inset < 26.5
            ? (key[part] ?? 0)
            : (aged[part] ?? 0) + (lined - (aged[part] ?? 0)) * margin + wood * 17;
      }
    }
  }
}

const bayer = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5] as const;

/** A small picture of square dots in a limited palette. */
export function pixelArt(canvas: Canvas): Canvas {
  const cells = 144 / Math.max(canvas.width, canvas.height);
  const small = new Canvas(
    Math.max(8, Math.round(canvas.width * cells)),
    Math.max(8, Math.round(canvas.height * cells)),
  );
  const stepX = canvas.width / small.width;
  const stepY = canvas.height / small.height;
  for (let y = 0; y < small.height; y++) {
    for (let x = 0; x < small.width; x++)
      small.blend(x, y, meanColour(canvas, x * stepX, y * stepY, stepX, stepY), 1);
  }
  const palette = choosePalette(small, 26).map((colour) => saturate(colour, 1.2));
  const { data } = small;
  for (let y = 0; y < small.height; y++) {
    for (let x = 0; x < small.width; x++) {
      const threshold = ((bayer[(y % 4) * 4 + (x % 4)] ?? 0) / 16 - 0.5) * 15;
      const at = (y * small.width + x) * 4;
      for (let part = 0; part < 3; part++) data[at + part] = (data[at + part] ?? 0) + threshold;
    }
  }
  quantise(small, palette, 1);
  return small;
}

function meanColour(canvas: Canvas, x: number, y: number, wide: number, tall: number): Rgb {
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let sy = 0; sy < 4; sy++) {
    for (let sx = 0; sx < 4; sx++) {
      const colour = canvas.colourAt(x + ((sx + 0.5) * wide) / 4 - 0.5, y + ((sy + 0.5) * tall) / 4 - 0.5);
      red += colour[0];
      green += colour[1];
      blue += colour[2];
    }
  }
  return [red / 16, green / 16, blue / 16];
}
